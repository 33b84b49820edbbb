using Microsoft.Extensions.Logging;
using StreamActors.Messages.Simulated;
using StreamActors.Sources;
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
    public static SimulatedStreams Start(ActorSystem system, SimulatedOptions options, EntitySettings settings, ILogger logger) =>
        Of(system, new SimulatedSource(options, system.TimeProvider, logger), settings, source => (StreamRegions.Start(system, source, settings), "catalog"));

    /// <summary>Starts those of an overlay that several hosts show; their entities run with those of other volumes.</summary>
    /// <param name="system">Where the actors run, and the clock.</param>
    /// <param name="options">How the streams behave.</param>
    /// <param name="settings">The bounds of the entities.</param>
    /// <param name="logger">Told why files stay ordinary ones.</param>
    /// <param name="sharing">What other hosts know of the same files.</param>
    /// <param name="join">Takes the source, and tells where its entities are asked, and a name for the actor of its catalog.</param>
    /// <returns>The addresses.</returns>
    public static SimulatedStreams Start(
        ActorSystem system, SimulatedOptions options, EntitySettings settings, ILogger logger, SimulatedSharing sharing,
        Func<IStreamSource, (StreamRegions Regions, string Catalog)> join) =>
        Of(system, new SimulatedSource(options, system.TimeProvider, logger, sharing), settings, join);

    private static SimulatedStreams Of(
        ActorSystem system, SimulatedSource source, EntitySettings settings, Func<IStreamSource, (StreamRegions Regions, string Catalog)> join)
    {
        var (regions, name) = join(source);
        return new SimulatedStreams(regions, system.ActorOf(Props.Create(() => new CatalogActor(source, settings)), name), source);
    }
}
