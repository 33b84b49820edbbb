namespace StreamActors.Messages.Writing;

/// <summary>
/// Finds where messages end in a stream of bytes that comes in pieces of any length: it remembers what it needs of those
/// before. A copy of it is a mark to go back to.
/// </summary>
internal struct FrameScanner
{
    private readonly Framing _framing;
    private readonly byte[] _after;

    // How many bytes of the message were seen, and of them the size, or how many may be the beginning of the separator.
    private long _length;
    private long _size;
    private int _matched;

    /// <summary>Makes a scanner at the beginning of a message.</summary>
    /// <param name="framing">How messages become bytes.</param>
    public FrameScanner(Framing framing)
    {
        _framing = framing;
        _after = [.. framing.Stop.Span, .. framing.Separator.Span];
    }

    /// <summary>How many bytes the message has at least, by what was seen of it; 0 at the beginning of one.</summary>
    public readonly long Least => _framing.HasSize && _length >= _framing.Before ? Whole : _length;

    private readonly long Whole => _framing.Before + _size + _after.Length;

    /// <summary>Goes on to the end of the message.</summary>
    /// <param name="data">The next bytes; not empty.</param>
    /// <param name="count">How many of them belong to the message.</param>
    /// <param name="fault"><see cref="Fault.Invalid"/> where they are not framed: nothing can be said of what follows.</param>
    /// <returns>Whether the message ends there, and the scanner is at the beginning of the next one.</returns>
    public bool TryFindEnd(ReadOnlySpan<byte> data, out int count, out Fault fault)
    {
        fault = Fault.None;
        bool isFound;
        if (_framing.HasSize)
            isFound = TryMeasure(data, out count, out fault);
        else if (_framing.Separator.IsEmpty)
            (isFound, count) = (true, data.Length);
        else
            isFound = TrySeparate(data, _framing.Separator.Span, out count);
        if (isFound)
            (_length, _size, _matched) = (0, 0, 0);
        return isFound;
    }

    private bool TrySeparate(ReadOnlySpan<byte> data, ReadOnlySpan<byte> separator, out int count)
    {
        var found = _matched == 0 ? -1 : FindAcross(data, separator);
        if (found < 0 && data.IndexOf(separator) is >= 0 and var index)
            found = index + separator.Length;
        count = found < 0 ? data.Length : found;
        _length += count;
        if (found < 0 && separator.Length > 1)
            _matched = BeginningAtEnd(data, separator);
        return found >= 0;
    }

    /// <summary>Where the separator ends that began before the data; -1 where none did.</summary>
    private readonly int FindAcross(ReadOnlySpan<byte> data, ReadOnlySpan<byte> separator)
    {
        // What came before ends with as much of the separator as was matched: no other bytes of it can matter.
        Span<byte> joined = stackalloc byte[2 * Framing.MaxPartBytes];
        var next = data[..Math.Min(data.Length, separator.Length - 1)];
        separator[.._matched].CopyTo(joined);
        next.CopyTo(joined[_matched..]);
        var index = joined[..(_matched + next.Length)].IndexOf(separator);
        return index < 0 ? -1 : index + separator.Length - _matched;
    }

    private readonly int BeginningAtEnd(ReadOnlySpan<byte> data, ReadOnlySpan<byte> separator)
    {
        Span<byte> joined = stackalloc byte[2 * Framing.MaxPartBytes];
        var last = data[^Math.Min(data.Length, separator.Length - 1)..];
        var before = data.Length < separator.Length - 1 ? _matched : 0;
        separator[..before].CopyTo(joined);
        last.CopyTo(joined[before..]);
        var end = joined[..(before + last.Length)];
        for (var length = Math.Min(end.Length, separator.Length - 1); length > 0; length--)
            if (end[^length..].SequenceEqual(separator[..length]))
                return length;
        return 0;
    }

    private bool TryMeasure(ReadOnlySpan<byte> data, out int count, out Fault fault)
    {
        var start = _framing.Start.Span;
        fault = Fault.None;
        for (count = 0; count < data.Length;)
        {
            var rest = data[count..];
            var step = 1;
            if (_length < start.Length)
            {
                if (!TryMatch(rest, start[(int)_length..], out step))
                    fault = Fault.Invalid;
            }
            else if (_length < _framing.Before)
            {
                _size = (_size << 8) | rest[0];
            }
            else if (_length < _framing.Before + _size)
            {
                step = (int)Math.Min(rest.Length, _framing.Before + _size - _length);
            }
            else if (!TryMatch(rest, _after.AsSpan((int)(_length - _framing.Before - _size)), out step))
            {
                fault = Fault.Invalid;
            }
            if (fault != Fault.None)
                return false;
            _length += step;
            count += step;
            if (_length >= _framing.Before && _length == Whole)
                return true;
        }
        return false;
    }

    private static bool TryMatch(ReadOnlySpan<byte> data, ReadOnlySpan<byte> expected, out int length)
    {
        length = Math.Min(data.Length, expected.Length);
        return data[..length].SequenceEqual(expected[..length]);
    }
}
