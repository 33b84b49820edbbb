using System.Text;
using StreamActors.Fuse.Kernel;

namespace StreamActors.Simulation.Tests.Mounts;

/// <summary>The files of a mount, as programs use them.</summary>
internal sealed class MountFiles(MountKernel kernel)
{
    public const uint ReadOnly = 0;
    public const uint WriteOnlyAppending = 0x401;

    private const ulong Root = 1;
    private const uint DirectoryMode = 0x41ED; // S_IFDIR | 0755
    private const int EntryAttr = 40;
    private const int AttrSize = 8;

    public MountKernel Kernel => kernel;

    /// <summary>Finds a path, name by name, as a kernel does that caches none.</summary>
    public async Task<Found> FindAsync(string path)
    {
        var found = new Found(Errno.None, Root, 0, 0);
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var entry = await kernel.AskAsync(Opcode.Lookup, found.Node, Name(name)).ConfigureAwait(false);
            if (!entry.Succeeded) return new Found(entry.Error, 0, 0, 0);
            found = new Found(Errno.None, entry.U64(0), entry.U64(EntryAttr), (long)entry.U64(EntryAttr + AttrSize));
        }
        return found;
    }

    public async Task<Errno> MakeDirectoryAsync(string path)
    {
        var parent = await FindAsync(ParentOf(path)).ConfigureAwait(false);
        if (parent.Error != Errno.None) return parent.Error;
        return (await kernel.AskAsync(Opcode.MkDir, parent.Node, [.. Bytes(writer => writer.Write(DirectoryMode), writer => writer.Write(0u)), .. Name(NameOf(path))])
            .ConfigureAwait(false)).Error;
    }

    public async Task<Errno> RemoveDirectoryAsync(string path)
    {
        var parent = await FindAsync(ParentOf(path)).ConfigureAwait(false);
        if (parent.Error != Errno.None) return parent.Error;
        return (await kernel.AskAsync(Opcode.RmDir, parent.Node, Name(NameOf(path))).ConfigureAwait(false)).Error;
    }

    /// <summary>Opens a file that was found.</summary>
    /// <returns>Its handle, or why not.</returns>
    public async Task<(Errno Error, OpenFile? File)> OpenAsync(string path, uint flags)
    {
        var found = await FindAsync(path).ConfigureAwait(false);
        if (found.Error != Errno.None) return (found.Error, null);
        var opened = await kernel.AskAsync(Opcode.Open, found.Node, Bytes(writer => writer.Write(flags), writer => writer.Write(0u))).ConfigureAwait(false);
        return opened.Succeeded ? (Errno.None, new OpenFile(this, found, opened.U64(0), flags)) : (opened.Error, null);
    }

    public static byte[] Bytes(params Action<BinaryWriter>[] fields)
    {
        var stream = new MemoryStream();
        var writer = new BinaryWriter(stream);
        foreach (var field in fields) field(writer);
        return stream.ToArray();
    }

    private static byte[] Name(string name) => [.. Encoding.UTF8.GetBytes(name), 0];

    private static string ParentOf(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}

/// <summary>What a name stands for.</summary>
internal readonly record struct Found(Errno Error, ulong Node, ulong Number, long Size);

/// <summary>An open file.</summary>
internal sealed class OpenFile(MountFiles files, Found found, ulong handle, uint flags)
{
    private const int AttrSize = 24;

    public Found Found => found;

    public Task<Answer> ReadAsync(long position, int size, bool waits = false, Action<ulong>? sent = null) => Kernel.AskAsync(
        Opcode.Read, found.Node,
        MountFiles.Bytes(w => w.Write(handle), w => w.Write(position), w => w.Write(size), w => w.Write(0u), w => w.Write(0L), w => w.Write(flags), w => w.Write(0u)),
        waits, sent);

    /// <summary>Appends.</summary>
    /// <returns>How many bytes were taken, or why none were.</returns>
    public async Task<(Errno Error, int Taken)> WriteAsync(byte[] data)
    {
        var written = await Kernel.AskAsync(
            Opcode.Write, found.Node,
            [.. MountFiles.Bytes(w => w.Write(handle), w => w.Write(0L), w => w.Write(data.Length), w => w.Write(0u), w => w.Write(0L), w => w.Write(flags), w => w.Write(0u)), .. data])
            .ConfigureAwait(false);
        return (written.Error, written.Succeeded ? (int)written.U32(0) : 0);
    }

    public async Task<Errno> SyncAsync() =>
        (await Kernel.AskAsync(Opcode.FSync, found.Node, MountFiles.Bytes(w => w.Write(handle), w => w.Write(0L))).ConfigureAwait(false)).Error;

    public async Task<(Errno Error, long Size)> StatAsync()
    {
        var attr = await Kernel.AskAsync(Opcode.GetAttr, found.Node, MountFiles.Bytes(w => w.Write(1u), w => w.Write(0u), w => w.Write(handle))).ConfigureAwait(false);
        return (attr.Error, attr.Succeeded ? (long)attr.U64(AttrSize) : 0);
    }

    /// <summary>Closes: FLUSH, then RELEASE.</summary>
    /// <returns>What close(2) tells.</returns>
    public async Task<Errno> CloseAsync()
    {
        var flushed = await Kernel.AskAsync(Opcode.Flush, found.Node, MountFiles.Bytes(w => w.Write(handle), w => w.Write(0L), w => w.Write(0L))).ConfigureAwait(false);
        await Kernel.AskAsync(
            Opcode.Release, found.Node, MountFiles.Bytes(w => w.Write(handle), w => w.Write(flags), w => w.Write(0u), w => w.Write(0L))).ConfigureAwait(false);
        return flushed.Error;
    }

    private MountKernel Kernel => files.Kernel;
}
