using System.Security.Cryptography;
using System.Text;

namespace StreamActors.Peers;

/// <summary>What the members of a cluster know, and nobody else. It is never sent: they prove to each other that they know it.</summary>
public sealed class PeerSecret
{
    /// <summary>How long it must be at least, in bytes.</summary>
    public const int MinBytes = 16;

    private const int MaxBytes = 4096;
    private const UnixFileMode OthersMay = (UnixFileMode)0x3F; // 0077

    private readonly byte[] _key;

    /// <summary>Makes one.</summary>
    /// <param name="text">The secret; spaces and line ends around it do not count.</param>
    /// <exception cref="ArgumentException">It is too short or too long.</exception>
    public PeerSecret(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var bytes = Encoding.UTF8.GetBytes(text.Trim());
        if (bytes.Length is < MinBytes or > MaxBytes)
            throw new ArgumentException($"a secret has {MinBytes} to {MaxBytes} bytes", nameof(text));
        _key = SHA256.HashData(bytes);
    }

    /// <summary>Reads one from a file that is nobody else's to read.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It can't be read, others may read it, or it holds no secret. The message is for the user.</exception>
    public static PeerSecret Read(string path)
    {
        try
        {
            return new PeerSecret(ReadText(path));
        }
        catch (ArgumentException refused)
        {
            throw new IOException($"secret {path}: {refused.Message.Split(" (Parameter")[0]}");
        }
    }

    /// <summary>Reads what stands in a file that is nobody else's to read, without spaces and line ends around it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It can't be read, others may read it, or it is empty or too long. The message is for the user.</exception>
    public static string ReadText(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
            // Asked of the open file: its name may stand for another one later.
            if ((File.GetUnixFileMode(file.SafeFileHandle) & OthersMay) != 0)
                throw new IOException($"secret {path}: others may read or write it; expected mode 0600");
            var bytes = new byte[MaxBytes + 1];
            var count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            var text = Encoding.UTF8.GetString(bytes.AsSpan(0, count)).Trim();
            return count <= MaxBytes && text.Length > 0 ? text : throw new IOException($"secret {path}: it is empty, or longer than {MaxBytes} bytes");
        }
        catch (Exception refused) when (refused is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new IOException($"secret {path}: {refused.Message}");
        }
    }

    /// <summary>What only who knows the secret can make of a text.</summary>
    internal byte[] Sign(ReadOnlySpan<byte> text) => HMACSHA256.HashData(_key, text);

    /// <inheritdoc/>
    public override string ToString() => "(secret)";
}
