using System.Text;

namespace StreamActors.Hocon.Parsing;

/// <summary>Reads the path of a key or a substitution: <c>a.b."c.d"</c>.</summary>
internal static class PathParser
{
    /// <summary>Reads up to what can't belong to a path, without white space around it.</summary>
    /// <returns>At least one element.</returns>
    public static string[] Parse(SourceText source, string what)
    {
        var start = source.Here;
        var path = new List<string>();
        var element = new StringBuilder();
        var quoted = false;
        while (true)
        {
            var space = source.SkipSpaces();
            if (source.Current == '"')
            {
                element.Append(element.Length > 0 || quoted ? space : "");
                element.Append(StringParser.ParseQuoted(source));
                quoted = true;
            }
            else if (source.Current == '.')
            {
                EndElement(source, what, path, element, quoted);
                quoted = false;
                source.Advance();
            }
            else if (StringParser.AtUnquoted(source))
            {
                element.Append(element.Length > 0 || quoted ? space : "");
                StringParser.AppendUnquoted(source, element, endAtDot: true);
            }
            else
            {
                break;
            }
        }

        if (path.Count == 0 && element.Length == 0 && !quoted)
            throw source.Expected(what);

        EndElement(source, what, path, element, quoted);
        return path.Count <= HoconLimits.MaxNestingDepth
            ? [.. path]
            : throw source.Error($"expected at most {HoconLimits.MaxNestingDepth} elements in a path", start);
    }

    private static void EndElement(SourceText source, string what, List<string> path, StringBuilder element, bool quoted)
    {
        if (element.Length == 0 && !quoted)
            throw source.Error($"expected {what} without empty elements (quote the key if it is meant to hold a dot)");

        path.Add(element.ToString());
        element.Clear();
    }
}
