using StreamActors.Hocon;

namespace StreamActors.Host.Settings;

/// <summary>The text of a setting that was given outside a file.</summary>
internal static class SettingText
{
    /// <summary>
    /// Takes the text as it is; a text in double quotes is read as HOCON reads it, so that it may hold <c>\n</c>.
    /// </summary>
    /// <exception cref="HoconException">The text starts with a quote, and is no quoted string.</exception>
    public static HoconScalar Parse(HoconOrigin origin, string text) =>
        text.StartsWith('"') ? HoconReader.ReadString(text, origin) : HoconScalar.Unquoted(origin, text);
}
