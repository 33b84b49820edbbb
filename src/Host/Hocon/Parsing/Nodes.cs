namespace StreamActors.Hocon.Parsing;

/// <summary>A value as it is written, its substitutions not yet replaced.</summary>
internal abstract class Node(HoconOrigin origin)
{
    public HoconOrigin Origin { get; } = origin;
}

/// <summary>A piece of text: a quoted or unquoted string, or the white space between two values.</summary>
internal sealed class TextNode(HoconOrigin origin, string text, TextStyle style) : Node(origin)
{
    public string Text { get; } = text;

    public TextStyle Style { get; } = style;
}

internal enum TextStyle
{
    Unquoted,
    Quoted,
    Space,
}

/// <summary><c>${path}</c> or <c>${?path}</c>.</summary>
internal sealed class SubstitutionNode(HoconOrigin origin, string[] prefix, string[] path, bool optional) : Node(origin)
{
    /// <summary>Where the file that holds it is included; the path is looked up there first, then at the root.</summary>
    public string[] Prefix { get; } = prefix;

    public string[] Path { get; } = path;

    public bool Optional { get; } = optional;
}

/// <summary>Values side by side on a line: strings are joined, objects merged, arrays appended.</summary>
internal sealed class ConcatenationNode(IReadOnlyList<Node> parts) : Node(parts[0].Origin)
{
    public IReadOnlyList<Node> Parts { get; } = parts;
}

internal sealed class ArrayNode(HoconOrigin origin, IReadOnlyList<Node> items) : Node(origin)
{
    public IReadOnlyList<Node> Items { get; } = items;
}

/// <summary>All values that a document gives to one key, in order; later ones replace or extend earlier ones.</summary>
internal sealed class FieldNode(HoconOrigin keyOrigin)
{
    public HoconOrigin KeyOrigin { get; private set; } = keyOrigin;

    public List<Node> Values { get; } = [];

    public void Add(HoconOrigin keyOrigin, Node value)
    {
        KeyOrigin = keyOrigin;
        // Neighbouring objects become one, so that a reference into them sees the fields of both.
        if (value is ObjectNode added && Values is [.., ObjectNode last])
            last.Absorb(added);
        else
            Values.Add(value);
    }
}

internal sealed class ObjectNode(HoconOrigin origin) : Node(origin)
{
    public OrderedDictionary<string, FieldNode> Fields { get; } = new(StringComparer.Ordinal);

    /// <summary>Adds a value at a path below this object.</summary>
    public void Add(ReadOnlySpan<string> path, HoconOrigin keyOrigin, Node value)
    {
        for (var i = path.Length - 1; i > 0; i--)
        {
            var parent = new ObjectNode(keyOrigin);
            parent.Field(path[i], keyOrigin).Add(keyOrigin, value);
            value = parent;
        }

        Field(path[0], keyOrigin).Add(keyOrigin, value);
    }

    /// <summary>Takes over another object's fields, as if they were written after this one's.</summary>
    public void Absorb(ObjectNode other)
    {
        foreach (var (key, field) in other.Fields)
        {
            var mine = Field(key, field.KeyOrigin);
            foreach (var value in field.Values)
                mine.Add(field.KeyOrigin, value);
        }
    }

    private FieldNode Field(string key, HoconOrigin keyOrigin)
    {
        if (!Fields.TryGetValue(key, out var field))
            Fields.Add(key, field = new FieldNode(keyOrigin));

        return field;
    }
}
