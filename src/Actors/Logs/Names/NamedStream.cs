using System.Collections.Immutable;

namespace StreamActors.Logs;

/// <summary>A stream in the table of names.</summary>
/// <param name="Id">Its incarnation id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Created">When it was made, in milliseconds since 1970 UTC.</param>
/// <param name="Framing">How messages of its partitions become bytes.</param>
/// <param name="Topics">The ids of its topics, by name.</param>
public sealed record NamedStream(
    ulong Id, string Name, long Created, Framing Framing, ImmutableSortedDictionary<string, ulong> Topics);

/// <summary>A topic in the table of names.</summary>
/// <param name="Id">Its incarnation id.</param>
/// <param name="Stream">Its stream's incarnation id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Created">When it was made, in milliseconds since 1970 UTC.</param>
/// <param name="Partitions">Its partitions, by their numbers.</param>
public sealed record NamedTopic(ulong Id, ulong Stream, string Name, long Created, ImmutableArray<IncarnationId> Partitions);
