using StreamActors.Hocon;

namespace StreamActors.Host.Settings;

/// <summary>What a type of volume makes its record of.</summary>
/// <param name="Path">The volume's path.</param>
/// <param name="Origin">Where it was given.</param>
/// <param name="Settings">Its settings, with the defaults of its type below them.</param>
internal sealed record VolumeReader(string Path, HoconOrigin Origin, SettingsReader Settings);
