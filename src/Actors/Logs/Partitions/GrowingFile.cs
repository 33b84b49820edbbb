namespace StreamActors.Logs;

/// <summary>
/// A file that grows at its end. Its blocks are reserved before the journal commits what goes there, so that a full disk
/// is noticed while the append can still be refused.
/// </summary>
internal sealed class GrowingFile(ILogFile file)
{
    private const long BlockBytes = 4096;
    private const long MaxStepBytes = 8 << 20;

    private long _reserved;

    public ILogFile File => file;

    /// <summary>Makes sure of the blocks for an append.</summary>
    public void Reserve(long position, long length)
    {
        var end = position + length;
        if (length == 0 || end <= _reserved)
            return;
        var from = Math.Max(position, _reserved);
        var step = Math.Clamp(end / 4, BlockBytes, MaxStepBytes);
        var ahead = (end + step + BlockBytes - 1) / BlockBytes * BlockBytes;
        try
        {
            file.Reserve(from, ahead - from);
            _reserved = ahead;
        }
        catch (LogIOException e) when (e.Error is LogError.NoSpace or LogError.Quota)
        {
            file.Reserve(from, end - from);
            _reserved = end;
        }
    }

    /// <summary>Gives back what is reserved beyond the end.</summary>
    public void Trim()
    {
        if (_reserved > file.Length)
            SetLength(file.Length);
    }

    /// <summary>Cuts or extends it, which gives back what is reserved beyond.</summary>
    public void SetLength(long length)
    {
        file.SetLength(length);
        _reserved = 0;
    }
}
