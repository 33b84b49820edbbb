using StreamActors.Hocon;

namespace StreamActors.Host.Settings;

/// <summary>Settings from <c>-o</c>: the names that users of mount(8) and libfuse know, and any setting by its path.</summary>
internal static class MountOptions
{
    private static readonly Dictionary<string, Alias> Aliases = new(StringComparer.Ordinal)
    {
        ["allow_other"] = new("mount.allow-other", Form.Flag),
        ["default_permissions"] = new("mount.default-permissions", Form.Flag),
        ["no_default_permissions"] = new("mount.default-permissions", Form.Off),
        ["ro"] = new("mount.ro", Form.Flag),
        ["rw"] = new("mount.ro", Form.Off),
        ["uid"] = new("mount.uid", Form.Value),
        ["gid"] = new("mount.gid", Form.Value),
        ["umask"] = new("mount.umask", Form.Value),
        ["fsname"] = new("mount.fsname", Form.Value),
        ["attr_timeout"] = new("mount.attr-timeout", Form.Seconds),
        ["entry_timeout"] = new("mount.entry-timeout", Form.Seconds),
        ["nosuid"] = new("mount.nosuid", Form.Flag),
        ["suid"] = new("mount.nosuid", Form.Off),
        ["nodev"] = new("mount.nodev", Form.Flag),
        ["dev"] = new("mount.nodev", Form.Off),
        ["nonempty"] = new("mount.nonempty", Form.Flag),
    };

    private readonly record struct Alias(string Path, Form Form);

    private enum Form
    {
        /// <summary>True without a value.</summary>
        Flag,

        /// <summary>Turns a flag off, and takes no value.</summary>
        Off,

        /// <summary>Needs a value.</summary>
        Value,

        /// <summary>Needs a value in seconds, as in libfuse.</summary>
        Seconds,
    }

    /// <summary>Reads the values of all <c>-o</c>; a later option overrides an earlier one.</summary>
    /// <exception cref="SettingsException">An option is unknown, lacks its value, or is a credential.</exception>
    public static HoconObject Read(IReadOnlyList<string> values, SettingNames names)
    {
        var settings = HoconObject.Of(HoconOrigin.Of("-o"));
        foreach (var option in values.SelectMany(MountOptionSplitter.Split))
            settings = ReadOption(option, names).WithFallback(settings);

        return settings;
    }

    private static HoconObject ReadOption(string option, SettingNames names)
    {
        var equals = option.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? option : option[..equals];
        var text = equals < 0 ? null : option[(equals + 1)..];
        var origin = HoconOrigin.Of($"-o {OneLine(name)}");
        if (Credentials.IsNamedBy(name))
            throw new SettingsException(origin, "credentials are refused in -o, where the list of processes shows them; expected them in a --config file or in the environment");

        if (!Aliases.TryGetValue(name, out var alias))
        {
            if (!names.IsSetting(name))
                throw names.Unknown(origin, name, Aliases.Keys);

            alias = new Alias(name, names.IsFlag(name) ? Form.Flag : Form.Value);
        }

        return HoconObject.Single(alias.Path, ReadValue(origin, name, text, alias.Form));
    }

    private static HoconScalar ReadValue(HoconOrigin origin, string name, string? text, Form form)
    {
        if (form == Form.Off)
        {
            return text is null
                ? HoconScalar.Unquoted(origin, "false")
                : throw new SettingsException(origin, $"expected no value, found {HoconText.Quote(text)}");
        }

        if (text is null)
        {
            return form == Form.Flag
                ? HoconScalar.Unquoted(origin, "true")
                : throw new SettingsException(origin, $"expected a value, as in {name}=VALUE");
        }

        // A number with a unit is a duration as everywhere else.
        return form == Form.Seconds && text.Length > 0 && char.IsAsciiDigit(text[^1])
            ? HoconScalar.Unquoted(origin, text + "s")
            : SettingText.Parse(origin, text);
    }

    private static string OneLine(string name) => HoconText.Quote(name)[1..^1];
}
