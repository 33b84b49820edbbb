namespace StreamActors.TestKit;

/// <summary>What was expected did not happen.</summary>
public sealed class TestKitException(string message) : Exception(message);
