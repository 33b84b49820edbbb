using System.Globalization;

namespace StreamActors.SharedLogs;

/// <summary>Where the names of a volume stand in etcd.</summary>
/// <param name="prefix">The beginning of all keys.</param>
internal sealed class NamesKeys(string prefix)
{
    public string Prefix => prefix;

    /// <summary>Written with each change of streams and topics, so that each change is made to what its author has seen.</summary>
    public string Version => prefix + "version";

    public string Streams => prefix + "streams/";

    public string Topics => prefix + "topics/";

    public string Gone => prefix + "gone/";

    public string Cursors => prefix + "cursors/";

    public string Stream(ulong id) => Streams + Number(id);

    public string Topic(ulong id) => Topics + Number(id);

    public string GoneOf(ulong id) => Gone + Number(id);

    public string CursorsOf(ulong topic) => $"{Cursors}{Number(topic)}/";

    public string Cursor(ulong topic, string name) => CursorsOf(topic) + Uri.EscapeDataString(name);

    public static bool TryParse(ReadOnlySpan<char> text, out ulong id) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id) && text.Length == 16;

    // The same width for all, so that the order of keys is that of the ids.
    private static string Number(ulong id) => id.ToString("x16", CultureInfo.InvariantCulture);
}
