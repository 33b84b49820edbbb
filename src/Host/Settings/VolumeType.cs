namespace StreamActors.Host.Settings;

/// <summary>A type of volume: which settings it has, and how they become a record.</summary>
/// <param name="Name">What <c>type</c> says, and what stands before a colon in SOURCE.</param>
/// <param name="Place">The setting that has no default: where the source is. After the colon in SOURCE.</param>
/// <param name="Defaults">The group of the reference that holds the defaults of the others.</param>
/// <param name="Bind">Makes the record of a volume: path, origin and all its settings.</param>
internal sealed record VolumeType(string Name, string Place, string Defaults, Func<VolumeReader, VolumeSettings> Bind)
{
    /// <summary>A directory that is passed through: what a SOURCE without a type is.</summary>
    public static VolumeType Overlay { get; } = new("overlay", "source", "overlay-volume", static volume =>
        new OverlayVolumeSettings(volume.Path, volume.Origin, volume.Settings.Directory("source"), volume.Settings.Flag("shared")));

    /// <summary>Streams that are kept in a log directory.</summary>
    public static VolumeType Log { get; } = new("log", "dir", "log-volume", LogVolumeBinder.Bind);

    /// <summary>The topics of a Kafka cluster; its place is <c>host:port,host:port</c>, with or without slashes before it.</summary>
    public static VolumeType Kafka { get; } = new("kafka", "bootstrap-servers", "kafka-volume", KafkaVolumeBinder.Bind);

    /// <summary>All types.</summary>
    public static IReadOnlyList<VolumeType> All { get; } = [Overlay, Log, Kafka];
}
