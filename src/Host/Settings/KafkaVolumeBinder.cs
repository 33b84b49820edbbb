using StreamActors.Kafka;
using StreamActors.Messages;

namespace StreamActors.Host.Settings;

/// <summary>Binds the settings of a Kafka volume; the bounds of each value stand here.</summary>
internal static class KafkaVolumeBinder
{
    private const int MaxPartitions = 10_000;
    private const int MaxServersBytes = 4096;
    private const int MaxNameBytes = 249;
    private const int MaxStartBytes = 64;

    private static readonly TimeSpan TenMilliseconds = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan OneHour = TimeSpan.FromHours(1);

    /// <summary>Makes the record of a volume.</summary>
    /// <exception cref="SettingsException">A value is wrong.</exception>
    public static KafkaVolumeSettings Bind(VolumeReader volume)
    {
        var settings = volume.Settings;
        return new KafkaVolumeSettings(
            volume.Path,
            volume.Origin,
            Servers(settings),
            settings.OptionalName("stream", MaxNameBytes) ?? (volume.Path == "/" ? "kafka" : volume.Path[(volume.Path.LastIndexOf('/') + 1)..]),
            settings.Text("separator", MaxNameBytes),
            settings.Choice("internal", ("hide", false), ("show", true)),
            settings.Duration("metadata-age", TimeSpan.Zero, OneHour),
            settings.Duration("deadline", TenMilliseconds, OneHour),
            settings.Duration("write-deadline", TenMilliseconds, OneHour),
            settings.Choice("isolation", ("committed", KafkaIsolation.ReadCommitted), ("uncommitted", KafkaIsolation.ReadUncommitted)),
            Start(settings),
            settings.OptionalPath("cache-dir"),
            settings.OptionalPath("state-dir"),
            settings.Size("cache-max-bytes", 1 << 20, 1L << 50),
            settings.Size("fetch-buffer-bytes", 64 << 10, 2L << 30),
            settings.Int("max-writes", 1, 10_000),
            settings.Choice("delete", ("allow", true), ("deny", false)),
            settings.Choice("grow", ("allow", true), ("deny", false)),
            settings.OptionalInt("topics.partitions", 1, MaxPartitions) ?? -1,
            (short)(settings.OptionalInt("topics.replication", 1, short.MaxValue) ?? -1),
            settings.Texts("topics.config"),
            Properties(settings));
    }

    private static string Servers(SettingsReader settings)
    {
        const string Name = "bootstrap-servers";
        var text = settings.Text(Name, MaxServersBytes);
        if (text.StartsWith("//", StringComparison.Ordinal))
            text = text[2..];
        // Not quoted back: whoever writes user:password@host there would find it in the terminal's log.
        if (text.Contains('@', StringComparison.Ordinal))
            throw settings.Refused(Name, "credentials are refused here, where the list of processes and the table of mounts show them; expected them under properties, in a --config file or from the environment");
        return text.Length > 0 && text.Split(',').All(IsServer) ? text.TrimEnd('/') : throw settings.Wrong(Name, "host:port, or several with commas between them");
    }

    private static bool IsServer(string server) =>
        server.Trim().TrimEnd('/') is { Length: > 0 } host && !host.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter) || letter == '/');

    private static StartPlace? Start(SettingsReader settings)
    {
        const string Name = "start";
        return settings.Text(Name, MaxStartBytes) switch
        {
            "earliest" => null,
            "latest" => new StartPlace.Last(0),
            var text => StartPlace.TryParse(text) ?? throw settings.Wrong(Name, "earliest, latest, an offset, -N for the last N messages, a time such as 2026-11-20T10:00Z, or an age such as 1h"),
        };
    }

    private static IReadOnlyDictionary<string, string> Properties(SettingsReader settings)
    {
        const string Name = "properties";
        var properties = settings.Texts(Name);
        foreach (var name in properties.Keys.Where(KafkaOptions.IsReserved).Order(StringComparer.Ordinal))
            throw settings.Refused($"{Name}.{name}", "the volume sets this property itself");
        return properties;
    }
}
