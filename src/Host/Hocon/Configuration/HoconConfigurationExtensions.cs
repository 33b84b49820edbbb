using Microsoft.Extensions.Configuration;

namespace StreamActors.Hocon.Configuration;

/// <summary>Adds HOCON to a configuration.</summary>
public static class HoconConfigurationExtensions
{
    /// <summary>Adds a file; it is read when the configuration is built.</summary>
    /// <param name="builder">The configuration.</param>
    /// <param name="path">The file.</param>
    /// <param name="options">What the document may refer to.</param>
    /// <exception cref="HoconException">At building: the file can't be read, or is not HOCON.</exception>
    public static IConfigurationBuilder AddHoconFile(this IConfigurationBuilder builder, string path, HoconReaderOptions options) =>
        builder.Add(new HoconConfigurationSource(() => HoconReader.ReadFile(path, options)));

    /// <summary>Adds a document that has been read already.</summary>
    /// <param name="builder">The configuration.</param>
    /// <param name="document">The document.</param>
    public static IConfigurationBuilder AddHocon(this IConfigurationBuilder builder, HoconObject document) =>
        builder.Add(new HoconConfigurationSource(() => document));
}
