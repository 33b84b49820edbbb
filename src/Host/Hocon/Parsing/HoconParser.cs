using System.Text;

namespace StreamActors.Hocon.Parsing;

/// <summary>Reads one file into nodes; included files become part of the object that includes them.</summary>
internal sealed class HoconParser
{
    private readonly HoconDocument _document;
    private readonly SourceText _source;
    private readonly string[] _prefix;

    private HoconParser(HoconDocument document, SourceText source, string[] prefix)
    {
        _document = document;
        _source = source;
        _prefix = prefix;
    }

    /// <summary>Reads a whole document.</summary>
    /// <exception cref="HoconException">The text is not HOCON.</exception>
    public static ObjectNode ParseFile(HoconDocument document, SourceText source)
    {
        var root = new ObjectNode(source.Here);
        new HoconParser(document, source, prefix: []).ParseRoot(root, depth: 0);
        return root;
    }

    private void ParseRoot(ObjectNode root, int depth)
    {
        _source.SkipSpacesAndLines();
        if (_source.Current == '[')
            throw _source.Expected("an object at the root");

        if (_source.Current != '{')
        {
            ParseFields(root, path: [], opened: null, depth);
            return;
        }

        var opened = _source.Here;
        _source.Advance();
        ParseFields(root, path: [], opened, depth);
        _source.SkipSpacesAndLines();
        if (_source.Current != SourceText.End)
            throw _source.Expected("the end of the file after the root's '}'");
    }

    /// <summary>Reads fields into an object, and its closing brace if it was opened by one.</summary>
    /// <param name="target">Gets the fields.</param>
    /// <param name="path">The object's path in this file; null inside an array, where no path leads.</param>
    /// <param name="opened">Where the brace was, or null for a root without braces.</param>
    /// <param name="depth">The object's depth in the document.</param>
    private void ParseFields(ObjectNode target, string[]? path, HoconOrigin? opened, int depth)
    {
        while (true)
        {
            _source.SkipSpacesAndLines();
            if (_source.Current == SourceText.End && opened is not null)
                throw _source.Error("expected the closing '}' of this object, found the end", opened);

            if (_source.Current == SourceText.End)
                return;

            if (_source.Current == '}' && opened is not null)
            {
                _source.Advance();
                return;
            }

            if (!TryParseInclude(target, path, depth))
                ParseField(target, path, depth);

            ParseSeparator('}', "a comma or a new line after the value", "'}'");
        }
    }

    private void ParseField(ObjectNode target, string[]? path, int depth)
    {
        var keyOrigin = _source.Here;
        var key = PathParser.Parse(_source, "a key");
        CheckDepth(depth + key.Length, keyOrigin);
        string[]? fieldPath = path is null ? null : [.. path, .. key];

        if (_source.Current == '+' && _source.Peek(1) == '=')
        {
            _source.Advance(2);
            if (fieldPath is null)
                throw _source.Error("expected '=' or ':': += can't be used inside an array", keyOrigin);

            var appended = ParseValue(path: null, depth + key.Length);
            var before = new SubstitutionNode(keyOrigin, prefix: [], [.. _prefix, .. fieldPath], optional: true);
            target.Add(key, keyOrigin, new ConcatenationNode([before, new ArrayNode(appended.Origin, [appended])]));
            return;
        }

        if (_source.Current is '=' or ':')
            _source.Advance();
        else if (_source.Current != '{')
            throw _source.Expected($"'=', ':', '+=' or '{{' after the key {HoconText.Quote(HoconText.JoinPath(key))}");

        target.Add(key, keyOrigin, ParseValue(fieldPath, depth + key.Length));
    }

    private Node ParseValue(string[]? path, int depth)
    {
        _source.SkipSpacesAndLines();
        var parts = new List<Node>();
        while (true)
        {
            var spaceOrigin = _source.Here;
            var space = _source.SkipSpaces();
            if (_source.AtComment || _source.Current is SourceText.End or '\n' or ',' or '}' or ']')
                break;

            if (space.Length > 0 && parts.Count > 0)
                parts.Add(new TextNode(spaceOrigin, space, TextStyle.Space));

            parts.Add(ParsePart(path, depth));
        }

        return parts.Count switch
        {
            0 => throw _source.Expected("a value"),
            1 => parts[0],
            _ => new ConcatenationNode(parts),
        };
    }

    private Node ParsePart(string[]? path, int depth)
    {
        var origin = _source.Here;
        switch (_source.Current)
        {
            case '{':
                CheckDepth(depth + 1, origin);
                _source.Advance();
                var fields = new ObjectNode(origin);
                ParseFields(fields, path, origin, depth + 1);
                return fields;

            case '[':
                CheckDepth(depth + 1, origin);
                return ParseArray(origin, depth + 1);

            case '"':
                return new TextNode(origin, StringParser.ParseQuoted(_source), TextStyle.Quoted);

            case '$' when _source.Peek(1) == '{':
                return ParseSubstitution(origin);

            default:
                if (!StringParser.AtUnquoted(_source))
                    throw _source.Expected("a value (put text with such characters in double quotes)");

                var text = new StringBuilder();
                StringParser.AppendUnquoted(_source, text, endAtDot: false);
                return new TextNode(origin, text.ToString(), TextStyle.Unquoted);
        }
    }

    private ArrayNode ParseArray(HoconOrigin opened, int depth)
    {
        _source.Advance();
        var items = new List<Node>();
        while (true)
        {
            _source.SkipSpacesAndLines();
            if (_source.Current == SourceText.End)
                throw _source.Error("expected the closing ']' of this array, found the end", opened);

            if (_source.Current == ']')
            {
                _source.Advance();
                return new ArrayNode(opened, items);
            }

            items.Add(ParseValue(path: null, depth));
            ParseSeparator(']', "a comma or a new line after the value", "']'");
        }
    }

    private SubstitutionNode ParseSubstitution(HoconOrigin origin)
    {
        _source.Advance(2);
        var optional = _source.Current == '?';
        if (optional)
            _source.Advance();

        var path = PathParser.Parse(_source, "a path in ${…}");
        if (_source.Current != '}')
            throw _source.Expected("the closing '}' of the substitution");

        _source.Advance();
        return new SubstitutionNode(origin, _prefix, path, optional);
    }

    /// <summary>Reads <c>include "file"</c>, <c>include file("file")</c> or <c>include required(…)</c>, if one stands here.</summary>
    private bool TryParseInclude(ObjectNode target, string[]? path, int depth)
    {
        const string Keyword = "include";
        if (!_source.StartsWith(Keyword))
            return false;

        var distance = Keyword.Length;
        while (_source.Peek(distance) is ' ' or '\t')
            distance++;

        // `include = 1` and `include-all = 1` are fields like any other.
        if (_source.Peek(distance) != '"' && (distance == Keyword.Length || _source.Peek(distance) is not ((>= 'a' and <= 'z'))))
            return false;

        var origin = _source.Here;
        _source.Advance(distance);
        var name = ParseIncludeName(origin);
        var source = _document.OpenIncluded(_source, name, origin);
        string[] prefix = path is null ? _prefix : [.. _prefix, .. path];
        var included = new ObjectNode(source.Here);
        new HoconParser(_document, source, prefix).ParseRoot(included, depth);
        _document.Close();
        target.Absorb(included);
        return true;
    }

    private string ParseIncludeName(HoconOrigin origin)
    {
        var open = 0;
        while (_source.Current != '"')
        {
            if (_source.StartsWith("required("))
                _source.Advance("required(".Length);
            else if (_source.StartsWith("file("))
                _source.Advance("file(".Length);
            else
                throw _source.Error("expected include \"FILE\", include file(\"FILE\") or include required(…)", origin);

            open++;
            _source.SkipSpaces();
        }

        var name = StringParser.ParseQuoted(_source);
        for (; open > 0; open--)
        {
            _source.SkipSpaces();
            if (_source.Current != ')')
                throw _source.Expected("')' after the file to include");

            _source.Advance();
        }

        return name;
    }

    /// <summary>Reads what stands between two elements: new lines and at most one comma.</summary>
    private void ParseSeparator(char close, string expected, string closeName)
    {
        var separated = _source.SkipSpacesAndLines();
        if (_source.Current == ',')
        {
            _source.Advance();
            separated = true;
        }

        if (!separated && _source.Current != SourceText.End && _source.Current != close)
            throw _source.Expected($"{expected}, or {closeName}");
    }

    private void CheckDepth(int depth, HoconOrigin origin)
    {
        if (depth > HoconLimits.MaxNestingDepth)
            throw _source.Error($"expected at most {HoconLimits.MaxNestingDepth} levels of objects and arrays", origin);
    }
}
