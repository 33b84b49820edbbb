using System.Globalization;
using System.Text;

namespace StreamActors.Sharding;

/// <summary>Spreads entities over shards by a stable hash of their ids (Akka:
/// <c>Akka.Cluster.Sharding.HashCodeMessageExtractor</c>).</summary>
public abstract class HashCodeMessageExtractor : IMessageExtractor
{
    private readonly string[] _shardIds;

    /// <summary>Makes one.</summary>
    /// <param name="maxNumberOfShards">At least 1. The same on all hosts, and for good: it decides where entities are.</param>
    protected HashCodeMessageExtractor(int maxNumberOfShards)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxNumberOfShards, 1);
        MaxNumberOfShards = maxNumberOfShards;
        _shardIds = new string[maxNumberOfShards];
        for (var i = 0; i < maxNumberOfShards; i++) _shardIds[i] = i.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>How many shards there are.</summary>
    public int MaxNumberOfShards { get; }

    /// <summary>Makes one of two functions.</summary>
    /// <param name="maxNumberOfShards">At least 1.</param>
    /// <param name="entityIdExtractor">The id of the entity of a message, or null.</param>
    /// <param name="messageExtractor">What the entity gets; null for the message itself.</param>
    public static HashCodeMessageExtractor Create(
        int maxNumberOfShards, Func<object, string?> entityIdExtractor, Func<object, object>? messageExtractor = null) =>
        new Functions(maxNumberOfShards, entityIdExtractor, messageExtractor);

    /// <inheritdoc/>
    public abstract string? EntityId(object message);

    /// <inheritdoc/>
    public virtual object? EntityMessage(object message) => message;

    /// <inheritdoc/>
    public virtual string ShardId(string entityId, object? messageHint = null) =>
        _shardIds[StableHash.Of(entityId) % (uint)_shardIds.Length];

    private sealed class Functions(int shards, Func<object, string?> id, Func<object, object>? content)
        : HashCodeMessageExtractor(shards)
    {
        public override string? EntityId(object message) => id(message);

        public override object? EntityMessage(object message) => content is null ? message : content(message);
    }
}

/// <summary>MurmurHash3_x86_32 (A. Appleby, public domain): the same on every host and in every release.</summary>
public static class StableHash
{
    private const int StackBytes = 256;

    /// <summary>The hash of the text's UTF-8 bytes, with seed 0.</summary>
    public static uint Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> bytes = most <= StackBytes ? stackalloc byte[StackBytes] : new byte[most];
        return Of(bytes[..Encoding.UTF8.GetBytes(text, bytes)], 0);
    }

    /// <summary>The hash of <paramref name="bytes"/>.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes, uint seed)
    {
        var hash = seed;
        var rest = bytes;
        for (; rest.Length >= 4; rest = rest[4..])
        {
            hash ^= Scramble(System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(rest));
            hash = (uint.RotateLeft(hash, 13) * 5) + 0xe6546b64;
        }
        uint last = 0;
        for (var i = rest.Length - 1; i >= 0; i--) last = (last << 8) | rest[i];
        hash ^= Scramble(last);
        hash ^= (uint)bytes.Length;
        hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
        hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
        return hash ^ (hash >> 16);
    }

    private static uint Scramble(uint block) => uint.RotateLeft(block * 0xcc9e2d51, 15) * 0x1b873593;
}
