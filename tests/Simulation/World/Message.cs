namespace StreamActors.Simulation.Tests;

/// <summary>What hosts send to each other.</summary>
internal abstract record Message
{
    /// <summary>An ask, for one incarnation of a member.</summary>
    public sealed record Ask(int From, long Id, int Shard, Request Request, string To, int Incarnation) : Message;

    public sealed record Withdraw(int From, long Id, int Shard) : Message;

    public sealed record Answered(long Id, int Incarnation, Answer Answer) : Message;

    public sealed record NotOwner(long Id, int Incarnation) : Message;
}
