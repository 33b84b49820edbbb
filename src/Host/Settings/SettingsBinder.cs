using Microsoft.Extensions.Logging;
using StreamActors.Fuse.Kernel;
using StreamActors.Hocon;

namespace StreamActors.Host.Settings;

/// <summary>Makes the options records from the merged tree; the bounds of each value stand here.</summary>
internal static class SettingsBinder
{
    private const uint MaxId = uint.MaxValue - 1; // chown(2) takes the last one for "leave as it is"
    private const int WriteUnit = 4096;
    private const int MaxWriteBytes = 1 << 20;
    private const int MaxFsNameBytes = 255;
    private const int MaxSeparatorBytes = 1024;
    private const long MaxSimulatedBytes = 1L << 30;

    private static readonly TimeSpan OneMillisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan OneHour = TimeSpan.FromHours(1);
    private static readonly TimeSpan OneYear = TimeSpan.FromDays(365);

    /// <summary>Binds and checks every setting.</summary>
    /// <exception cref="SettingsException">A value is wrong, or two can't go together.</exception>
    public static StreamActorsSettings Bind(HoconObject tree)
    {
        var reader = new SettingsReader(tree);
        var cluster = ClusterBinder.Bind(reader);
        var settings = new StreamActorsSettings(
            reader.Choice("layout", ("partitions", Layout.Partitions), ("topics", Layout.Topics)),
            BindMount(reader),
            BindFuse(reader),
            BindSimulated(reader),
            BindActors(reader),
            new OverlaySettings(reader.Int("overlay.descriptors", 16, 1 << 20)),
            BindLog(reader),
            cluster,
            [.. VolumesBinder.Bind(tree, reader).Select(volume => Place(volume, cluster))]);

        reader.RefuseUnread();
        return settings;
    }

    /// <summary>Says of a volume whether it is on this host.</summary>
    private static VolumeSettings Place(VolumeSettings volume, ClusterSettings? cluster) => volume switch
    {
        OverlayVolumeSettings { IsShared: false } or LogVolumeSettings { IsShared: false, Host: null } or KafkaVolumeSettings => volume,
        _ when cluster is null => throw new SettingsException(
            volume.Origin, $"volume {volume.Path}: its directory is one member's or all members' of a cluster, and there are no settings of one"),
        LogVolumeSettings log => log with { IsElsewhere = log.Host is { } host && host != cluster.Member },
        _ => volume,
    };

    private static MountSettings BindMount(SettingsReader reader) => new(
        AllowOther: reader.Flag("mount.allow-other"),
        DefaultPermissions: reader.Flag("mount.default-permissions"),
        ReadOnly: reader.Flag("mount.ro"),
        Uid: reader.OptionalId("mount.uid", "a user id", MaxId),
        Gid: reader.OptionalId("mount.gid", "a group id", MaxId),
        Umask: reader.OptionalOctal("mount.umask", Convert.ToUInt32("777", 8)),
        FsName: reader.Name("mount.fsname", MaxFsNameBytes),
        AttrTimeout: reader.Duration("mount.attr-timeout", TimeSpan.Zero, OneYear),
        EntryTimeout: reader.Duration("mount.entry-timeout", TimeSpan.Zero, OneYear),
        NoSuid: reader.Flag("mount.nosuid"),
        NoDev: reader.Flag("mount.nodev"),
        NonEmpty: reader.Flag("mount.nonempty"),
        EndTimeout: reader.Duration("mount.end-timeout", TimeSpan.FromSeconds(1), OneHour));

    private static FuseSettings BindFuse(SettingsReader reader)
    {
        var maxWrite = (int)reader.Size("fuse.max-write", WriteUnit, MaxWriteBytes);
        return maxWrite % WriteUnit == 0
            ? new FuseSettings(
                reader.Int("fuse.threads", 0, FuseConnectionOptions.MaxThreads),
                maxWrite,
                reader.Int("fuse.max-background", 1, ushort.MaxValue),
                reader.Choice("fuse.passthrough", ("auto", Passthrough.Auto), ("off", Passthrough.Off)),
                reader.Duration("fuse.shutdown-timeout", TimeSpan.Zero, OneHour))
            : throw reader.Wrong("fuse.max-write", "a multiple of 4KiB");
    }

    private static SimulatedSettings BindSimulated(SettingsReader reader) => new(
        reader.Duration("simulated.interval", OneMillisecond, OneYear),
        reader.Choice("simulated.released", ("clock", Released.Clock), ("all", Released.All)),
        reader.Size("simulated.max-bytes", 1, MaxSimulatedBytes),
        reader.Size("simulated.cache-bytes", 0, long.MaxValue),
        reader.Text("simulated.separator", MaxSeparatorBytes));

    private static ActorSettings BindActors(SettingsReader reader)
    {
        const string Min = "actors.restart-min-backoff";
        const string Max = "actors.restart-max-backoff";
        var minBackoff = reader.Duration(Min, OneMillisecond, OneHour);
        var maxBackoff = reader.Duration(Max, OneMillisecond, OneHour);
        if (maxBackoff < minBackoff)
            throw reader.IsDefault(Max) ? reader.Wrong(Min, $"at most {Max}", beside: Max) : reader.Wrong(Max, $"at least {Min}", beside: Min);

        return new ActorSettings(
            reader.Duration("actors.ask-timeout", OneMillisecond, OneHour),
            reader.Int("actors.mailbox-capacity", 1, 10_000_000),
            reader.Duration("actors.passivate-after", TimeSpan.FromSeconds(1), OneYear),
            minBackoff,
            maxBackoff,
            reader.Int("actors.throughput", 1, 100_000));
    }

    private static LogSettings BindLog(SettingsReader reader) => new(
        reader.Choice(
            "log.level",
            ("trace", LogLevel.Trace),
            ("debug", LogLevel.Debug),
            ("info", LogLevel.Information),
            ("warning", LogLevel.Warning),
            ("error", LogLevel.Error),
            ("critical", LogLevel.Critical),
            ("none", LogLevel.None)),
        reader.Path("log.file"));
}
