using System.Runtime.InteropServices;

namespace StreamActors.Kafka;

/// <summary>The bytes of messages that were fetched, in a few large arrays that are used again. One thread at a time.</summary>
internal sealed class FetchedBytes
{
    /// <summary>How many bytes an array has; what is longer has one of its own, which is not kept.</summary>
    private const int ArrayBytes = 256 << 10;

    /// <summary>The most arrays that are kept for later.</summary>
    private const int MaxKept = HandOver.MaxBytes / ArrayBytes;

    private readonly List<byte[]> _arrays = [];
    private int _current;
    private int _used;

    /// <summary>Copies bytes of the library's.</summary>
    /// <param name="from">Where they are.</param>
    /// <param name="length">How many.</param>
    /// <returns>The copy, which is valid until <see cref="Clear"/>.</returns>
    public ReadOnlyMemory<byte> Copy(IntPtr from, int length)
    {
        if (length > ArrayBytes)
        {
            var own = new byte[length];
            Marshal.Copy(from, own, 0, length);
            return own;
        }
        if (_current < _arrays.Count && ArrayBytes - _used < length)
            (_current, _used) = (_current + 1, 0);
        if (_current == _arrays.Count)
            _arrays.Add(new byte[ArrayBytes]);
        Marshal.Copy(from, _arrays[_current], _used, length);
        _used += length;
        return _arrays[_current].AsMemory(_used - length, length);
    }

    /// <summary>Forgets all copies.</summary>
    public void Clear()
    {
        if (_arrays.Count > MaxKept)
            _arrays.RemoveRange(MaxKept, _arrays.Count - MaxKept);
        (_current, _used) = (0, 0);
    }
}
