using System.Text;

namespace StreamActors.Host.Settings;

/// <summary>Splits the value of one <c>-o</c> at its commas.</summary>
internal static class MountOptionSplitter
{
    /// <summary>
    /// The options between commas, empty ones left out. <c>\,</c> is a comma and <c>\\</c> a backslash; inside a value
    /// in double quotes nothing is special but <c>\"</c>, and all of it is kept, for the reader of quoted strings.
    /// </summary>
    public static IEnumerable<string> Split(string options)
    {
        var option = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < options.Length; i++)
        {
            var c = options[i];
            var next = i + 1 < options.Length ? options[i + 1] : '\0';
            if (quoted && c == '\\' && next != '\0')
            {
                option.Append(c).Append(next);
                i++;
            }
            else if (c == '"' && (quoted || EndsWithEquals(option)))
            {
                quoted = !quoted;
                option.Append(c);
            }
            else if (!quoted && c == '\\' && next is ',' or '\\')
            {
                option.Append(next);
                i++;
            }
            else if (!quoted && c == ',')
            {
                if (option.Length > 0)
                    yield return option.ToString();

                option.Clear();
            }
            else
            {
                option.Append(c);
            }
        }

        if (option.Length > 0)
            yield return option.ToString();
    }

    private static bool EndsWithEquals(StringBuilder option) => option.Length > 0 && option[^1] == '=';
}
