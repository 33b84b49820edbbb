namespace StreamActors.Streams;

/// <summary>Tells an entity that its shard is given up: it gives back what waits, ends what it has begun, and stops.</summary>
internal sealed class HandOver
{
    private HandOver()
    {
    }

    /// <summary>The only one.</summary>
    public static HandOver Instance { get; } = new();
}
