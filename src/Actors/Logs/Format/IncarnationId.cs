using System.Globalization;

namespace StreamActors.Logs;

/// <summary>The incarnation id of a partition: never given twice, so a name that is made again has a new one.</summary>
/// <param name="Value">The number.</param>
public readonly record struct IncarnationId(ulong Value) : IComparable<IncarnationId>
{
    /// <inheritdoc/>
    public int CompareTo(IncarnationId other) => Value.CompareTo(other.Value);

    /// <summary>Whether an id is smaller.</summary>
    public static bool operator <(IncarnationId left, IncarnationId right) => left.Value < right.Value;

    /// <summary>Whether an id is smaller or equal.</summary>
    public static bool operator <=(IncarnationId left, IncarnationId right) => left.Value <= right.Value;

    /// <summary>Whether an id is greater.</summary>
    public static bool operator >(IncarnationId left, IncarnationId right) => left.Value > right.Value;

    /// <summary>Whether an id is greater or equal.</summary>
    public static bool operator >=(IncarnationId left, IncarnationId right) => left.Value >= right.Value;

    /// <summary>Sixteen hexadecimal digits, as its directory is named.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);

    internal static bool TryParse(string text, out IncarnationId id)
    {
        var parsed = ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value);
        id = new IncarnationId(value);
        return parsed && id.ToString() == text;
    }
}
