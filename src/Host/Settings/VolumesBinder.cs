using System.Text;
using StreamActors.Hocon;

namespace StreamActors.Host.Settings;

/// <summary>Binds the group <c>volumes</c>, whose keys are paths.</summary>
internal static class VolumesBinder
{
    /// <summary>The group.</summary>
    public const string Group = "volumes";

    private const string TypeKey = "type";
    private const string Root = "/";
    private const int MaxNameBytes = 255;
    private const int MaxPathBytes = 4095;

    /// <summary>What SOURCE of the command line is: the volume at the root.</summary>
    /// <param name="source">SOURCE: a directory, or <c>TYPE:PLACE</c>.</param>
    public static HoconObject OfSource(string source)
    {
        var origin = HoconOrigin.Of("SOURCE");
        var colon = source.IndexOf(':', StringComparison.Ordinal);
        var type = colon < 0 ? null : VolumeType.All.FirstOrDefault(type => type.Name == source[..colon]);
        var place = type is null ? source : source[(colon + 1)..];
        type ??= VolumeType.Overlay;
        var volume = HoconObject.Of(
            origin,
            new HoconField(TypeKey, origin, HoconScalar.String(origin, type.Name)),
            new HoconField(type.Place, origin, HoconScalar.String(origin, place)));
        return HoconObject.Of(origin, new HoconField(Group, origin, HoconObject.Of(origin, new HoconField(Root, origin, volume))));
    }

    /// <summary>Refuses a document that gives the root to another volume than SOURCE.</summary>
    /// <exception cref="SettingsException">It does.</exception>
    public static void RefuseRoot(HoconObject document)
    {
        if (document.TryGet(Group, out var volumes) && volumes is HoconObject group)
            foreach (var volume in group.Fields.Where(volume => volume.Key == Root))
                throw new SettingsException(volume.KeyOrigin, $"{NameOf(Root)}: a path has one owner, and SOURCE of the command line is at / already");
    }

    /// <summary>Binds and checks every volume.</summary>
    /// <param name="tree">All settings, merged.</param>
    /// <param name="reader">Told which groups are read here: also the defaults of types that no volume has.</param>
    /// <exception cref="SettingsException">A volume or a value is wrong, or two volumes can't go together.</exception>
    public static IReadOnlyList<VolumeSettings> Bind(HoconObject tree, SettingsReader reader)
    {
        foreach (var type in VolumeType.All)
            CheckDefaults(tree, reader, type);
        reader.CountAsRead(Group);
        var volumes = new List<VolumeSettings>();
        foreach (var field in ((HoconObject)tree.Find(Group)!).Fields)
            volumes.Add(Bind(tree, field));
        foreach (var volume in volumes)
            if (volumes.Find(other => volume.IsBelow(other.Path) && other is not OverlayVolumeSettings) is { } owner)
                throw new SettingsException(volume.Origin, $"{NameOf(volume.Path)}: everything below {owner.Path} belongs to the volume there; only in an overlay there can be others");
        volumes.Sort(static (one, other) => string.CompareOrdinal(one.Path, other.Path));
        return volumes;
    }

    private static void CheckDefaults(HoconObject tree, SettingsReader reader, VolumeType type)
    {
        var defaults = (HoconObject)tree.Find(type.Defaults)!;
        var origin = HoconOrigin.Of(type.Defaults);
        var place = HoconObject.Single(type.Place, HoconScalar.String(origin, "."));
        var settings = new SettingsReader(place.WithFallback(defaults), type.Defaults + ".");
        type.Bind(new VolumeReader(Root, origin, settings));
        settings.RefuseUnread();
        reader.CountAsRead(type.Defaults);
    }

    private static VolumeSettings Bind(HoconObject tree, HoconField field)
    {
        var name = NameOf(field.Key);
        if (!IsPath(field.Key))
            throw new SettingsException(field.KeyOrigin, $"{name}: expected a path such as /s or /a/b, without . and .. in it and without a slash at its end");
        if (field.Value is not HoconObject volume)
            throw new SettingsException(field.Value.Origin, $"{name}: expected an object of settings, found {field.Value.Describe()}");
        var type = TypeOf(volume, field.KeyOrigin, name);
        var defaults = (HoconObject)tree.Find(type.Defaults)!;
        RefuseUnknown(volume, type, defaults);
        if (volume.Find(type.Place) is null)
            throw new SettingsException(field.KeyOrigin, $"{name}: expected {type.Place}, which says where it is");
        return type.Bind(new VolumeReader(field.Key, field.KeyOrigin, new SettingsReader(volume.WithFallback(defaults), name + ".")));
    }

    private static VolumeType TypeOf(HoconObject volume, HoconOrigin origin, string name)
    {
        if (volume.Find(TypeKey) is null)
            throw new SettingsException(origin, $"{name}: expected {TypeKey}, one of {string.Join(", ", VolumeType.All.Select(type => type.Name))}");
        (string, VolumeType)[] choices = [.. VolumeType.All.Select(type => (type.Name, type))];
        return new SettingsReader(volume, name + ".").Choice(TypeKey, choices);
    }

    private static void RefuseUnknown(HoconObject volume, VolumeType type, HoconObject defaults)
    {
        var origin = HoconOrigin.Of(type.Name);
        var known = HoconObject.Of(
            origin,
            new HoconField(TypeKey, origin, HoconScalar.String(origin, type.Name)),
            new HoconField(type.Place, origin, HoconScalar.String(origin, "")));
        new SettingNames(defaults.WithFallback(known)).RefuseUnknown(volume);
    }

    private static string NameOf(string path) => $"{Group}.{HoconText.Quote(path)}";

    private static bool IsPath(string path) =>
        path == Root ||
        (path.StartsWith('/') && Encoding.UTF8.GetByteCount(path) <= MaxPathBytes && !path.Contains('\0', StringComparison.Ordinal) &&
            path[1..].Split('/').All(static name => name is not ("" or "." or "..") && Encoding.UTF8.GetByteCount(name) <= MaxNameBytes));
}
