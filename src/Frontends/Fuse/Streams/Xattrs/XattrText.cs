using System.Globalization;
using System.Text;
using StreamActors.Messages;
using StreamActors.Messages.Writing;

namespace StreamActors.Fuse.Streams;

/// <summary>Values of extended attributes as text.</summary>
internal static class XattrText
{
    /// <summary>A number in decimal digits.</summary>
    public static string Of(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A time as ISO 8601 in UTC, to the millisecond, which is what messages have; empty for none.</summary>
    public static string Of(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture) ?? "";

    /// <summary>A framing as <c>.configuration</c> shows it, without its line feed.</summary>
    public static string Of(Framing framing) => Encoding.UTF8.GetString(FramingDocument.Write(framing)).TrimEnd('\n');
}
