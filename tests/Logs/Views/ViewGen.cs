using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace StreamActors.Logs.Tests;

/// <summary>Something that happens to partitions and the views of them; what the numbers mean depends on what there is then.</summary>
internal sealed record ViewStep(ViewStepKind Kind, int Partition, int Number, int Size, LogMessage[] Messages, int[] Gaps)
{
    public override string ToString() => $"{Kind} partition {Partition} number {Number} size {Size} messages {Messages.Length}";
}

internal enum ViewStepKind
{
    Append,
    Roll,
    Retain,
    Open,
    Read,
}

/// <summary>Random messages, framings and steps.</summary>
internal static class ViewGen
{
    public static readonly Framing[] Framings =
    [
        Framing.Lines, new([], false, [], []), new([], true, [], []), new("<"u8, true, ">"u8, "\r\n"u8), new("("u8, false, ")"u8, []),
        new("a long start "u8, false, " and a long stop"u8, ", "u8),
    ];

    private static readonly Gen<ReadOnlyMemory<byte>?> Bytes = Gen.OneOf(
        Gen.Constant<ReadOnlyMemory<byte>?>(null),
        Gen.Constant<ReadOnlyMemory<byte>?>(ReadOnlyMemory<byte>.Empty),
        Gen.Elements("a\n", "\n\n", "q\"uo\\te\t\u0001", "grün", "𝄞", "<>()", new string('x', 300)).Select(Text),
        Gen.ArrayOf(Gen.Choose(0, 255).Select(b => (byte)b)).Select(bytes => (ReadOnlyMemory<byte>?)bytes),
        Gen.Choose(200, 900).Select(length => Text(new string('y', length))));

    private static readonly Gen<LogMessage> Message =
        from value in Bytes
        from time in Gen.Frequency((20, Gen.Choose(1, 40).Select(t => 1_795_000_000_000L + t)), (1, Gen.Elements(long.MinValue, long.MaxValue, 0L)))
        from key in Gen.Frequency((2, Gen.Constant<ReadOnlyMemory<byte>?>(null)), (1, Bytes))
        from headers in Gen.Frequency((3, Gen.Constant<MessageHeader[]?>(null)), (1, Bytes.Select(bytes => new MessageHeader("h\"ä", bytes)).ArrayOf(2).Select(h => (MessageHeader[]?)h)))
        select new LogMessage(value, time, MessageClock.Writer, key, headers);

    public static Arbitrary<(Framing Framing, ViewStep[] Steps)> Scenario(int partitions, params (int Weight, ViewStepKind Kind)[] kinds) =>
        (from framing in Gen.Elements(Framings)
         from steps in Step(partitions, kinds).ArrayOf()
         select (framing, steps)).ToArbitrary();

    private static Gen<ViewStep> Step(int partitions, (int Weight, ViewStepKind Kind)[] kinds) =>
        from kind in Gen.Frequency([.. kinds.Select(pair => (pair.Weight, Gen.Constant(pair.Kind)))])
        from partition in Gen.Choose(0, partitions - 1)
        from number in Gen.Choose(0, 1 << 20)
        from size in Gen.Frequency((3, Gen.Choose(1, 40)), (2, Gen.Choose(40, 2000)), (1, Gen.Choose(2000, 50_000)))
        from messages in Gen.ArrayOf(Message)
        from gaps in Gen.Frequency((9, Gen.Constant(0)), (1, Gen.Choose(1, 200))).ArrayOf(messages.Length)
        select new ViewStep(kind, partition, number, size, messages, gaps);

    private static ReadOnlyMemory<byte>? Text(string text) => Encoding.UTF8.GetBytes(text);

    public static void Check((ulong, ulong)? replay, Property property, Action<string> say, int runs)
    {
        var seed = replay ?? ((ulong)System.Random.Shared.NextInt64(), ((ulong)System.Random.Shared.NextInt64() << 1) | 1);
        say($"seed ({seed.Item1}, {seed.Item2})");
        var config = Config.QuickThrowOnFailure.WithMaxTest(runs * Seeds.Factor).WithStartSize(1).WithEndSize(40)
            .WithReplay(new FsCheck.Replay(new Rnd(seed.Item1, seed.Item2), null));
        FsCheck.Check.One(config, property);
    }
}
