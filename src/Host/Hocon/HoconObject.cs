using System.Diagnostics.CodeAnalysis;

namespace StreamActors.Hocon;

/// <summary>One field of an object.</summary>
/// <param name="Key">The key, one element: dots in it are not separators.</param>
/// <param name="KeyOrigin">Where the key was last written.</param>
/// <param name="Value">The value.</param>
public readonly record struct HoconField(string Key, HoconOrigin KeyOrigin, HoconValue Value);

/// <summary>Fields by key, in the order in which the document first names them.</summary>
public sealed class HoconObject : HoconValue
{
    private readonly OrderedDictionary<string, HoconField> _fields;

    internal HoconObject(HoconOrigin origin, OrderedDictionary<string, HoconField> fields)
        : base(origin) => _fields = fields;

    /// <summary>The fields, in order.</summary>
    public IReadOnlyList<HoconField> Fields => _fields.Values;

    /// <summary>An object of the given fields; the last of one key counts.</summary>
    /// <param name="origin">Where it comes from.</param>
    /// <param name="fields">The fields.</param>
    public static HoconObject Of(HoconOrigin origin, params IEnumerable<HoconField> fields)
    {
        var byKey = new OrderedDictionary<string, HoconField>(StringComparer.Ordinal);
        foreach (var field in fields)
            byKey[field.Key] = field;

        return new HoconObject(origin, byKey);
    }

    /// <summary>An object that holds one value at a path, such as an override from the command line.</summary>
    /// <param name="path">The path: keys joined by dots.</param>
    /// <param name="value">The value; its origin becomes that of the objects around it.</param>
    public static HoconObject Single(string path, HoconValue value)
    {
        var keys = path.Split('.');
        for (var i = keys.Length - 1; i >= 0; i--)
            value = Of(value.Origin, new HoconField(keys[i], value.Origin, value));

        return (HoconObject)value;
    }

    /// <summary>The value of one key.</summary>
    /// <param name="key">The key, one element.</param>
    /// <param name="value">The value, if there is one.</param>
    public bool TryGet(string key, [NotNullWhen(true)] out HoconValue? value)
    {
        value = _fields.TryGetValue(key, out var field) ? field.Value : null;
        return value is not null;
    }

    /// <summary>The value at a path, or null.</summary>
    /// <param name="path">Keys joined by dots; keys that hold dots themselves can't be reached this way.</param>
    public HoconValue? Find(string path) => Find(path.Split('.'));

    /// <summary>The value at a path, or null.</summary>
    /// <param name="path">The keys from here down.</param>
    public HoconValue? Find(IReadOnlyList<string> path)
    {
        HoconValue? value = this;
        foreach (var key in path)
        {
            if (value is not HoconObject parent || !parent.TryGet(key, out value))
                return null;
        }

        return value;
    }

    /// <summary>Both objects as one: where both have a key, objects are merged, and otherwise this object's value counts.</summary>
    /// <param name="fallback">What counts where this object has nothing.</param>
    public HoconObject WithFallback(HoconObject fallback)
    {
        var merged = new OrderedDictionary<string, HoconField>(fallback._fields, StringComparer.Ordinal);
        foreach (var (key, field) in _fields)
        {
            var below = merged.TryGetValue(key, out var other) ? other.Value as HoconObject : null;
            merged[key] = field.Value is HoconObject above && below is not null
                ? field with { Value = above.WithFallback(below) }
                : field;
        }

        return new HoconObject(Origin, merged);
    }

    /// <inheritdoc/>
    public override string Describe() => "an object";
}
