using StreamActors.Messages;
using StreamActors.Messages.Simulated;

namespace StreamActors.Sources.Simulated;

/// <summary>Which file it is, whatever its name and content.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, long BornAt)
{
    public FileIdentity(FileVersion version)
        : this(version.Device, version.Inode, version.BornAt)
    {
    }
}

/// <summary>What is known of one file.</summary>
internal sealed record CatalogEntry
{
    /// <summary>The file, at its place; a renamed file shows by a new version, and then is resolved again.</summary>
    public required ISimulatedFile File { get; init; }

    /// <summary>The place's path when the file was resolved.</summary>
    public required string Path { get; init; }

    /// <summary>The version that was read.</summary>
    public required FileVersion Version { get; init; }

    /// <summary>
    /// Whether the version tells of every later write. It does not where the file was read so soon after its last change
    /// that another change would have left the same times.
    /// </summary>
    public required bool IsTrusted { get; init; }

    /// <summary>SHA-256 of the content; empty where it was not read.</summary>
    public required ReadOnlyMemory<byte> Hash { get; init; }

    /// <summary>The stream; null for an ordinary file.</summary>
    public StreamLife? Stream { get; init; }
}

/// <summary>A stream's incarnation: its id, its topics' numbers, and which of them still are. Safe for several threads.</summary>
internal sealed class StreamLife(StreamId id, IReadOnlyList<int> numbers)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Lifetime> _topics = [];
    private IReadOnlyList<int> _numbers = numbers;

    public StreamId Id { get; } = id;

    /// <summary>The stream's own life.</summary>
    public Lifetime Lifetime { get; } = new();

    /// <summary>The numbers of the topics in their order; where topics were deleted there are gaps.</summary>
    public IReadOnlyList<int> Numbers => Volatile.Read(ref _numbers);

    /// <summary>The life of a topic.</summary>
    public Lifetime OfTopic(int number)
    {
        lock (_gate)
        {
            if (!_topics.TryGetValue(number, out var life))
                _topics[number] = life = new Lifetime();
            return life;
        }
    }

    /// <summary>Ends a topic's life.</summary>
    /// <param name="number">The topic.</param>
    /// <param name="rest">The numbers of the topics that are left.</param>
    /// <param name="elapsed">Time since the start of the release.</param>
    public void EndTopic(int number, IReadOnlyList<int> rest, TimeSpan elapsed)
    {
        Volatile.Write(ref _numbers, rest);
        OfTopic(number).End(elapsed);
    }

    /// <summary>Ends the stream's life and that of all its topics.</summary>
    public void End(TimeSpan elapsed)
    {
        Lifetime[] topics;
        lock (_gate)
            topics = [.. _topics.Values];
        Lifetime.End(elapsed);
        foreach (var topic in topics)
            topic.End(elapsed);
    }
}
