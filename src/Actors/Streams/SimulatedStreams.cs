using Microsoft.Extensions.Logging;
using StreamActors.Messages.Simulated;
using StreamActors.Sources.Simulated;

namespace StreamActors.Streams;

/// <summary>The simulated streams of one overlay, running.</summary>
/// <param name="Regions">Where their streams, topics and partitions are asked.</param>
/// <param name="Catalog">Takes every <see cref="CatalogRequest"/>.</param>
/// <param name="Known">The table that the catalog fills.</param>
public sealed record SimulatedStreams(StreamRegions Regions, IActorRef Catalog, ISimulatedCatalog Known)
{
    /// <summary>Starts them; the release of messages starts now.</summary>
    /// <param name="system">Where the actors run, and the clock.</param>
    /// <param name="options">How the streams behave.</param>
    /// <param name="settings">The bounds of the entities.</param>
    /// <param name="logger">Told why files stay ordinary ones.</param>
    /// <returns>The addresses.</returns>
    public static SimulatedStreams Start(ActorSystem system, SimulatedOptions options, EntitySettings settings, ILogger logger)
    {
        var source = new SimulatedSource(options, system.TimeProvider, logger);
        var catalog = system.ActorOf(Props.Create(() => new CatalogActor(source, settings)), "catalog");
        return new SimulatedStreams(StreamRegions.Start(system, source, settings), catalog, source);
    }
}
