using System.Runtime.CompilerServices;
using StreamActors.Hocon.Parsing;

namespace StreamActors.Hocon.Resolving;

/// <summary>
/// Turns nodes into values. A substitution sees the whole document, with one exception: while a field's value is
/// being made, a reference to that field sees only the values it was given before (<c>path = ${path}":/opt"</c>).
/// </summary>
internal sealed class HoconResolver(ObjectNode root, HoconReaderOptions options)
{
    /// <summary>Fields whose value is being made, and how many of their values a reference may see meanwhile.</summary>
    private readonly Dictionary<FieldNode, int> _visibleValues = [];

    /// <summary>Objects being made: a reference to one of them is a cycle.</summary>
    private readonly HashSet<ObjectNode> _openObjects = [];

    private int _depth;
    private int _evaluations;
    private long _concatenatedChars;

    /// <summary>The document's value.</summary>
    /// <exception cref="HoconException">A substitution finds nothing, or refers to itself; or a bound is passed.</exception>
    public HoconObject Resolve() => ResolveObject(root);

    private HoconObject ResolveObject(ObjectNode node)
    {
        if (!_openObjects.Add(node))
            throw new HoconException(node.Origin, "expected no cycle: a substitution inside this object refers to it");

        var fields = new OrderedDictionary<string, HoconField>(StringComparer.Ordinal);
        foreach (var (key, field) in node.Fields)
        {
            if (Fold(Candidates(field)) is { } value)
                fields.Add(key, new HoconField(key, field.KeyOrigin, value));
        }

        _openObjects.Remove(node);
        return new HoconObject(node.Origin, fields);
    }

    /// <summary>One value that a path may mean: a node of a field, or what a substitution has already become.</summary>
    private readonly record struct Candidate(FieldNode? Field, int Index, HoconValue? Resolved);

    private IEnumerable<Candidate> Candidates(FieldNode field)
    {
        var visible = _visibleValues.TryGetValue(field, out var count) ? count : field.Values.Count;
        for (var i = 0; i < visible; i++)
            yield return new Candidate(field, i, null);
    }

    /// <summary>Makes one value of all that a field was given: the last counts, and neighbouring objects are merged.</summary>
    private HoconValue? Fold(IEnumerable<Candidate> candidates)
    {
        HoconObject? merged = null;
        foreach (var candidate in candidates.Reverse())
        {
            var value = Resolve(candidate);
            if (value is HoconObject fallback)
                merged = merged is null ? fallback : Merge(merged, fallback);
            else if (value is not null)
                return merged ?? value;
        }

        return merged;
    }

    private HoconValue? Resolve(Candidate candidate)
    {
        if (candidate.Field is not { } field)
            return candidate.Resolved;

        var node = field.Values[candidate.Index];
        if (node is ObjectNode)
            return ResolveNode(node);

        var hadVisible = _visibleValues.TryGetValue(field, out var visible);
        _visibleValues[field] = candidate.Index;
        var value = ResolveNode(node);
        if (hadVisible)
            _visibleValues[field] = visible;
        else
            _visibleValues.Remove(field);

        return value;
    }

    private HoconValue? ResolveNode(Node node)
    {
        Charge(node, 1);
        if (++_depth > HoconLimits.MaxResolveDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new HoconException(node.Origin, $"expected at most {HoconLimits.MaxResolveDepth} values inside or behind one another");

        var value = node switch
        {
            TextNode { Style: TextStyle.Unquoted } text => HoconScalar.Unquoted(text.Origin, text.Text),
            TextNode text => HoconScalar.String(text.Origin, text.Text),
            ObjectNode fields => ResolveObject(fields),
            ArrayNode array => ResolveArray(array),
            SubstitutionNode substitution => Substitute(substitution),
            ConcatenationNode concatenation => Concatenate(concatenation),
            _ => throw new InvalidOperationException($"unknown node {node.GetType().Name}"),
        };
        _depth--;
        return value;
    }

    private HoconArray ResolveArray(ArrayNode array)
    {
        var items = new List<HoconValue>(array.Items.Count);
        foreach (var item in array.Items)
        {
            if (ResolveNode(item) is { } value)
                items.Add(value);
        }

        return new HoconArray(array.Origin, items);
    }

    private HoconValue? Substitute(SubstitutionNode node)
    {
        var value = node.Prefix.Length > 0 ? LookUp([.. node.Prefix, .. node.Path]) : null;
        value ??= LookUp(node.Path) ?? options.Fallback?.Find(node.Path);
        if (value is null && options.Environment(string.Join('.', node.Path)) is { } variable)
            value = HoconScalar.Unquoted(node.Origin, variable);

        if (value is null && !node.Optional)
        {
            var path = HoconText.JoinPath(node.Path);
            throw new HoconException(node.Origin, $"expected a value for ${{{path}}}: neither the document nor the environment has one");
        }

        // A scalar's error is the user's to find where the setting is, not where the text came from.
        return value is HoconScalar scalar ? scalar.At(node.Origin) : value;
    }

    /// <summary>Follows a path from the root through nodes, so that only what it leads to is evaluated.</summary>
    private HoconValue? LookUp(ReadOnlySpan<string> path)
    {
        var candidates = FieldOf(root, path[0]);
        foreach (var key in path[1..])
        {
            var below = new List<Candidate>();
            foreach (var parent in ObjectsOf(candidates))
                below.AddRange(parent is ObjectNode node ? FieldOf(node, key) : FieldOf((HoconObject)parent, key));

            candidates = below;
        }

        return Fold(candidates);
    }

    /// <summary>The objects among a field's values that count, in order: nodes as they are, others as values.</summary>
    private List<object> ObjectsOf(List<Candidate> candidates)
    {
        var objects = new List<object>();
        for (var i = candidates.Count - 1; i >= 0; i--)
        {
            var candidate = candidates[i];
            object? value = candidate.Field?.Values[candidate.Index] as ObjectNode;
            value ??= Resolve(candidate);
            if (value is ObjectNode or HoconObject)
                objects.Add(value);
            else if (value is not null)
                break;
        }

        objects.Reverse();
        return objects;
    }

    private List<Candidate> FieldOf(ObjectNode parent, string key)
    {
        if (!parent.Fields.TryGetValue(key, out var field))
            return [];

        Charge(field.KeyOrigin, field.Values.Count);
        return [.. Candidates(field)];
    }

    private static List<Candidate> FieldOf(HoconObject parent, string key) =>
        parent.TryGet(key, out var value) ? [new Candidate(null, 0, value)] : [];

    private HoconValue? Concatenate(ConcatenationNode node)
    {
        var parts = new List<HoconValue>(node.Parts.Count);
        HoconValue? space = null;
        foreach (var part in node.Parts)
        {
            if (ResolveNode(part) is not { } value)
                continue;

            if (part is TextNode { Style: TextStyle.Space })
            {
                space = value;
                continue;
            }

            // Only between two texts does white space count, not beside an optional substitution that found nothing.
            if (space is not null && value is HoconScalar && parts is [.., HoconScalar])
                parts.Add(space);

            parts.Add(value);
            space = null;
        }

        return parts switch
        {
            [] => null,
            [var single] => single,
            _ when parts.TrueForAll(static part => part is HoconScalar) => JoinText(node, parts),
            _ when parts.TrueForAll(static part => part is HoconObject) =>
                parts.Cast<HoconObject>().Aggregate((below, above) => Merge(above, below)),
            _ when parts.TrueForAll(static part => part is HoconArray) => JoinArrays(node, parts),
            _ => throw Mixed(parts[0], parts),
        };
    }

    private HoconScalar JoinText(ConcatenationNode node, List<HoconValue> parts)
    {
        foreach (var part in parts)
            _concatenatedChars += ((HoconScalar)part).Text.Length;

        return _concatenatedChars <= HoconLimits.MaxConcatenatedChars
            ? HoconScalar.String(node.Origin, string.Concat(parts.Select(static part => ((HoconScalar)part).Text)))
            : throw new HoconException(node.Origin, $"expected at most {HoconLimits.MaxConcatenatedChars} characters of concatenated text");
    }

    private HoconArray JoinArrays(ConcatenationNode node, List<HoconValue> parts)
    {
        var items = new List<HoconValue>();
        foreach (var part in parts)
        {
            Charge(node, ((HoconArray)part).Items.Count);
            items.AddRange(((HoconArray)part).Items);
        }

        return new HoconArray(node.Origin, items);
    }

    private HoconObject Merge(HoconObject above, HoconObject below)
    {
        Charge(above.Origin, above.Fields.Count + below.Fields.Count);
        return above.WithFallback(below);
    }

    private static HoconException Mixed(HoconValue first, List<HoconValue> parts)
    {
        var other = parts.Find(part => part.GetType() != first.GetType())!;
        return new HoconException(other.Origin, $"expected {KindOf(first)} beside {KindOf(first)}, found {KindOf(other)}");
    }

    private static string KindOf(HoconValue value) => value is HoconScalar ? "text" : value.Describe();

    private void Charge(Node node, int evaluations) => Charge(node.Origin, evaluations);

    private void Charge(HoconOrigin origin, int evaluations)
    {
        _evaluations += evaluations;
        if (_evaluations > HoconLimits.MaxResolvedValues)
            throw new HoconException(origin, $"expected at most {HoconLimits.MaxResolvedValues} values, substitutions replaced");
    }
}
