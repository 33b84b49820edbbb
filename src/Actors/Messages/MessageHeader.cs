namespace StreamActors.Messages;

/// <summary>A header of a message; names may repeat, and keep their order.</summary>
/// <param name="Name">UTF-8 text.</param>
/// <param name="Value">Bytes, or null, which is not empty.</param>
public readonly record struct MessageHeader(string Name, ReadOnlyMemory<byte>? Value);
