using System.Globalization;

namespace StreamActors.Logs;

/// <summary>The incarnation id of a partition: never given twice, so a name that is made again has a new one.</summary>
/// <param name="Value">The number.</param>
public readonly record struct PartitionId(ulong Value) : IComparable<PartitionId>
{
    /// <inheritdoc/>
    public int CompareTo(PartitionId other) => Value.CompareTo(other.Value);

    /// <summary>Whether an id is smaller.</summary>
    public static bool operator <(PartitionId left, PartitionId right) => left.Value < right.Value;

    /// <summary>Whether an id is smaller or equal.</summary>
    public static bool operator <=(PartitionId left, PartitionId right) => left.Value <= right.Value;

    /// <summary>Whether an id is greater.</summary>
    public static bool operator >(PartitionId left, PartitionId right) => left.Value > right.Value;

    /// <summary>Whether an id is greater or equal.</summary>
    public static bool operator >=(PartitionId left, PartitionId right) => left.Value >= right.Value;

    /// <summary>Sixteen hexadecimal digits, as its directory is named.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);

    internal static bool TryParse(string text, out PartitionId id)
    {
        var parsed = ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value);
        id = new PartitionId(value);
        return parsed && id.ToString() == text;
    }
}
