using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>The reader of a handle, and what has to be given back with it.</summary>
internal sealed class OpenReader
{
    private readonly Lock _gate = new();
    private readonly Action<OpenReader> _closed;

    private IPartitionReader _reader;

    // The one before may still be read from: it is disposed of with the next.
    private IPartitionReader? _replaced;
    private bool _isGivenBack;

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
            link.Reopened = Replace;
    }

    /// <summary>Who knows the handle.</summary>
    public ReaderLink Link { get; }

    /// <summary>The bytes; another reader of the same ones, once the handle was opened anew.</summary>
    public IPartitionReader Reader => Volatile.Read(ref _reader);

    /// <summary>Gives everything back. Idempotent.</summary>
    public void GiveBack()
    {
        lock (_gate)
        {
            if (_isGivenBack)
                return;
            _isGivenBack = true;
        }
        _closed(this);
        Link.Close();
        Reader.Dispose();
        _replaced?.Dispose();
    }

    private void Replace(IPartitionReader opened)
    {
        lock (_gate)
        {
            if (!_isGivenBack)
            {
                _replaced?.Dispose();
                _replaced = _reader;
                Volatile.Write(ref _reader, opened);
                return;
            }
        }
        // The handle was closed while it was opened anew.
        Link.Close();
        opened.Dispose();
    }
}
