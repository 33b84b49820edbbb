namespace StreamActors.Sources.Simulated;

/// <summary>A JSON file that was read as a stream.</summary>
/// <param name="Topics">The topics in the order in which each first appears; those of one name are one topic.</param>
/// <param name="Objects">The objects of the list, in their order.</param>
public sealed record SimulatedDocument(IReadOnlyList<SimulatedTopic> Topics, IReadOnlyList<TopicObject> Objects);

/// <summary>Where an object of the list stands in the file.</summary>
/// <param name="Topic">Index of its topic in <see cref="SimulatedDocument.Topics"/>.</param>
/// <param name="Start">Position of its brace in bytes.</param>
/// <param name="End">Position behind its closing brace, in bytes.</param>
public readonly record struct TopicObject(int Topic, int Start, int End);

/// <summary>Why a file is no stream, and where.</summary>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column, from 1, in characters (Unicode code points), a byte order mark not counted.</param>
/// <param name="Reason">What is wrong; a sentence without a full stop.</param>
public sealed record SimulatedFormatError(int Line, int Column, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(null, $"line {Line}, column {Column}: {Reason}");
}
