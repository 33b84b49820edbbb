using System.Globalization;

namespace StreamActors.Hocon;

/// <summary>Sizes in bytes such as <c>64MiB</c>, <c>10 kB</c> or <c>512</c>.</summary>
public static class HoconSize
{
    /// <summary>
    /// Reads a number and its unit. As in HOCON, <c>kB</c>, <c>MB</c>… are powers of 1000, and <c>K</c>, <c>KiB</c>,
    /// <c>M</c>, <c>MiB</c>… powers of 1024; without a unit it is bytes.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="bytes">The size in bytes; may be negative.</param>
    /// <returns>False where the text is no whole number of bytes, or too large for the type.</returns>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var (number, unit) = HoconText.SplitUnit(text);
        if (!decimal.TryParse(number, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
            return false;

        var bytesPerUnit = BytesPerUnit(unit);
        if (bytesPerUnit is null || Math.Abs(amount) > long.MaxValue / bytesPerUnit)
            return false;

        var exact = amount * bytesPerUnit.Value;
        bytes = (long)exact;
        return exact == bytes;
    }

    private static decimal? BytesPerUnit(ReadOnlySpan<char> unit) => unit switch
    {
        "" or "B" or "b" or "byte" or "bytes" => 1,
        "kB" or "kilobyte" or "kilobytes" => 1_000,
        "MB" or "megabyte" or "megabytes" => 1_000_000,
        "GB" or "gigabyte" or "gigabytes" => 1_000_000_000,
        "TB" or "terabyte" or "terabytes" => 1_000_000_000_000,
        "K" or "k" or "Ki" or "KiB" or "kibibyte" or "kibibytes" => 1L << 10,
        "M" or "m" or "Mi" or "MiB" or "mebibyte" or "mebibytes" => 1L << 20,
        "G" or "g" or "Gi" or "GiB" or "gibibyte" or "gibibytes" => 1L << 30,
        "T" or "t" or "Ti" or "TiB" or "tebibyte" or "tebibytes" => 1L << 40,
        _ => null,
    };
}
