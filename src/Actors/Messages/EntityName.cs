using System.Text;

namespace StreamActors.Messages;

/// <summary>
/// The name of a stream or a topic: bytes, as file names are. As a rule they are UTF-8; a name that came through a file
/// system may hold any others.
/// </summary>
public sealed class EntityName : IEquatable<EntityName>
{
    private readonly byte[] _bytes;

    /// <summary>Makes a name of bytes, which are copied.</summary>
    /// <param name="bytes">The name.</param>
    public EntityName(ReadOnlySpan<byte> bytes) => _bytes = bytes.ToArray();

    /// <summary>Makes a name of text.</summary>
    /// <param name="text">The name; without lone surrogates.</param>
    public EntityName(string text) => _bytes = Encoding.UTF8.GetBytes(text);

    /// <summary>The name's bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The name's bytes, where they are to be kept.</summary>
    public ReadOnlyMemory<byte> Memory => _bytes;

    /// <inheritdoc/>
    public bool Equals(EntityName? other) => other is not null && Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as EntityName);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    /// <summary>The name as text, for logs.</summary>
    public override string ToString() => Encoding.UTF8.GetString(_bytes);
}
