using System.Runtime.InteropServices;

namespace StreamActors.Kafka;

/// <summary>Addresses of bytes, which stay where they are until this is disposed of. Not safe for several threads.</summary>
internal sealed class PinnedBytes : IDisposable
{
    private readonly List<GCHandle> _handles = [];
    private byte[]? _last;
    private IntPtr _address;

    /// <summary>Where bytes are; not null for an empty range, which is not null either.</summary>
    public IntPtr AddressOf(ReadOnlyMemory<byte> bytes)
    {
        if (!MemoryMarshal.TryGetArray(bytes, out var segment))
            segment = bytes.ToArray();
        if (segment.Array != _last)
        {
            // The bytes of a batch are in one array.
            var pinned = GCHandle.Alloc(segment.Array, GCHandleType.Pinned);
            _handles.Add(pinned);
            (_last, _address) = (segment.Array, pinned.AddrOfPinnedObject());
        }
        return _address + segment.Offset;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var handle in _handles)
            handle.Free();
        _handles.Clear();
        _last = null;
    }
}
