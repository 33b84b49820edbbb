namespace StreamActors.Simulation.Tests;

/// <summary>What hosts send to each other.</summary>
internal abstract record Message
{
    /// <summary>An ask, for one incarnation of a member.</summary>
    public sealed record Ask(int From, long Id, int Shard, Request Request, string To, int Incarnation) : Message;

    public sealed record Withdraw(int From, long Id, int Shard) : Message;

    public sealed record Answered(long Id, int Incarnation, Answer Answer) : Message;

    public sealed record NotOwner(long Id, int Incarnation) : Message;

    /// <summary>An ask did not reach a member: it is not connected.</summary>
    public sealed record NotSent(long Id, int Incarnation) : Message;

    /// <summary>A member has given up all shards, and is about to go.</summary>
    public sealed record Farewell(int From, string Member, string To) : Message;

    public sealed record FarewellHeard(string Member, string To) : Message;
}
