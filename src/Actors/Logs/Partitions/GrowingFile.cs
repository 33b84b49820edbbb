namespace StreamActors.Logs;

/// <summary>
/// A file that grows at its end. Its blocks are reserved before the journal commits what goes there, so that a full disk
/// is noticed while the append can still be refused. Bytes behind the last whole block are held in memory until the block is full
/// or the file itself is wanted: what comes in small or odd pieces is then written, and later read, in large ones. The journal has
/// them meanwhile.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="tails">The memory for it.</param>
internal sealed class GrowingFile(ILogFile file, HeldTails tails)
{
    private const long PageBytes = 4096;
    private const long MaxStepBytes = 32 << 20;

    private readonly Lock _gate = new();
    private long _reserved;

    // What is held, and where it begins. They change together under the gate; bytes that readers know of don't change.
    private byte[]? _held;
    private long _heldFrom;
    private int _heldLength;

    public ILogFile File => file;

    /// <summary>Whether there are bytes that the file itself lacks.</summary>
    public bool HoldsBytes => _held is not null;

    /// <summary>Makes sure of the blocks for an append; false where the file system can't.</summary>
    public bool Reserve(long position, long length)
    {
        var end = position + length;
        if (length == 0 || end <= _reserved)
            return true;
        var from = Math.Max(position, _reserved);
        var step = Math.Clamp(end / 4, PageBytes, MaxStepBytes);
        var ahead = (end + step + PageBytes - 1) / PageBytes * PageBytes;
        try
        {
            if (!file.Reserve(from, ahead - from))
                return false;
            _reserved = ahead;
        }
        catch (LogIOException e) when (e.Error is LogError.NoSpace or LogError.Quota)
        {
            file.Reserve(from, end - from);
            _reserved = end;
        }
        return true;
    }

    /// <summary>Whether all of an append stays in memory, where what is there does so far.</summary>
    public bool HoldsAll(long position, long length) => tails.IsOn && position + length < tails.BlockBytes;

    /// <summary>Writes bytes; one thread at a time. Where it throws, they are not in the file, or only some of them.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="position">Their place. Only what goes to the end may be held.</param>
    /// <param name="mayHold">Whether the last of them may stay in memory.</param>
    public void Write(ReadOnlySpan<byte> bytes, long position, bool mayHold)
    {
        if (!mayHold || !tails.IsOn || !TryHoldFrom(position))
        {
            Flush();
            file.Write(bytes, position);
            return;
        }
        var block = tails.BlockBytes;
        while (!bytes.IsEmpty)
        {
            var room = block - (int)((_heldFrom + _heldLength) % block);
            if (bytes.Length < room)
            {
                MakeRoom(_heldLength + bytes.Length);
                bytes.CopyTo(_held.AsSpan(_heldLength));
                _heldLength += bytes.Length;
                return;
            }
            if (_heldLength == 0)
            {
                var whole = room + ((bytes.Length - room) / block * block);
                file.Write(bytes[..whole], _heldFrom);
                HoldFrom(_held, _heldFrom + whole);
                bytes = bytes[whole..];
            }
            else
            {
                MakeRoom(_heldLength + room);
                bytes[..room].CopyTo(_held.AsSpan(_heldLength));
                file.Write(_held.AsSpan(0, _heldLength + room), _heldFrom);
                HoldFrom(_held, _heldFrom + _heldLength + room);
                bytes = bytes[room..];
            }
        }
    }

    /// <summary>Writes what is held; by the thread that writes.</summary>
    public void Flush()
    {
        if (_held is null)
            return;
        if (_heldLength > 0)
            file.Write(_held.AsSpan(0, _heldLength), _heldFrom);
        LetGo();
    }

    /// <summary>Reads committed bytes; any thread may.</summary>
    /// <param name="buffer">Where they go.</param>
    /// <param name="position">The first one's place.</param>
    /// <returns>How many; fewer than wanted only where the file is too short.</returns>
    public int Read(Span<byte> buffer, long position)
    {
        var inFile = buffer.Length;
        lock (_gate)
        {
            if (_held is not null && position + buffer.Length > _heldFrom)
            {
                inFile = (int)Math.Max(0, _heldFrom - position);
                var wanted = buffer[inFile..];
                _held.AsSpan((int)(position + inFile - _heldFrom), wanted.Length).CopyTo(wanted);
            }
        }
        var read = inFile > 0 ? file.Read(buffer[..inFile], position) : 0;
        return read < inFile ? read : buffer.Length;
    }

    /// <summary>Gives blocks back, of what was written up to there.</summary>
    public void PunchHole(long begin, long end)
    {
        Flush();
        begin = Math.Max(0, begin);
        end = Math.Min(end, file.Length);
        if (end > begin)
            file.PunchHole(begin, end - begin);
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
        Flush();
        file.SetLength(length);
        _reserved = 0;
    }

    /// <summary>Closes the file, without what is held; nobody may use it any more.</summary>
    public void Dispose()
    {
        LetGo();
        file.Dispose();
    }

    /// <summary>Whether a place is at the end, or within what is held and to be written once more; then what is held ends there.</summary>
    private bool TryHoldFrom(long position)
    {
        if (_held is not null && position >= _heldFrom && position <= _heldFrom + _heldLength)
        {
            _heldLength = (int)(position - _heldFrom);
            return true;
        }
        Flush();
        if (position != file.Length)
            return false;
        HoldFrom(tails.Rent(0), position);
        return true;
    }

    private void MakeRoom(int bytes)
    {
        var small = _held!;
        if (small.Length >= bytes)
            return;
        var held = tails.Rent(bytes);
        small.AsSpan(0, _heldLength).CopyTo(held);
        lock (_gate)
            _held = held;
        tails.Return(small);
    }

    private void HoldFrom(byte[]? held, long position)
    {
        lock (_gate)
            (_held, _heldFrom, _heldLength) = (held, position, 0);
    }

    private void LetGo()
    {
        if (_held is not { } held)
            return;
        HoldFrom(null, 0);
        tails.Return(held);
    }
}
