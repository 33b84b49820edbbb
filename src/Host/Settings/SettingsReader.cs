using System.Globalization;
using System.Text;
using StreamActors.Hocon;

namespace StreamActors.Host.Settings;

/// <summary>Reads typed values from the merged tree, and says of a wrong one where it is and what was expected.</summary>
/// <param name="tree">The settings.</param>
/// <param name="group">What messages put before the path of a setting: the group that the tree is, with a dot behind it.</param>
internal sealed class SettingsReader(HoconObject tree, string group = "")
{
    /// <summary>Longest path of a file, in bytes (PATH_MAX of limits.h, without its final NUL).</summary>
    private const int MaxPathBytes = 4095;

    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    /// <summary>True or false.</summary>
    public bool Flag(string path) => Scalar(path, "true or false") switch
    {
        "true" or "yes" or "on" => true,
        "false" or "no" or "off" => false,
        _ => throw Wrong(path, "true or false"),
    };

    /// <summary>A whole number between two others.</summary>
    public int Int(string path, int min, int max)
    {
        var expected = string.Create(CultureInfo.InvariantCulture, $"a whole number from {min} to {max}");
        return int.TryParse(Scalar(path, expected), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && value >= min && value <= max
            ? value
            : throw Wrong(path, expected);
    }

    /// <summary>A whole number between two others, or null.</summary>
    public int? OptionalInt(string path, int min, int max) =>
        Optional(path, "a whole number, or null") is null ? null : Int(path, min, max);

    /// <summary>A numeric id, or null.</summary>
    public uint? OptionalId(string path, string what, uint max)
    {
        var expected = string.Create(CultureInfo.InvariantCulture, $"{what} from 0 to {max}, or null");
        if (Optional(path, expected) is not { } text)
            return null;

        return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= max
            ? value
            : throw Wrong(path, expected);
    }

    /// <summary>Octal digits, or null.</summary>
    public uint? OptionalOctal(string path, uint max)
    {
        var expected = $"octal digits from 000 to {Convert.ToString(max, 8)}, or null";
        if (Optional(path, expected) is not { } text)
            return null;

        const int MaxDigits = 8;
        if (text.Length is 0 or > MaxDigits || text.AsSpan().ContainsAnyExceptInRange('0', '7'))
            throw Wrong(path, expected);

        var value = Convert.ToUInt32(text, 8);
        return value <= max ? value : throw Wrong(path, expected);
    }

    /// <summary>A duration between two others.</summary>
    public TimeSpan Duration(string path, TimeSpan min, TimeSpan max)
    {
        const string Expected = "a duration such as 1s";
        if (!HoconDuration.TryParse(Scalar(path, Expected), out var value))
            throw Wrong(path, Expected);

        return value >= min && value <= max
            ? value
            : throw Wrong(path, $"a duration from {Describe(min)} to {Describe(max)}");
    }

    /// <summary>A duration between two others, or null.</summary>
    public TimeSpan? OptionalDuration(string path, TimeSpan min, TimeSpan max) =>
        Optional(path, "a duration such as 1s, or null") is null ? null : Duration(path, min, max);

    /// <summary>A size in bytes between two others.</summary>
    public long Size(string path, long min, long max)
    {
        const string Expected = "a size such as 64MiB";
        if (!HoconSize.TryParse(Scalar(path, Expected), out var value))
            throw Wrong(path, Expected);

        return value >= min && value <= max
            ? value
            : throw Wrong(path, string.Create(CultureInfo.InvariantCulture, $"a size from {min} to {max} bytes"));
    }

    /// <summary>A size in bytes between two others, or null.</summary>
    public long? OptionalSize(string path, long min, long max) =>
        Optional(path, "a size such as 64MiB, or null") is null ? null : Size(path, min, max);

    /// <summary>One of a few words.</summary>
    public T Choice<T>(string path, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        var words = new List<string>(choices.Length);
        foreach (var (word, _) in choices)
            words.Add(word);

        var expected = words.Count == 2 ? $"{words[0]} or {words[1]}" : $"one of {string.Join(", ", words)}";
        var text = Scalar(path, expected);
        foreach (var (word, value) in choices)
        {
            if (word == text)
                return value;
        }

        throw Wrong(path, expected);
    }

    /// <summary>Any text of valid Unicode, up to a length in bytes of UTF-8.</summary>
    public string Text(string path, int maxBytes)
    {
        var expected = string.Create(CultureInfo.InvariantCulture, $"text of at most {maxBytes} bytes of UTF-8");
        var text = Scalar(path, expected);
        return IsUnicode(text) && Encoding.UTF8.GetByteCount(text) <= maxBytes ? text : throw Wrong(path, expected);
    }

    /// <summary>Text that is not empty and has no control characters.</summary>
    public string Name(string path, int maxBytes)
    {
        var text = Text(path, maxBytes);
        return text.Length > 0 && !text.Any(char.IsControl) ? text : throw Wrong(path, "a name without control characters");
    }

    /// <summary>Text that is not empty and has no control characters, or null.</summary>
    public string? OptionalName(string path, int maxBytes) => Optional(path, "a name, or null") is null ? null : Name(path, maxBytes);

    /// <summary>Texts without control characters: a list of them, or one text with commas between them.</summary>
    public IReadOnlyList<string> Names(string path, int maxBytes)
    {
        const string Expected = "a list of names, or names with commas between them";
        _read.Add(path);
        string?[] names = tree.Find(path) switch
        {
            HoconScalar { Kind: not HoconScalarKind.Null } scalar => [.. scalar.Text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
            HoconArray array => [.. array.Items.Select(static item => item is HoconScalar { Kind: not HoconScalarKind.Null } scalar ? scalar.Text : null)],
            _ => throw Wrong(path, Expected),
        };
        foreach (var name in names)
        {
            if (string.IsNullOrEmpty(name) || name.Any(char.IsControl) || !IsUnicode(name) || Encoding.UTF8.GetByteCount(name) > maxBytes)
                throw Wrong(path, Expected);
        }

        return names!;
    }

    /// <summary>The path of a file, or null.</summary>
    public string? OptionalFile(string path) => Optional(path, "the path of a file, or null") is null ? null : Path(path) is { Length: > 0 } text ? text : throw Wrong(path, "the path of a file, or null");

    /// <summary>The path of a directory, or null.</summary>
    public string? OptionalPath(string path) => Optional(path, "the path of a directory, or null") is null ? null : Directory(path);

    /// <summary>Everything in a group whose keys the user chooses, by path in it. What is wrong there is not quoted: it may be a secret.</summary>
    public IReadOnlyDictionary<string, string> Texts(string path)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (tree.Find(path) is not HoconObject given)
            throw Wrong(path, "an object of settings");
        foreach (var name in new SettingNames(given).Paths)
        {
            _read.Add($"{path}.{name}");
            texts.Add(name, given.Find(name) is HoconScalar { Kind: not HoconScalarKind.Null } scalar ? scalar.Text : throw Refused($"{path}.{name}", "expected a text or a number"));
        }

        return texts;
    }

    /// <summary>The path of a file, or nothing.</summary>
    public string Path(string path)
    {
        var text = Text(path, MaxPathBytes);
        return !text.Contains('\0', StringComparison.Ordinal) ? text : throw Wrong(path, "the path of a file");
    }

    /// <summary>The path of a directory.</summary>
    public string Directory(string path) => Path(path) is { Length: > 0 } text ? text : throw Wrong(path, "the path of a directory");

    /// <summary>Whether nobody but the reference gives this setting.</summary>
    public bool IsDefault(string path) => tree.Find(path)!.Origin.File == SettingsLoader.ReferenceName;

    /// <summary>A wrong value.</summary>
    /// <param name="path">The setting.</param>
    /// <param name="expected">What it should be.</param>
    /// <param name="beside">A setting that it can't go together with.</param>
    public SettingsException Wrong(string path, string expected, string? beside = null)
    {
        var value = tree.Find(path)!;
        var other = beside is null ? "" : $" beside {tree.Find(beside)!.Describe()}";
        // Without a line, the origin is an option or a variable, which names the setting already.
        var name = value.Origin.Line == 0 ? "" : $"{group}{path}: ";
        return new SettingsException(value.Origin, $"{name}expected {expected}, found {value.Describe()}{other}");
    }

    /// <summary>A value that is refused without being quoted.</summary>
    /// <param name="path">The setting.</param>
    /// <param name="why">Why, and what is expected.</param>
    public SettingsException Refused(string path, string why)
    {
        var origin = tree.Find(path)!.Origin;
        return new SettingsException(origin, origin.Line == 0 ? why : $"{group}{path}: {why}");
    }

    /// <summary>Takes note of a group whose settings other readers read.</summary>
    public void CountAsRead(string readGroup)
    {
        foreach (var path in new SettingNames((HoconObject)tree.Find(readGroup)!).Paths)
            _read.Add($"{readGroup}.{path}");
    }

    /// <summary>Refuses a setting of the reference that no record has: it would be accepted, and do nothing.</summary>
    public void RefuseUnread()
    {
        foreach (var path in new SettingNames(tree).Paths)
        {
            if (!_read.Contains(path))
                throw new SettingsException(tree.Find(path)!.Origin, $"{group}{path}: nothing reads this setting");
        }
    }

    private string Scalar(string path, string expected) => Optional(path, expected) ?? throw Wrong(path, expected);

    private string? Optional(string path, string expected)
    {
        _read.Add(path);
        return tree.Find(path) switch
        {
            HoconScalar { Kind: HoconScalarKind.Null } => null,
            HoconScalar scalar => scalar.Text,
            _ => throw Wrong(path, expected),
        };
    }

    private static bool IsUnicode(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            // Lone surrogates are enumerated as the replacement character.
            if (rune == Rune.ReplacementChar && !text.Contains('\uFFFD', StringComparison.Ordinal))
                return false;
        }

        return true;
    }

    private static string Describe(TimeSpan duration) => duration switch
    {
        { Ticks: 0 } => "0s",
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds}ms"),
        { TotalDays: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalDays}d"),
        { TotalHours: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalHours}h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds}s"),
    };
}
