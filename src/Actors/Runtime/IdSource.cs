using System.Security.Cryptography;

namespace StreamActors.Runtime;

/// <summary>Chance and ids of a system: from a seed, or from the operating system.</summary>
internal sealed class IdSource(int? seed)
{
    public Random Random { get; } = new SharedRandom(seed ?? RandomNumberGenerator.GetInt32(int.MaxValue));

    /// <summary>A version 4 UUID (RFC 9562). Without a seed all its bits are the operating system's: a seed of 31
    /// bits would let two processes make the same ids.</summary>
    public Guid NewGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        if (seed is null) RandomNumberGenerator.Fill(bytes);
        else Random.NextBytes(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary><see cref="System.Random"/> for several threads.</summary>
    private sealed class SharedRandom(int seed) : Random
    {
        private readonly Random _random = new(seed);
        private readonly Lock _gate = new();

        public override int Next()
        {
            lock (_gate) return _random.Next();
        }

        public override int Next(int maxValue)
        {
            lock (_gate) return _random.Next(maxValue);
        }

        public override int Next(int minValue, int maxValue)
        {
            lock (_gate) return _random.Next(minValue, maxValue);
        }

        public override long NextInt64()
        {
            lock (_gate) return _random.NextInt64();
        }

        public override long NextInt64(long maxValue)
        {
            lock (_gate) return _random.NextInt64(maxValue);
        }

        public override long NextInt64(long minValue, long maxValue)
        {
            lock (_gate) return _random.NextInt64(minValue, maxValue);
        }

        public override double NextDouble()
        {
            lock (_gate) return _random.NextDouble();
        }

        public override float NextSingle()
        {
            lock (_gate) return _random.NextSingle();
        }

        public override void NextBytes(byte[] buffer)
        {
            lock (_gate) _random.NextBytes(buffer);
        }

        public override void NextBytes(Span<byte> buffer)
        {
            lock (_gate) _random.NextBytes(buffer);
        }

        protected override double Sample() => NextDouble();
    }
}
