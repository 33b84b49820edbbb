namespace StreamActors.Remote;

/// <summary>What a message of another host may have at most.</summary>
internal static class WireLimits
{
    /// <summary>The longest id, in bytes.</summary>
    public const int IdBytes = 512;

    /// <summary>The longest name, in bytes.</summary>
    public const int NameBytes = 4096;

    /// <summary>The longest text of a failure or of its cause, in characters; what is longer is cut where it is written.</summary>
    public const int TextLength = 4096;

    /// <summary>How many messages one batch may have.</summary>
    public const int BatchedMessages = 1 << 20;
}
