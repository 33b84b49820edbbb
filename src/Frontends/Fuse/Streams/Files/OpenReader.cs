using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>The reader of a handle, and what has to be given back with it.</summary>
internal sealed class OpenReader
{
    private readonly Action<OpenReader> _closed;
    private IPartitionReader _reader;
    private int _isGivenBack;

    /// <summary>Makes one.</summary>
    /// <param name="link">Who knows the handle.</param>
    /// <param name="reader">The bytes; disposed of with this.</param>
    /// <param name="closed">Told once, when it is given back.</param>
    public OpenReader(ReaderLink link, IPartitionReader reader, Action<OpenReader> closed)
    {
        Link = link;
        _reader = reader;
        _closed = closed;
        if (link is ReaderLink.OfView)
            link.Reopened = opened => Interlocked.Exchange(ref _reader, opened).Dispose();
    }

    /// <summary>Who knows the handle.</summary>
    public ReaderLink Link { get; }

    /// <summary>The bytes; another reader of the same ones, once the handle was opened anew.</summary>
    public IPartitionReader Reader => Volatile.Read(ref _reader);

    /// <summary>Gives everything back. Idempotent.</summary>
    public void GiveBack()
    {
        if (Interlocked.Exchange(ref _isGivenBack, 1) != 0)
            return;
        _closed(this);
        Link.Close();
        Reader.Dispose();
    }
}
