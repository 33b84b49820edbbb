using StreamActors.Messages;

namespace StreamActors.Cluster.Tests.Remote;

/// <summary>A view that grows: the byte at a position is a hash of it, whoever asks.</summary>
internal sealed class GrowingBytes : IPartitionReader
{
    private long _end;

    public long End
    {
        get => Volatile.Read(ref _end);
        set => Volatile.Write(ref _end, value);
    }

    public PartitionStat Stat => new(End, DateTimeOffset.UnixEpoch.AddSeconds(End), End / 8);

    public bool IsEnded { get; set; }

    public bool IsComplete { get; set; } = true;

    public Failure? Stalled { get; set; }

    /// <summary>What reads get instead of bytes.</summary>
    public Fault Fault { get; set; }

    /// <summary>Bytes from here on can't be read.</summary>
    public long BrokenFrom { get; set; } = long.MaxValue;

    public bool IsDisposed { get; private set; }

    public static byte At(long position) => (byte)((position * 2654435761) >> 13);

    public static byte[] Expected(long position, int count) => [.. Enumerable.Range(0, count).Select(i => At(position + i))];

    public Fault Read(long position, Span<byte> target, out int count)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        count = 0;
        if (Fault != Fault.None) return Fault;
        if (position >= BrokenFrom) return Fault.InputOutput;
        count = (int)Math.Clamp(Math.Min(End, BrokenFrom) - position, 0, target.Length);
        for (var i = 0; i < count; i++) target[i] = At(position + i);
        return Fault.None;
    }

    /// <summary>Whether it is told where a message begins.</summary>
    public bool TellsBegin { get; set; } = true;

    public MessagePlace MessageAt(long position) => new(Fault, position / 8, TellsBegin ? position / 8 * 8 : null);

    public Fault ReadSpans(long message, Span<MessageSpan> target, out int count)
    {
        count = 0;
        if (Fault != Fault.None) return Fault;
        count = (int)Math.Clamp((End / 8) - message, 0, target.Length);
        for (var i = 0; i < count; i++) target[i] = new MessageSpan(message - i, (message + i) * 8, 8);
        return Fault.None;
    }

    public void Dispose() => IsDisposed = true;
}
