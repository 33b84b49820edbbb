using StreamActors.Logs;
using StreamActors.Sources.Log;

namespace StreamActors.SharedLogs;

/// <summary>How the shards of a volume are kept in a directory that all members share.</summary>
public sealed record SharedLogOptions
{
    /// <summary>The directory's absolute path; its parent has to be there.</summary>
    public required string Directory { get; init; }

    /// <summary>Which cluster the directory belongs to: its name and the volume's path. Another's directory is refused.</summary>
    public required string Owner { get; init; }

    /// <summary>How many shards there are.</summary>
    public required int Shards { get; init; }

    /// <summary>How each log is written. Its new id is of chance, and names what this host makes before it has a name.</summary>
    public required LogOptions Log { get; init; }

    /// <summary>How streams are.</summary>
    public required LogSourceOptions Source { get; init; }

    /// <summary>The disk.</summary>
    public ILogFileSystem Disk { get; init; } = DiskFileSystem.Instance;

    /// <summary>After how long a shard that can't be opened is tried again.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);
}
