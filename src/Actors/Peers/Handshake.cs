using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using StreamActors.Peers.Wire;

namespace StreamActors.Peers;

/// <summary>
/// How two members agree. Each proves that it knows the secret by signing what both have said, chance of both included, so
/// that neither a listener nor an impostor learns it, and nothing that was said before can be said again.
/// </summary>
internal static class Handshake
{
    /// <summary>How much chance each side brings, in bytes.</summary>
    public const int NonceBytes = 32;

    private static readonly byte[] NoKey = new byte[SHA256.HashSizeInBytes];

    /// <summary>Chance that never was before.</summary>
    public static ByteString Nonce() => ByteString.CopyFrom(RandomNumberGenerator.GetBytes(NonceBytes));

    /// <summary>The newest version that both speak; null where there is none.</summary>
    public static int? VersionOf(int oldest, int newest, Hello hello)
    {
        var version = Math.Min(newest, hello.Newest);
        return version >= Math.Max(oldest, hello.Oldest) && version > 0 ? version : null;
    }

    /// <summary>What the one who answers proves itself by.</summary>
    public static byte[] WelcomeProof(PeerSecret? secret, Hello hello, int version, ByteString nonce) => Sign(secret, "welcome", hello, version, nonce);

    /// <summary>What the one who connects proves itself by.</summary>
    public static byte[] HelloProof(PeerSecret? secret, Hello hello, int version, ByteString nonce) => Sign(secret, "hello", hello, version, nonce);

    /// <summary>What requests beside the stream are known by, for as long as it lasts.</summary>
    public static string Token(PeerSecret? secret, Hello hello, int version, ByteString nonce) =>
        Convert.ToHexStringLower(Sign(secret, "token", hello, version, nonce));

    /// <summary>Compares in a time that tells nothing.</summary>
    public static bool Matches(byte[] expected, ByteString given) => CryptographicOperations.FixedTimeEquals(expected, given.Span);

    // Without a secret the connection itself says who both are; the token is still one that nobody else can know.
    private static byte[] Sign(PeerSecret? secret, string purpose, Hello hello, int version, ByteString nonce)
    {
        using var text = new MemoryStream();
        Add(text, Encoding.UTF8.GetBytes("streamactors " + purpose));
        Add(text, Encoding.UTF8.GetBytes(hello.Cluster));
        Add(text, Encoding.UTF8.GetBytes(hello.From));
        Add(text, Encoding.UTF8.GetBytes(hello.To));
        Add(text, Number(hello.Oldest));
        Add(text, Number(hello.Newest));
        Add(text, hello.Nonce.Span);
        Add(text, Number(version));
        Add(text, nonce.Span);
        var bytes = text.ToArray();
        return secret?.Sign(bytes) ?? HMACSHA256.HashData(NoKey, bytes);
    }

    private static byte[] Number(int value)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    // Each with its length, so that no two conversations are the same text.
    private static void Add(MemoryStream text, ReadOnlySpan<byte> part)
    {
        text.Write(Number(part.Length));
        text.Write(part);
    }
}
