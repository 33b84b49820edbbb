namespace StreamActors.Messages;

/// <summary>Where a message lies in a view, and its time: what a merge has to know of it.</summary>
/// <param name="Time">Milliseconds since 1970 UTC.</param>
/// <param name="Position">Its first byte, position in bytes.</param>
/// <param name="Length">How many bytes it has there.</param>
public readonly record struct MessageSpan(long Time, long Position, int Length);
