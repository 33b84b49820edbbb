using System.Globalization;
using System.Text;

namespace StreamActors.Fuse.Kernel;

/// <summary>A FUSE mount: made by mount(2) with CAP_SYS_ADMIN, else by <c>fusermount3</c>.</summary>
public sealed class FuseMount
{
    /// <summary>The type that <c>/proc/mounts</c> shows.</summary>
    public const string Type = "fuse.streamactors";

    private readonly bool _byRoot;

    private FuseMount(string path, FileDescriptor descriptor, bool byRoot)
    {
        Path = path;
        Descriptor = descriptor;
        _byRoot = byRoot;
        Connection = MountTable.Find(path)?.Minor ?? 0;
    }

    /// <summary>The canonical path.</summary>
    public string Path { get; }

    /// <summary>The descriptor that requests are read from.</summary>
    public FileDescriptor Descriptor { get; }

    /// <summary>The connection's number, by which the kernel lets it be aborted; 0 where it is not known.</summary>
    public uint Connection { get; }

    /// <summary>Checks the mountpoint, and clears a mount whose server is gone.</summary>
    /// <param name="options">Where and how it is going to be mounted.</param>
    /// <exception cref="MountException">It can't be mounted on, in one line.</exception>
    public static void Check(FuseMountOptions options) => Mountpoint.Check(options, stale => Detach(stale, MayMount()));

    /// <summary>Checks the mountpoint and mounts.</summary>
    /// <param name="options">Where and how.</param>
    /// <returns>The mount; it answers when a <see cref="FuseConnection"/> serves its descriptor.</returns>
    /// <exception cref="MountException">Why not, in one line.</exception>
    public static FuseMount Mount(FuseMountOptions options)
    {
        var byRoot = MayMount();
        var (path, mode) = Mountpoint.Check(options, stale => Detach(stale, byRoot));
        return byRoot
            ? new FuseMount(path, MountDirectly(path, mode, options), byRoot)
            : new FuseMount(path, FuserMount.Mount(path, HelperOptions(options)), byRoot);
    }

    /// <summary>Unmounts a mount of ours, whichever process serves it: what <c>streamactors umount</c> does.</summary>
    /// <param name="mountpoint">The path.</param>
    /// <param name="lazy">Whether a busy mount is taken out of the tree all the same.</param>
    /// <exception cref="MountException">It is no mount of ours, or it is busy, or may not be unmounted.</exception>
    public static void Unmount(string mountpoint, bool lazy = false)
    {
        var path = Mountpoint.Resolve(mountpoint);
        var mount = MountTable.Find(path) ?? throw new MountException($"{mountpoint} is not a StreamActors mount");
        if (!mount.IsOurs)
            throw new MountException($"{mountpoint} is not a StreamActors mount, but one of {mount.Type}");
        if (!MayMount())
        {
            if (FuserMount.Unmount(path, lazy) is { } refusal)
                throw new MountException(refusal);
            return;
        }
        var error = Syscall.Umount(Encoding.UTF8.GetBytes(path), (lazy ? Linux.MNT_DETACH : 0) | Linux.UMOUNT_NOFOLLOW);
        if (error != Errno.None)
            throw new MountException(error == Errno.EBUSY
                ? $"{mountpoint} is busy: a file in it is open, or it is somebody's working directory"
                : $"{mountpoint} can't be unmounted: {error.InWords()}");
    }

    /// <summary>Takes the mount out of the tree if nobody uses it.</summary>
    /// <returns>False while it is busy; true also where it was unmounted by somebody else.</returns>
    public bool TryUnmount()
    {
        if (!IsMounted())
            return true;
        if (!_byRoot)
            return FuserMount.Unmount(Path, lazy: false) is null;
        var error = Syscall.Umount(Encoding.UTF8.GetBytes(Path), Linux.UMOUNT_NOFOLLOW);
        return error is Errno.None or Errno.EINVAL;
    }

    /// <summary>Takes the mount out of the tree now; it is gone when the last user has left.</summary>
    public void Detach()
    {
        if (IsMounted())
            Detach(Path, _byRoot);
    }

    /// <summary>Aborts the connection: every request ends, and the device threads with them.</summary>
    /// <returns>None; ENOENT where the kernel offers no control of connections here, or why not.</returns>
    public Errno Abort() => Connection == 0 ? Errno.ENOENT : ConnectionControl.Abort(Connection);

    private bool IsMounted() => MountTable.Find(Path) is { IsOurs: true } mount && mount.Minor == Connection;

    private static void Detach(string path, bool byRoot)
    {
        if (byRoot)
            Syscall.Umount(Encoding.UTF8.GetBytes(path), Linux.MNT_DETACH | Linux.UMOUNT_NOFOLLOW);
        else
            FuserMount.Unmount(path, lazy: true);
    }

    private static bool MayMount() => Syscall.GetCapabilities(out var capabilities) == Errno.None && capabilities.Has(Capabilities.SysAdmin);

    private static FileDescriptor MountDirectly(string path, uint mode, FuseMountOptions options)
    {
        var error = Syscall.Open(FuseDevice.Path, Linux.O_RDWR, out var device);
        if (error != Errno.None)
            throw new MountException(error switch
            {
                Errno.ENOENT or Errno.ENODEV or Errno.ENXIO => $"{FuseDevice.Path} is missing: load the kernel module fuse, or in a container pass --device {FuseDevice.Path}",
                Errno.EACCES or Errno.EPERM => $"{FuseDevice.Path} can't be opened: permission denied",
                _ => $"{FuseDevice.Path} can't be opened: {error.InWords()}",
            });
        var data = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"fd={device!.Number},rootmode={Convert.ToString(mode & Linux.S_IFMT, 8)}")
            .Append(CultureInfo.InvariantCulture, $",user_id={Syscall.GetEUid()},group_id={Syscall.GetEGid()}");
        if (options.DefaultPermissions)
            data.Append(",default_permissions");
        if (options.AllowOther)
            data.Append(",allow_other");
        ulong flags = (options.ReadOnly ? Linux.MS_RDONLY : 0) | (options.NoSuid ? Linux.MS_NOSUID : 0) | (options.NoDev ? Linux.MS_NODEV : 0)
            | (options.NoExec ? Linux.MS_NOEXEC : 0) | (options.NoAtime ? Linux.MS_NOATIME : 0);
        error = Syscall.Mount(
            Encoding.UTF8.GetBytes(options.FileSystemName), Encoding.UTF8.GetBytes(path), Encoding.ASCII.GetBytes(Type), flags, Encoding.ASCII.GetBytes(data.ToString()));
        if (error == Errno.None)
            return device;
        device.Dispose();
        throw new MountException(error switch
        {
            Errno.EPERM => $"{options.Mountpoint} can't be mounted: permission denied (CAP_SYS_ADMIN is needed here, or a user for whom fusermount3 mounts)",
            Errno.ENODEV => "the kernel has no FUSE: load the module fuse",
            _ => $"{options.Mountpoint} can't be mounted: {error.InWords()}",
        });
    }

    private static string HelperOptions(FuseMountOptions options)
    {
        var list = new List<string> { $"fsname={Escape(options.FileSystemName)}", "subtype=streamactors", options.ReadOnly ? "ro" : "rw" };
        // The helper would take the others, and ignore them.
        if (!options.NoSuid || !options.NoDev)
            throw new MountException("only root can mount with suid or dev");
        list.Add("nosuid");
        list.Add("nodev");
        if (options.NoExec)
            list.Add("noexec");
        if (options.NoAtime)
            list.Add("noatime");
        if (options.DefaultPermissions)
            list.Add("default_permissions");
        if (options.AllowOther)
            list.Add("allow_other");
        return string.Join(',', list);
    }

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal);
}
