using StreamActors.Logs;

namespace StreamActors.Host.Settings;

/// <summary>Binds the settings of a log volume; the bounds of each value stand here.</summary>
internal static class LogVolumeBinder
{
    private static readonly TimeSpan OneMillisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan OneHour = TimeSpan.FromHours(1);
    private static readonly TimeSpan AThousandYears = TimeSpan.FromDays(365_000);

    /// <summary>Makes the record of a volume.</summary>
    /// <exception cref="SettingsException">A value is wrong.</exception>
    public static LogVolumeSettings Bind(VolumeReader volume)
    {
        var settings = volume.Settings;
        var (isShared, host) = (settings.Flag("shared"), settings.OptionalName("host", ClusterBinder.MaxNameBytes));
        if (isShared && host is not null)
            throw settings.Wrong("host", "null beside shared = true: what all members have is on no member's own disk");
        return new LogVolumeSettings(
            volume.Path,
            volume.Origin,
            settings.Directory("dir"),
            settings.Int("partitions", 1, LogCatalog.MaxPartitions),
            isShared,
            host,
            settings.Choice("delete", ("allow", true), ("deny", false)),
            settings.Choice(
                "durability", ("on-fsync", Durability.OnFsync), ("always", Durability.Always), ("interval", Durability.Interval)),
            settings.Duration("sync-interval", OneMillisecond, OneHour),
            (int)settings.Size("message.max-bytes", 1, LogOptions.LargestMessageMaxBytes),
            new RetentionOptions
            {
                Policy = new RetentionPolicy(
                    settings.OptionalDuration("retention.max-age", OneMillisecond, AThousandYears),
                    settings.OptionalSize("retention.max-bytes", 1, long.MaxValue),
                    settings.Size("retention.step-bytes", 0, long.MaxValue)),
                Interval = settings.Duration("retention.check-interval", OneMillisecond, TimeSpan.FromDays(1)),
            });
    }
}
