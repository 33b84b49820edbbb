using System.Text;
using System.Text.Unicode;

namespace StreamActors.Fuse.Kernel;

/// <summary>
/// A directory that is to be mounted on, checked without asking whatever may be mounted there already: a server that hangs
/// must not make us hang.
/// </summary>
internal static class Mountpoint
{
    /// <summary>How long the check whether a mount is alive may take, milliseconds.</summary>
    private const int ProbeTimeout = 2000;

    /// <summary>The canonical path of a directory.</summary>
    /// <param name="path">The path as the user gave it.</param>
    /// <returns>The path without links and relative parts.</returns>
    /// <exception cref="MountException">It is missing, can't be reached or is no directory.</exception>
    public static string Resolve(string path)
    {
        using var directory = Open(path, "mountpoint");
        return PathOf(directory, path);
    }

    /// <summary>Checks all that mount(2) would tell less clearly, and clears a mount whose server is gone.</summary>
    /// <param name="options">The mount.</param>
    /// <param name="clearStale">Unmounts a dead mount lazily.</param>
    /// <returns>The canonical path and the mode of the directory.</returns>
    /// <exception cref="MountException">It can't be mounted on.</exception>
    public static (string Path, uint Mode) Check(FuseMountOptions options, Action<string> clearStale)
    {
        var path = Resolve(options.Mountpoint);
        if (MountTable.Find(path) is { IsFuse: true } mount)
        {
            if (IsAlive(path))
                throw new MountException($"{options.Mountpoint} is mounted already ({mount.Type}, {mount.Source})");
            clearStale(path);
            if (MountTable.Find(path) is { IsFuse: true })
                throw new MountException($"{options.Mountpoint} holds a mount whose server is gone, and it can't be cleared");
        }
        using var directory = Open(path, "mountpoint");
        foreach (var source in options.Sources)
            CheckApart(directory, options.Mountpoint, source);
        if (!options.NonEmpty)
            CheckEmpty(path, options.Mountpoint);
        Require(Syscall.Statx(directory, out var stat), options.Mountpoint);
        return (path, stat.Mode);
    }

    private static FileDescriptor Open(string path, string what)
    {
        // O_PATH: the root of a mount is reached without asking its server.
        var error = Syscall.Open(path, Linux.O_PATH | Linux.O_DIRECTORY, out var directory);
        return error == Errno.None ? directory! : throw MountException.CanNotOpen(what, path, error);
    }

    private static string PathOf(FileDescriptor directory, string shown)
    {
        var link = Syscall.ProcPath(directory, stackalloc byte[Syscall.ProcPathSize]);
        Span<byte> target = stackalloc byte[CString.MaxPath];
        Require(Syscall.ReadLinkAt(FileDescriptor.WorkingDirectory, link, target, out var length), $"mountpoint {shown}");
        return Utf8.IsValid(target[..length])
            ? Encoding.UTF8.GetString(target[..length])
            : throw new MountException($"the path of mountpoint {shown} is not UTF-8");
    }

    private static bool IsAlive(string path)
    {
        // A server that does not answer in time is alive as far as we are concerned: it is not ours to clear.
        var error = Errno.None;
        var bytes = Encoding.UTF8.GetBytes(path);
        var probe = new Thread(() => error = Syscall.StatFs(bytes, out _)) { IsBackground = true, Name = "mount-probe" };
        probe.Start();
        return !probe.Join(ProbeTimeout) || error is not (Errno.ENOTCONN or Errno.ECONNABORTED);
    }

    private static void CheckApart(FileDescriptor mountpoint, string mountpointText, string source)
    {
        using var overlaid = Open(source, "source");
        Require(DirectoryPlaces.Of(mountpoint, overlaid, out var place), source);
        var wrong = place switch
        {
            DirectoryPlace.Same => $"mountpoint {mountpointText} is the source itself",
            DirectoryPlace.Inside => $"mountpoint {mountpointText} is inside the source {source}",
            DirectoryPlace.Around => $"source {source} is inside the mountpoint {mountpointText}",
            _ => null,
        };
        if (wrong is not null)
            throw new MountException($"{wrong}: the server would wait for itself");
    }

    private static void CheckEmpty(string path, string shown)
    {
        var error = Syscall.Open(path, Linux.O_RDONLY | Linux.O_DIRECTORY, out var opened);
        // Who may not list it may mount on it all the same, as mount(8) does.
        if (error == Errno.EACCES)
            return;
        Require(error, shown);
        using var directory = opened!;
        var buffer = new byte[PageBuffer.PageSize];
        Require(Syscall.GetDents(directory, buffer, out var length), shown);
        var entries = new DirectoryEntries(buffer.AsSpan(0, length));
        while (entries.MoveNext())
            if (!entries.Name.SequenceEqual("."u8) && !entries.Name.SequenceEqual(".."u8))
                throw new MountException($"mountpoint {shown} is not empty (mount over it with -o nonempty)");
    }

    private static void Require(Errno error, string path)
    {
        if (error != Errno.None)
            throw new MountException($"{path}: {error.InWords()}");
    }
}
