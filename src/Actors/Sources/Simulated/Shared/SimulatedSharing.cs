using StreamActors.Messages.Simulated;

namespace StreamActors.Sources.Simulated;

/// <summary>What simulated streams need that several hosts show.</summary>
/// <param name="Streams">Which incarnations files are.</param>
/// <param name="Clock">When their messages are released.</param>
/// <param name="Find">Finds the file that is at a path now, for an id that another host has told; null where there is none. May block.</param>
public sealed record SimulatedSharing(SharedStreamTable Streams, IReleaseClock Clock, Func<string, ISimulatedFile?> Find);
