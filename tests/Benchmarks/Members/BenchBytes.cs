using StreamActors.Messages;

namespace StreamActors.Benchmarks.Members;

/// <summary>A partition of which only the copying costs time.</summary>
internal sealed class BenchBytes : IPartitionReader
{
    public const long Length = 512 << 20;

    public static byte[] Piece { get; } = [.. Enumerable.Range(0, 1 << 20).Select(i => (byte)i)];

    public PartitionStat Stat => new(Length, DateTimeOffset.UnixEpoch, 1);

    public long End => Length;

    public bool IsEnded => false;

    public Fault Read(long position, Span<byte> target, out int count)
    {
        count = (int)Math.Clamp(Length - position, 0, target.Length);
        for (var done = 0; done < count;)
        {
            var from = (int)((position + done) % Piece.Length);
            var part = Math.Min(count - done, Piece.Length - from);
            Piece.AsSpan(from, part).CopyTo(target[done..]);
            done += part;
        }
        return Fault.None;
    }

    public MessagePlace MessageAt(long position) => new(Fault.None, 0);

    public void Dispose()
    {
    }
}
