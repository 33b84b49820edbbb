using StreamActors.Cluster;

namespace StreamActors.Simulation.Tests;

/// <summary>A program on a host, which does one thing after another. It ends with its host.</summary>
internal abstract class Client(World world, Host host, int shard)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PatienceInPeace = TimeSpan.FromSeconds(2);

    protected World World => world;

    protected Host Host => host;

    protected int Shard => shard;

    public abstract void Next();

    public abstract void Answered(Answer answer, long seenBefore);

    /// <summary>Whether what is asked is answered at once, where nothing is broken.</summary>
    protected virtual bool IsAnsweredAtOnce => true;

    /// <summary>The ask has ended without an answer: it is done again.</summary>
    public void Failed(AskFault fault)
    {
        if ((world.IsEnding || world.IsPeaceful) && IsAnsweredAtOnce)
            throw new StuckException($"an ask of {host.Name} for shard {shard} ended with {fault} though nothing is broken any more");
        world.Log($"an ask of {host.Name} for shard {shard} ended: {fault}");
        Next();
    }

    protected void Ask(Request request) => host.Ask(
        this, shard, request, world.IsPeaceful ? PatienceInPeace : Patience, mayRepeat: request is not Request.Append { MayRepeat: false });

    protected void After(TimeSpan most, Action then)
    {
        // In a step of the host, so that it ends with it.
        world.After(world.Delay(most), () => host.Run(then));
    }
}

/// <summary>Appends messages, one after another, each until it is acknowledged.</summary>
/// <param name="mayRepeat">Whether a message may come twice: the partition knows it again. Else every ask must succeed.</param>
internal sealed class Writer(World world, Host host, int shard, string name, bool mayRepeat) : Client(world, host, shard)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);

    private long _sequence = 1;

    public override void Next()
    {
        if (!World.IsEnding) Ask(new Request.Append(Message, mayRepeat));
    }

    public override void Answered(Answer answer, long seenBefore)
    {
        var offset = ((Answer.Appended)answer).Offset;
        World.Log($"{name} is told that {_sequence} stands at {offset} of shard {Shard}");
        World.Checker.Appended(Shard, Message, offset);
        _sequence++;
        After(Pause, Next);
    }

    private Entry Message => new(name, _sequence, $"{name}-{_sequence}");
}

/// <summary>Reads a partition from its beginning, and goes on as it grows.</summary>
internal sealed class Reader(World world, Host host, int shard) : Client(world, host, shard)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private long _offset;
    private bool _asksSize;

    protected override bool IsAnsweredAtOnce => _asksSize;

    public override void Next()
    {
        if (World.IsEnding) return;
        _asksSize = World.Chance(200);
        Ask(_asksSize ? new Request.Size() : new Request.Read(_offset));
    }

    public override void Answered(Answer answer, long seenBefore)
    {
        switch (answer)
        {
            case Answer.SizeIs size:
                World.Checker.SizeIs(Shard, size.Size, seenBefore);
                break;
            case Answer.Messages messages:
                World.Checker.Read(Shard, _offset, messages.Entries, messages.Size, seenBefore);
                _offset += messages.Entries.Count;
                World.Log($"a reader of {Host.Name} is at {_offset} of shard {Shard}");
                break;
        }
        After(Pause, Next);
    }
}

/// <summary>Reads a partition to its end, once all faults are over.</summary>
internal sealed class LastReader(World world, Host host, int shard) : Client(world, host, shard)
{
    private readonly List<Entry> _all = [];
    private long _size = -1;

    public IReadOnlyList<Entry>? All => _size >= 0 && _all.Count >= _size ? _all : null;

    public override void Next() => Ask(_size < 0 ? new Request.Size() : new Request.Read(_all.Count));

    public override void Answered(Answer answer, long seenBefore)
    {
        if (answer is Answer.SizeIs size)
        {
            World.Checker.SizeIs(Shard, size.Size, seenBefore);
            _size = size.Size;
        }
        else if (answer is Answer.Messages messages)
        {
            _all.AddRange(messages.Entries);
        }
        if (All is null) Next();
    }
}
