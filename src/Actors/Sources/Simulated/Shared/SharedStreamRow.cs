using System.Text.Json;

namespace StreamActors.Sources.Simulated;

/// <summary>What a file of a shared directory is, as it stands in etcd.</summary>
/// <param name="Id">The incarnation, within its path.</param>
/// <param name="Path">The file's path below the directory.</param>
/// <param name="Separator">What follows each message.</param>
/// <param name="Topics">How many topics it had when it was first read.</param>
/// <param name="Contents">Its content, and another while a topic is being deleted.</param>
/// <param name="IsDeleted">Whether the stream was deleted, and the file with it.</param>
internal sealed record SharedStreamRow(string Id, string Path, byte[] Separator, int Topics, SharedContent[] Contents, bool IsDeleted = false)
{
    /// <summary>Reads a row; null where the text is none.</summary>
    public static SharedStreamRow? TryRead(string? text)
    {
        try
        {
            return text is null ? null : JsonSerializer.Deserialize(text, SharedStreamsJson.Default.SharedStreamRow);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Its text.</summary>
    public string Write() => JsonSerializer.Serialize(this, SharedStreamsJson.Default.SharedStreamRow);

    /// <summary>The content of a hash; null where the file never was that.</summary>
    public SharedContent? Find(string hash) => Array.Find(Contents, content => content.Hash == hash);

    /// <summary>The numbers of the topics that are in a content.</summary>
    public IReadOnlyList<int> NumbersOf(SharedContent content) => [.. Enumerable.Range(0, Topics).Except(content.Deleted)];

    /// <summary>Whether a topic is in a content, or may be.</summary>
    public bool Has(int number) => !IsDeleted && Array.Exists(Contents, content => !content.Deleted.Contains(number));
}

/// <summary>One content of a file.</summary>
/// <param name="Hash">Its SHA-256 in hexadecimal digits.</param>
/// <param name="Deleted">The numbers of the topics that are not in it any more.</param>
internal sealed record SharedContent(string Hash, int[] Deleted);
