using Microsoft.Extensions.Configuration;

namespace StreamActors.Hocon.Configuration;

/// <summary>A HOCON document as a source of Microsoft.Extensions.Configuration.</summary>
/// <param name="read">Reads the document, at each load.</param>
public sealed class HoconConfigurationSource(Func<HoconObject> read) : IConfigurationSource
{
    /// <inheritdoc/>
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new HoconConfigurationProvider(read);
}
