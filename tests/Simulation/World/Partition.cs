namespace StreamActors.Simulation.Tests;

/// <summary>What clients ask of a partition, and what they get.</summary>
public abstract record Request
{
    /// <summary>Appends; what may not be repeated must not come twice.</summary>
    public sealed record Append(Entry Entry, bool MayRepeat = true) : Request;

    /// <summary>The messages from an offset on; waits where there is none.</summary>
    public sealed record Read(long Offset) : Request;

    public sealed record Size : Request;
}

public abstract record Answer
{
    public sealed record Appended(long Offset) : Answer;

    public sealed record Messages(IReadOnlyList<Entry> Entries, long Size) : Answer;

    public sealed record SizeIs(long Size) : Answer;
}

/// <summary>
/// One shard's partition while a host has it: a replicated log in small. It follows the rule of acknowledgement: what was
/// written is announced once it is synced and the lease then still holds.
/// </summary>
public sealed class Partition(int shard, long epoch, Partition.IWorld world)
{
    private const int MaxMessages = 8;

    private readonly List<Entry> _log = [];
    private readonly Dictionary<(string Writer, long Sequence), long> _offsets = [];
    private readonly Dictionary<string, long> _lastSequence = [];

    // Requests that wait, by who asks, so that one that is sent again takes the place of itself.
    private readonly SortedDictionary<(int Host, long Id), Request> _waiting = [];
    private long _recovered;
    private long _durable;
    private long _announced;
    private int _writes;
    private Action<long>? _closed;

    /// <summary>What the host does for it.</summary>
    public interface IWorld
    {
        Mutation Mutation { get; }

        bool MayAnswer(int shard, long epoch);

        /// <summary>Writes and syncs.</summary>
        void Write(int shard, long epoch, Entry entry, Action done);

        void Reply((int Host, long Id) asker, Answer answer);
    }

    public int Shard => shard;

    public long Epoch => epoch;

    public bool IsAbandoned { get; private set; }

    public bool TakesMessages => _closed is null && !IsAbandoned;

    public void Recover(IEnumerable<Entry> entries)
    {
        foreach (var entry in entries) Add(entry);
        _recovered = _durable = _log.Count;
        Announce();
    }

    public void Handle((int Host, long Id) asker, Request request)
    {
        if (request is Request.Append append) Append(append);
        _waiting[asker] = request;
        Announce();
    }

    public void Withdraw((int Host, long Id) asker) => _waiting.Remove(asker);

    public void Abandon() => IsAbandoned = true;

    public void Close(Action<long> closed)
    {
        _closed = closed;
        CloseWhenDone();
    }

    /// <summary>Tells what may be told.</summary>
    public void Announce()
    {
        if (world.Mutation != Mutation.AnswerWithoutLease && (IsAbandoned || !world.MayAnswer(shard, epoch))) return;
        _announced = _durable;
        foreach (var (asker, request) in _waiting.ToArray())
        {
            if (AnswerTo(request) is not { } answer) continue;
            _waiting.Remove(asker);
            world.Reply(asker, answer);
        }
    }

    private Answer? AnswerTo(Request request) => request switch
    {
        Request.Append append when _offsets.TryGetValue((append.Entry.Writer, append.Entry.Sequence), out var offset) && offset < _announced =>
            new Answer.Appended(offset),
        Request.Read read when read.Offset < _announced =>
            new Answer.Messages([.. _log.Take((int)_announced).Skip((int)read.Offset).Take(MaxMessages)], _announced),
        Request.Size => new Answer.SizeIs(_announced),
        _ => null,
    };

    private void Append(Request.Append append)
    {
        var entry = append.Entry;
        if (!append.MayRepeat && entry.Sequence <= _lastSequence.GetValueOrDefault(entry.Writer))
            throw new InvariantException($"shard {shard}: {entry} comes twice, though it may not");
        if (world.Mutation != Mutation.ForgetSequences && entry.Sequence != _lastSequence.GetValueOrDefault(entry.Writer) + 1) return;
        Add(entry);
        _writes++;
        var end = _log.Count;
        if (world.Mutation == Mutation.AnswerBeforeSync) _durable = end;
        world.Write(shard, epoch, entry, () =>
        {
            _writes--;
            _durable = Math.Max(_durable, end);
            Announce();
            CloseWhenDone();
        });
    }

    private void Add(Entry entry)
    {
        _offsets[(entry.Writer, entry.Sequence)] = _log.Count;
        _lastSequence[entry.Writer] = entry.Sequence;
        _log.Add(entry);
    }

    private void CloseWhenDone()
    {
        if (_writes > 0 || _closed is not { } closed) return;
        closed(_log.Skip((int)_recovered).Sum(entry => entry.Length));
    }
}

/// <summary>A bug that is planted, to see that the simulation finds it.</summary>
public enum Mutation
{
    None,

    /// <summary>An owner answers without asking whether its lease still holds.</summary>
    AnswerWithoutLease,

    /// <summary>A new owner does not wait for the end of the old lease.</summary>
    DontWaitForLease,

    /// <summary>Messages are acknowledged before they are synced.</summary>
    AnswerBeforeSync,

    /// <summary>A new owner reads old journals beyond their sealed lengths.</summary>
    ReadBeyondSeal,

    /// <summary>A message that is sent twice is stored twice.</summary>
    ForgetSequences,
}
