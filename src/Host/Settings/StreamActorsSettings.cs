using Microsoft.Extensions.Logging;

namespace StreamActors.Host.Settings;

/// <summary>Every setting, checked. The defaults stand in <c>hocon/reference.conf</c>, and nowhere else.</summary>
/// <param name="Layout">What a topic looks like.</param>
/// <param name="Mount">What users see of the mount.</param>
/// <param name="Fuse">How requests of the kernel are served.</param>
/// <param name="Simulated">Streams made from JSON files.</param>
/// <param name="Actors">The actor runtime.</param>
/// <param name="Overlay">Ordinary files.</param>
/// <param name="Log">What is logged, and where.</param>
/// <param name="Cluster">The cluster that this host is a member of; null where it is alone.</param>
/// <param name="Volumes">What is mounted, by path; the first is the one at <c>/</c>, where there is one.</param>
public sealed record StreamActorsSettings(
    Layout Layout,
    MountSettings Mount,
    FuseSettings Fuse,
    SimulatedSettings Simulated,
    ActorSettings Actors,
    OverlaySettings Overlay,
    LogSettings Log,
    ClusterSettings? Cluster,
    IReadOnlyList<VolumeSettings> Volumes);

/// <summary>What a topic looks like.</summary>
public enum Layout
{
    /// <summary>A directory of partitions.</summary>
    Partitions,

    /// <summary>A file, where the topic has one partition.</summary>
    Topics,
}

/// <summary>The settings under <c>mount</c>: what users see of the mount.</summary>
/// <param name="AllowOther">Whether users other than the mounter are let in.</param>
/// <param name="DefaultPermissions">Whether the kernel checks permission bits.</param>
/// <param name="ReadOnly">Whether every change is refused.</param>
/// <param name="Uid">Owner that everything shows; null for its own.</param>
/// <param name="Gid">Group that everything shows; null for its own.</param>
/// <param name="Umask">Permission bits that nothing shows, 0 to 0777 octal; null for each its own bits.</param>
/// <param name="FsName">First column of the table of mounts.</param>
/// <param name="AttrTimeout">How long the kernel may keep attributes.</param>
/// <param name="EntryTimeout">How long the kernel may keep names.</param>
/// <param name="NoSuid">Whether set-user-id bits count for nothing.</param>
/// <param name="NoDev">Whether device files count for nothing.</param>
/// <param name="NonEmpty">Whether the mountpoint may hold files.</param>
/// <param name="EndTimeout">How long the end may take once the mount has left the tree.</param>
public sealed record MountSettings(
    bool AllowOther,
    bool DefaultPermissions,
    bool ReadOnly,
    uint? Uid,
    uint? Gid,
    uint? Umask,
    string FsName,
    TimeSpan AttrTimeout,
    TimeSpan EntryTimeout,
    bool NoSuid,
    bool NoDev,
    bool NonEmpty,
    TimeSpan EndTimeout);

/// <summary>The settings under <c>fuse</c>: how requests of the kernel are served.</summary>
/// <param name="Threads">Threads that serve requests; 0 for two for each processor, from 4 to 16.</param>
/// <param name="MaxWrite">Largest write, in bytes; a multiple of 4096.</param>
/// <param name="MaxBackground">Most requests that the kernel keeps in the background.</param>
/// <param name="Passthrough">Whether the kernel may read ordinary files itself.</param>
/// <param name="ShutdownTimeout">How long requests may take to end at unmount.</param>
public sealed record FuseSettings(
    int Threads,
    int MaxWrite,
    int MaxBackground,
    Passthrough Passthrough,
    TimeSpan ShutdownTimeout);

/// <summary>Whether the kernel may read ordinary files itself (FUSE passthrough).</summary>
public enum Passthrough
{
    /// <summary>Where it can.</summary>
    Auto,

    /// <summary>Never.</summary>
    Off,
}

/// <summary>The settings under <c>simulated</c>: streams made from JSON files.</summary>
/// <param name="Interval">Time between two messages of a topic; more than zero.</param>
/// <param name="Released">Which messages are there at the start.</param>
/// <param name="MaxBytes">Largest JSON file, in bytes.</param>
/// <param name="CacheBytes">Bytes of content that are kept while nobody has it open.</param>
/// <param name="Separator">Ends each message.</param>
public sealed record SimulatedSettings(
    TimeSpan Interval,
    Released Released,
    long MaxBytes,
    long CacheBytes,
    string Separator);

/// <summary>Which messages of a simulated stream are there.</summary>
public enum Released
{
    /// <summary>One more of each topic each interval.</summary>
    Clock,

    /// <summary>All from the start.</summary>
    All,
}

/// <summary>The settings under <c>actors</c>: the actor runtime.</summary>
/// <param name="AskTimeout">How long an answer may take.</param>
/// <param name="MailboxCapacity">Messages that may wait for one actor.</param>
/// <param name="PassivateAfter">How long an actor stays in memory unasked.</param>
/// <param name="RestartMinBackoff">First pause before a failed actor starts again.</param>
/// <param name="RestartMaxBackoff">Longest such pause; at least the first.</param>
/// <param name="Throughput">Messages that one actor handles before another has its turn.</param>
public sealed record ActorSettings(
    TimeSpan AskTimeout,
    int MailboxCapacity,
    TimeSpan PassivateAfter,
    TimeSpan RestartMinBackoff,
    TimeSpan RestartMaxBackoff,
    int Throughput);

/// <summary>The settings under <c>overlay</c>: ordinary files.</summary>
/// <param name="Descriptors">Directory descriptors kept open.</param>
public sealed record OverlaySettings(int Descriptors);

/// <summary>The settings under <c>log</c>.</summary>
/// <param name="Level">The least level that is logged.</param>
/// <param name="File">Where the log goes; empty for standard error.</param>
public sealed record LogSettings(LogLevel Level, string File);
