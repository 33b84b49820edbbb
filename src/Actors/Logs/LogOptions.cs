namespace StreamActors.Logs;

/// <summary>When an append is answered.</summary>
public enum Durability
{
    /// <summary>As soon as it survives the end of this process; a sync makes it survive power loss.</summary>
    OnFsync,

    /// <summary>Once it survives power loss.</summary>
    Always,

    /// <summary>As with <see cref="OnFsync"/>, and a sync follows within <see cref="LogOptions.SyncInterval"/>.</summary>
    Interval,
}

/// <summary>The settings of a log directory.</summary>
public sealed record LogOptions
{
    /// <summary>The longest message where nothing is set, in bytes.</summary>
    public const int DefaultMessageMaxBytes = 16 << 20;

    /// <summary>The longest message that can be set, in bytes: its JSON line still has a length below 2³¹.</summary>
    public const int LargestMessageMaxBytes = 256 << 20;

    /// <summary>The most partitions that are active where nothing is set.</summary>
    public const int DefaultMaxActive = 1000;

    /// <summary>The longest message, value and key and headers, in bytes.</summary>
    public int MessageMaxBytes { get; init; } = DefaultMessageMaxBytes;

    /// <summary>The longest property of a partition, in bytes.</summary>
    public const int MaxPropertyBytes = 64 << 10;

    /// <summary>The most properties of a partition.</summary>
    public const int MaxProperties = 100;

    /// <summary>When an append is answered.</summary>
    public Durability Durability { get; init; } = Durability.OnFsync;

    /// <summary>How long an append stays unsynced under <see cref="Durability.Interval"/>.</summary>
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A journal segment is closed when it has this many bytes.</summary>
    public int SegmentBytes { get; init; } = 16 << 20;

    /// <summary>
    /// How much of the journal that is no longer needed is kept to be written again, in bytes: that costs the system a
    /// fraction of what new files do. It is given back when the disk is full, and at the end.
    /// </summary>
    public long JournalSpareBytes { get; init; } = 64 << 20;

    /// <summary>A checkpoint begins when the journal has this many bytes.</summary>
    public long CheckpointBytes { get; init; } = 32 << 20;

    /// <summary>
    /// How much of what is committed may be held in memory until it fills whole blocks of the partitions' files, in bytes: see
    /// <see cref="HeldTails"/>. Logs that several hosts share hold nothing.
    /// </summary>
    public long HeldBytes { get; init; } = 4 << 20;

    /// <summary>See <see cref="HeldTails.BlockBytes"/>.</summary>
    internal int HeldBlockBytes { get; init; } = 256 << 10;

    /// <summary>
    /// A checkpoint of so many partitions or more syncs the file system as a whole, twice, instead of five files a
    /// partition, where that is as safe.
    /// </summary>
    public int SyncWholeFrom { get; init; } = 16;

    /// <summary>
    /// Appends wait for the checkpoint when the journal has this many bytes: it bounds the time of recovery. Less than 2⁴⁰.
    /// </summary>
    public long JournalMaxBytes { get; init; } = 256 << 20;

    /// <summary>A checkpoint begins this long after the first append that it has to cover.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The most appends and other requests that wait for the commit thread; more are <see cref="LogError.Busy"/>.</summary>
    public int QueueLimit { get; init; } = 65_536;

    /// <summary>The most bytes of appends that wait for the commit thread; more are <see cref="LogError.Busy"/>.</summary>
    public long QueueMaxBytes { get; init; } = 256 << 20;

    /// <summary>How much of the disk is held back, so that a full one can still be recovered, in bytes.</summary>
    public long ReserveBytes { get; init; } = 1 << 20;

    /// <summary>The most writers that a partition remembers; beyond that the one that was silent longest is forgotten.</summary>
    public int MaxWriters { get; init; } = 1000;

    /// <summary>The most named cursors of a partition.</summary>
    public int MaxCursors { get; init; } = 10_000;

    /// <summary>
    /// The most partitions that are active, apart from those that are being read: each has three files open. Beyond that
    /// the one that was idle longest is closed, after a checkpoint where it has changed. A single operation, as changing
    /// the framing of a stream, may exceed it until it ends.
    /// </summary>
    public int MaxActive { get; init; } = DefaultMaxActive;

    /// <summary>
    /// How many segments a partition of a log that several hosts share may have before the small ones are merged: each epoch
    /// that writes to it makes one, and each has three files open.
    /// </summary>
    public int MaxSegments { get; init; } = 8;

    /// <summary>What is removed by itself.</summary>
    public RetentionOptions Retention { get; init; } = new();

    /// <summary>
    /// Whether the names are this directory's own (the local engine): partitions that its table does not know are then
    /// swept at the start. Under another engine the table is elsewhere.
    /// </summary>
    public bool OwnsNames { get; init; }

    /// <summary>Where several hosts share the directory: under which right it is opened. What is appended is then always synced
    /// before it is answered, and the names are elsewhere.</summary>
    public SharedLog? Shared { get; init; }

    /// <summary>Whether an append is answered only when it survives power loss.</summary>
    internal bool SyncsAlways => Durability == Durability.Always || Shared is not null;

    /// <summary>What a new directory is called in its files: chance that the caller draws.</summary>
    public required Guid NewDirectoryId { get; init; }

    /// <summary>Who owns the directory, in words, for a second process that wants it.</summary>
    public required string Holder { get; init; }
}
