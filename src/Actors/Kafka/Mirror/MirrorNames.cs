using System.Globalization;

namespace StreamActors.Kafka;

/// <summary>What mirrored partitions are called in the cache.</summary>
internal static class MirrorNames
{
    // No name of a topic has it.
    private const char StartMark = '@';

    /// <summary>The name of a partition's log.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="start">The offset where a log of its own begins; null for the partition's main one.</param>
    public static string NameOf(string topic, int partition, long? start = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{topic}/{partition}{(start is { } offset ? $"{StartMark}{offset}" : "")}");

    /// <summary>What the names of all partitions of a topic begin with.</summary>
    public static string PrefixOf(string topic) => $"{topic}/";

    /// <summary>Whether a name is one of a log that begins at an offset of its own; those last as long as the process.</summary>
    public static bool HasStart(string name) => name.Contains(StartMark, StringComparison.Ordinal);
}
