namespace StreamActors.Messages.Simulated;

/// <summary>The table of simulated streams, as far as it can be read without a message.</summary>
public interface ISimulatedCatalog
{
    /// <summary>Which stream a file is, if that is known without reading it. Never blocks.</summary>
    /// <param name="file">The file, just looked up.</param>
    /// <returns>Null where it has to be asked for by <see cref="CatalogRequest.Resolve"/>.</returns>
    CatalogReply? Find(ISimulatedFile file);
}
