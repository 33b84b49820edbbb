using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>How the streams of a log volume are.</summary>
public sealed record LogSourceOptions
{
    /// <summary>How many partitions a new topic has; at least 1.</summary>
    public required int Partitions { get; init; }

    /// <summary>How messages of a new stream become bytes.</summary>
    public Framing Framing { get; init; } = Framing.Lines;

    /// <summary>Whether streams and topics may be deleted.</summary>
    public bool MayDelete { get; init; } = true;

    /// <summary>The longest message, value and key and headers, in bytes.</summary>
    public int MessageMaxBytes { get; init; } = LogOptions.DefaultMessageMaxBytes;

    /// <summary>How many partitions the log has active at most, as its own options say.</summary>
    public int MaxActive { get; init; } = LogOptions.DefaultMaxActive;

    /// <summary>How many partitions readers may have open at a time; each has three files open.</summary>
    public int MaxOpen { get; init; } = int.MaxValue;

    /// <summary>How many partitions are held open for their entities at most; each has three files open.</summary>
    public int MaxHeld => Math.Max(1, MaxActive / 4);

    /// <summary>The names, where several hosts share them; null where the log has them itself.</summary>
    public ISharedNames? Names { get; init; }

    /// <summary>What all ids begin with, where several volumes share their entities.</summary>
    public string IdPrefix { get; init; } = "";

    /// <summary>Whether what is known here may be told, where another host may have the log by now; null where none can. Any thread may ask.</summary>
    public Func<bool>? MayAnswer { get; init; }

    /// <summary>
    /// Whether files of the log may be given to readers as they are. Not where retention removes heads: what is removed
    /// shows there as zeros.
    /// </summary>
    public bool GivesFiles { get; init; }
}
