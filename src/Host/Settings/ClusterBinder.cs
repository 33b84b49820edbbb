using System.Globalization;
using StreamActors.Cli;
using StreamActors.Cluster;
using StreamActors.Hocon;

namespace StreamActors.Host.Settings;

/// <summary>Binds the group <c>cluster</c>; the bounds of each value stand here.</summary>
internal static class ClusterBinder
{
    private const string Group = "cluster";
    /// <summary>The longest name of a member, in bytes.</summary>
    public const int MaxNameBytes = 200;

    private const int MaxTextBytes = 4096;
    private const int MinMessageBytes = 1 << 20;
    private const int MaxMessageBytes = 300 << 20;
    private const int MinReadAheadBytes = 64 << 10;
    private const int MaxReadAheadBytes = 256 << 20;
    private const long MaxCacheBytes = 1L << 40;

    private static readonly TimeSpan TenMilliseconds = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan OneHour = TimeSpan.FromHours(1);

    /// <summary>What the command line says of the cluster, as settings.</summary>
    /// <exception cref="SettingsException">It makes no sense, or holds a credential.</exception>
    public static HoconObject OfOptions(ClusterOptions options)
    {
        var settings = HoconObject.Of(HoconOrigin.Of("command line"));
        if (options.Cluster is { } cluster)
        {
            var origin = HoconOrigin.Of("--cluster");
            var at = cluster.IndexOf('@', StringComparison.Ordinal);
            if (at <= 0 || at == cluster.Length - 1)
                throw new SettingsException(origin, $"expected NAME@http://host:2379, found {HoconText.Quote(cluster)}");
            // Not quoted back: it would be in the terminal's log, too.
            if (cluster.AsSpan(at + 1).Contains('@'))
                throw new SettingsException(origin, "credentials are refused here, where the list of processes shows them; expected them as cluster.etcd.user and cluster.etcd.password in a --config file or from the environment");
            settings = Single(origin, "name", cluster[..at]).WithFallback(settings);
            settings = Single(origin, "etcd.endpoints", cluster[(at + 1)..]).WithFallback(settings);
        }
        foreach (var (option, path, value) in new[] { ("--listen", "listen", options.Listen), ("--admin", "admin.listen", options.Admin), ("--data", "data", options.Data) })
            if (value is not null)
                settings = Single(HoconOrigin.Of(option), path, value).WithFallback(settings);
        return settings;
    }

    /// <summary>Makes the record; null without a name.</summary>
    /// <exception cref="SettingsException">A value is wrong, or two can't go together.</exception>
    public static ClusterSettings? Bind(SettingsReader reader)
    {
        var name = OptionalNodeName(reader, "name");
        var member = OptionalNodeName(reader, "member");
        var listen = Address(reader, "listen");
        var advertise = OptionalAddress(reader, "advertise");
        var secret = reader.OptionalFile($"{Group}.secret-file");
        var tls = Tls(reader);
        var insecure = reader.Flag($"{Group}.insecure");
        var timeToLive = reader.Duration($"{Group}.lease-ttl", TimeSpan.FromSeconds(2), OneHour);
        var readAhead = (int)reader.Size($"{Group}.read.read-ahead-bytes", MinReadAheadBytes, MaxReadAheadBytes);
        var settings = new ClusterSettings(
            name ?? "",
            member ?? NameOf(listen.Port),
            listen,
            advertise ?? listen,
            reader.OptionalPath($"{Group}.data"),
            secret,
            tls,
            Etcd(reader, isNeeded: name is not null),
            reader.Int($"{Group}.shards", 1, ClusterNodeSettings.MaxShards),
            reader.Names($"{Group}.roles", MaxNameBytes),
            reader.OptionalName($"{Group}.shard-role", MaxNameBytes),
            reader.Int($"{Group}.weight", 0, Placement.MaxWeight),
            timeToLive,
            reader.Duration($"{Group}.lease-margin", TenMilliseconds, timeToLive / 2),
            reader.OptionalInt($"{Group}.protocol", ClusterNodeSettings.OldestProtocol, ClusterNodeSettings.NewestProtocol) ?? ClusterNodeSettings.NewestProtocol,
            reader.Int($"{Group}.hand-overs", 1, ClusterNodeSettings.MaxShards),
            reader.Duration($"{Group}.leave-timeout", TimeSpan.Zero, OneHour),
            (int)reader.Size($"{Group}.message.max-bytes", MinMessageBytes, MaxMessageBytes),
            reader.Int($"{Group}.max-asks", 1, 10_000_000),
            reader.Size($"{Group}.read.cache-bytes", 4L * readAhead, MaxCacheBytes),
            readAhead,
            Admin(reader, isUsed: name is not null));
        if (name is null)
            return null;
        if (listen.IsAll && advertise is null)
            throw reader.Wrong($"{Group}.listen", $"{Group}.advertise beside it, which says where this host is reached");
        if (advertise is { IsAll: true })
            throw reader.Wrong($"{Group}.advertise", "the address by which others reach this host");
        if (secret is null && tls is null)
            throw reader.Refused($"{Group}.name", $"expected {Group}.secret-file, {Group}.tls or both, by which members know each other");
        if (tls is null && !listen.IsLoopback && !insecure)
            throw reader.Wrong($"{Group}.listen", $"an address of loopback, {Group}.tls, or {Group}.insecure = true where nobody else can read along");
        return settings;
    }

    private static TlsFiles? Tls(SettingsReader reader)
    {
        var (authority, certificate, key) = (
            reader.OptionalFile($"{Group}.tls.ca-file"), reader.OptionalFile($"{Group}.tls.cert-file"), reader.OptionalFile($"{Group}.tls.key-file"));
        if (authority is null && certificate is null && key is null)
            return null;
        foreach (var (file, path) in new[] { (authority, "ca-file"), (certificate, "cert-file"), (key, "key-file") })
            if (file is null)
                throw reader.Wrong($"{Group}.tls.{path}", "a file, as the others of this group are set");
        return new TlsFiles(authority!, certificate!, key!);
    }

    private static EtcdSettings Etcd(SettingsReader reader, bool isNeeded)
    {
        const string Endpoints = $"{Group}.etcd.endpoints";
        var endpoints = new List<Uri>();
        foreach (var text in reader.Names(Endpoints, MaxTextBytes))
        {
            if (text.Contains('@', StringComparison.Ordinal))
                throw reader.Refused(Endpoints, $"credentials are refused here; expected them as {Group}.etcd.user and {Group}.etcd.password");
            if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.PathAndQuery != "/" || uri.Host.Length == 0)
                throw reader.Wrong(Endpoints, "addresses such as http://host:2379");
            endpoints.Add(uri);
        }
        if (isNeeded && endpoints.Count == 0)
            throw reader.Wrong(Endpoints, "at least one address such as http://host:2379");
        var prefix = reader.Name($"{Group}.etcd.prefix", MaxTextBytes);
        if (!prefix.EndsWith('/'))
            throw reader.Wrong($"{Group}.etcd.prefix", "a text that ends with a slash");
        var user = reader.OptionalName($"{Group}.etcd.user", MaxTextBytes);
        var password = reader.OptionalName($"{Group}.etcd.password", MaxTextBytes);
        if ((user is null) != (password is null))
            throw reader.Refused($"{Group}.etcd.user", "expected user and password, or neither");
        var (certificate, key) = (reader.OptionalFile($"{Group}.etcd.cert-file"), reader.OptionalFile($"{Group}.etcd.key-file"));
        if ((certificate is null) != (key is null))
            throw reader.Wrong($"{Group}.etcd.cert-file", "a certificate beside its key, or neither");
        return new EtcdSettings(
            endpoints, prefix, user, password, reader.OptionalFile($"{Group}.etcd.ca-file"), certificate, key,
            reader.Duration($"{Group}.etcd.timeout", TenMilliseconds, OneHour));
    }

    private static ClusterAdminSettings? Admin(SettingsReader reader, bool isUsed)
    {
        var listen = OptionalAddress(reader, "admin.listen");
        var isReadOnly = reader.Flag($"{Group}.admin.read-only");
        var token = reader.OptionalFile($"{Group}.admin.token-file");
        if (isUsed && listen is { IsLoopback: false } && token is null)
            throw reader.Wrong($"{Group}.admin.listen", $"an address of loopback, or {Group}.admin.token-file");
        return listen is null ? null : new ClusterAdminSettings(listen, isReadOnly, token);
    }

    private static string? OptionalNodeName(SettingsReader reader, string path)
    {
        var name = reader.OptionalName($"{Group}.{path}", MaxNameBytes);
        return name is null || name.All(IsOfName) ? name : throw reader.Wrong($"{Group}.{path}", "letters, digits, '-', '_' and '.'");
    }

    private static ListenAddress? OptionalAddress(SettingsReader reader, string path) =>
        reader.OptionalName($"{Group}.{path}", MaxTextBytes) is null ? null : Address(reader, path);

    private static ListenAddress Address(SettingsReader reader, string path) =>
        ListenAddress.TryParse(reader.Name($"{Group}.{path}", MaxTextBytes)) ?? throw reader.Wrong($"{Group}.{path}", "HOST:PORT");

    private static string NameOf(int port) => string.Create(
        CultureInfo.InvariantCulture, $"{string.Concat(Environment.MachineName.Where(IsOfName).Take(MaxNameBytes / 2))}-{port}");

    private static bool IsOfName(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.';

    private static HoconObject Single(HoconOrigin origin, string path, string value) =>
        HoconObject.Single($"{Group}.{path}", HoconScalar.Unquoted(origin, value));
}
