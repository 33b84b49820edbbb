using StreamActors.Hocon;

namespace StreamActors.Host.Settings;

/// <summary>The names that <c>reference.conf</c> knows; every other name stops the start.</summary>
internal sealed class SettingNames
{
    /// <summary>Longest name that is compared with the known ones, in UTF-16 code units.</summary>
    private const int MaxComparedLength = 64;

    private readonly HoconObject _reference;
    private readonly List<string> _paths = [];

    public SettingNames(HoconObject reference)
    {
        _reference = reference;
        Collect(reference, prefix: "");
    }

    /// <summary>The path of every setting, as <c>simulated.interval</c>, in the order of the reference.</summary>
    public IReadOnlyList<string> Paths => _paths;

    /// <summary>Whether a path names a setting, not a group of them.</summary>
    public bool IsSetting(string path) => _reference.Find(path) is not (null or HoconObject);

    /// <summary>Whether a setting's default is <c>true</c> or <c>false</c>.</summary>
    public bool IsFlag(string path) => _reference.Find(path) is HoconScalar { Kind: HoconScalarKind.Boolean };

    /// <summary>Refuses a document that names anything but settings.</summary>
    /// <exception cref="SettingsException">It does; the origin is the unknown key's.</exception>
    public void RefuseUnknown(HoconObject document) => RefuseUnknown(document, _reference, prefix: "");

    /// <summary>An unknown name, with the known one that is most like it.</summary>
    /// <param name="origin">Where it was given.</param>
    /// <param name="name">The name as it was given.</param>
    /// <param name="alternatives">Other names that the user may have meant.</param>
    public SettingsException Unknown(HoconOrigin origin, string name, params IEnumerable<string> alternatives)
    {
        var similar = Similar(name, _paths.Concat(alternatives));
        var hint = similar is null ? "" : $"; did you mean {HoconText.Quote(similar)}?";
        return new SettingsException(origin, $"unknown setting {HoconText.Quote(name)}{hint}");
    }

    private void Collect(HoconObject group, string prefix)
    {
        foreach (var field in group.Fields)
        {
            if (field.Value is HoconObject inner)
                Collect(inner, $"{prefix}{field.Key}.");
            else
                _paths.Add(prefix + field.Key);
        }
    }

    private void RefuseUnknown(HoconObject document, HoconObject reference, string prefix)
    {
        foreach (var field in document.Fields)
        {
            var path = prefix + field.Key;
            if (!reference.TryGet(field.Key, out var known))
                throw Unknown(field.KeyOrigin, path);

            if (known is not HoconObject group)
                continue;

            if (field.Value is not HoconObject fields)
                throw new SettingsException(field.Value.Origin, $"{path}: expected an object of settings, found {field.Value.Describe()}");

            // A group without settings is one whose keys are chosen by the user.
            if (group.Fields.Count > 0)
                RefuseUnknown(fields, group, path + ".");
        }
    }

    private static string? Similar(string name, IEnumerable<string> known)
    {
        if (name.Length > MaxComparedLength)
            return null;

        string? best = null;
        var bestDistance = Math.Max(1, name.Length / 3) + 1;
        foreach (var candidate in known)
        {
            // Who leaves out the group has the rest right.
            var distance = candidate.EndsWith("." + name, StringComparison.Ordinal) ? 0 : Distance(name, candidate);
            if (distance < bestDistance)
                (best, bestDistance) = (candidate, distance);
        }

        return best;
    }

    /// <summary>Levenshtein's distance: single characters to insert, delete or replace.</summary>
    private static int Distance(string a, string b)
    {
        Span<int> row = stackalloc int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
            row[j] = j;

        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
