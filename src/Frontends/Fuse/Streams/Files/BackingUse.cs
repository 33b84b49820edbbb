using StreamActors.Fuse.Kernel;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// The backing file of an inode, while somebody has it open. The kernel does not mix handles with it and without it, so
/// whichever the first of them got holds until the last is gone.
/// </summary>
internal sealed class BackingUse
{
    private readonly Lock _gate = new();
    private readonly HashSet<OpenReader> _readers = [];
    private IFuseConnection? _connection;
    private int _id;

    /// <summary>A handle comes.</summary>
    /// <param name="connection">The mount.</param>
    /// <param name="open">Its reader.</param>
    /// <param name="writes">Whether it writes: what is written is the server's to see.</param>
    /// <param name="id">The id of the backing file; 0 for none.</param>
    /// <returns>How the kernel treats the handle.</returns>
    public OpenReplyFlags Enter(IFuseConnection connection, OpenReader open, bool writes, out int id)
    {
        lock (_gate)
        {
            _connection = connection;
            if (_readers.Count == 0 && connection.Features.Passthrough)
                _id = Open(connection, open.Reader);
            _readers.Add(open);
            id = _id;
        }
        return id == 0 ? OpenReplyFlags.DirectIo
            : writes ? OpenReplyFlags.Passthrough | OpenReplyFlags.DirectIo : OpenReplyFlags.Passthrough;
    }

    /// <summary>A handle is gone, or did not come.</summary>
    /// <param name="open">Its reader.</param>
    public void Leave(OpenReader open)
    {
        lock (_gate)
        {
            if (!_readers.Remove(open) || _readers.Count > 0 || _id == 0)
                return;
            _connection!.CloseBacking(_id);
            _id = 0;
        }
    }

    private static int Open(IFuseConnection connection, IPartitionReader reader)
    {
        if (reader.BackingFile is not { } file)
            return 0;
        var acquired = false;
        try
        {
            file.DangerousAddRef(ref acquired);
            using var descriptor = new FileDescriptor((int)file.DangerousGetHandle(), ownsHandle: false);
            return connection.OpenBacking(descriptor, out var id) == Errno.None ? id : 0;
        }
        finally
        {
            if (acquired)
                file.DangerousRelease();
        }
    }
}
