namespace StreamActors.Logs.Tests;

/// <summary>
/// A log directory that hosts share, and what its owners were told. One owner may be held up before any call that changes the
/// disk; another then takes the directory over, and the first goes on to write when it has no right to any more.
/// </summary>
internal sealed class SharedWorld
{
    public const string Root = "/log";

    private const int MaxSteps = 60;

    private readonly TestClock _clock = new();
    private readonly SortedDictionary<ulong, Truth> _truth = [];
    private ulong _nextId = 1;
    private int _nextMessage;
    private Owner? _current;

    public SharedWorld(int seed)
    {
        (Disk, Random) = (new SimulatedDisk(seed) { CanSyncFileSystem = seed % 2 == 0 }, new Random(seed));
        MaxSegments = (seed % 3) switch { 0 => 1, 1 => 3, _ => 8 };
        Disk.Fault = (_, _) => _current?.BeforeCall();
        Disk.Looking = _ =>
        {
            if (HoldsUpLooks)
                _current?.BeforeCall();
        };
    }

    public SimulatedDisk Disk { get; }

    public Random Random { get; }

    /// <summary>What the cluster knows of former journals.</summary>
    public List<SealedJournal> Journals { get; } = [];

    public long LastEpoch { get; private set; }

    /// <summary>From which epoch on the cluster knows of all.</summary>
    public long Since { get; private set; } = long.MaxValue;

    /// <summary>How many segments are left alone: in every third world all are merged.</summary>
    public int MaxSegments { get; init; }

    /// <summary>Whether owners may also be held up before they look for names, and not only before they change something.</summary>
    public bool HoldsUpLooks { get; init; }

    public int TakeOvers { get; private set; }

    /// <summary>Takes the directory over from its last owner, which has no right to it any more, and checks what is there.</summary>
    public Owner TakeOver()
    {
        if (LastEpoch > 0)
            Seal(LastEpoch, SealedJournals.Measure(Disk, Root, LastEpoch));
        return Open();
    }

    public void Seal(long epoch, long end)
    {
        Journals.RemoveAll(journal => journal.Epoch == epoch);
        if (end > 0)
            Journals.Add(new SealedJournal(epoch, end));
    }

    public Owner Open()
    {
        var owner = NewOwner();
        var outer = _current;
        _current = owner;
        try
        {
            owner.Open();
            TakeOvers++;
            Check(owner);
        }
        finally
        {
            _current = outer;
        }
        return owner;
    }

    /// <summary>Takes the directory over, where the new owner is held up before a call while it opens it, and has no right to it any more then.</summary>
    /// <param name="call">Which call.</param>
    /// <param name="held">What happens meanwhile; not called where there are fewer calls.</param>
    /// <returns>The owner, which could open it or not.</returns>
    public Owner OpenHeldUp(long call, Action held)
    {
        Seal(LastEpoch, SealedJournals.Measure(Disk, Root, LastEpoch));
        var owner = NewOwner();
        owner.HeldUp = (call, () =>
        {
            owner.HasRight = false;
            held();
        }
        );
        var outer = _current;
        _current = owner;
        try
        {
            owner.Open();
        }
        catch (LogIOException) when (!owner.HasRight)
        {
            // Others have removed what it looked for.
        }
        finally
        {
            _current = outer;
        }
        return owner;
    }

    /// <summary>The cluster's record was deleted by hand.</summary>
    public void Forget()
    {
        Journals.Clear();
        Since = LastEpoch + 1;
    }

    /// <summary>All hosts begin anew.</summary>
    public void Restart(bool powerLoss)
    {
        Disk.Restart(powerLoss);
        Disk.Fault = (_, _) => _current?.BeforeCall();
        _current = null;
    }

    /// <summary>Lets an owner do what chance says.</summary>
    public void Work(Owner owner, int steps)
    {
        var outer = _current;
        _current = owner;
        try
        {
            for (var step = 0; step < Math.Min(steps, MaxSteps); step++)
                owner.Step();
        }
        finally
        {
            _current = outer;
        }
    }

    /// <summary>What anyone was told before is what this owner has; what it has from now on is what others are told.</summary>
    public void Check(Owner owner)
    {
        foreach (var (id, truth) in _truth)
        {
            var opened = owner.Log.OpenReader(new IncarnationId(id));
            if (truth.IsDeleted || opened.Fault is { Error: LogError.NotFound })
            {
                Assert.True(!opened.Succeeded && (truth.IsDeleted || truth.MayBeDeleted || !truth.IsSure), $"partition {id}: {opened.Fault}");
                truth.IsDeleted = true;
                continue;
            }
            using var reader = opened.Value;
            Assert.Null(reader.Verify());
            Assert.True(reader.Now.Begin.Ordinal >= truth.Begin, $"partition {id} begins at {reader.Now.Begin.Ordinal}, and was told to at {truth.Begin}");
            Assert.True(reader.Now.End.Ordinal >= truth.Messages.Count, $"partition {id} has {reader.Now.End.Ordinal} of {truth.Messages.Count} messages");
            for (var ordinal = reader.Now.Begin.Ordinal; ordinal < reader.Now.End.Ordinal; ordinal++)
            {
                var text = System.Text.Encoding.UTF8.GetString(reader.Message(ordinal).Value.Value!.Value.Span);
                if (ordinal < truth.Messages.Count)
                    Assert.Equal(truth.Messages[(int)ordinal], text);
                else
                    truth.Add(ordinal, text);
            }
            var cursor = owner.Log.Cursors(new IncarnationId(id)).Value.SingleOrDefault().Value;
            Assert.True(cursor >= truth.Cursor, $"the cursor of partition {id} is at {cursor}, and was at {truth.Cursor}");
            (truth.Begin, truth.Cursor, truth.IsSure) = (reader.Now.Begin.Ordinal, cursor, true);
        }
    }

    private Owner NewOwner()
    {
        // As large as revisions of etcd may be.
        var isFirst = LastEpoch == 0;
        var owner = new Owner(this, LastEpoch += 1 + Random.NextInt64(1L << 34));
        if (isFirst)
            Since = owner.Epoch;
        return owner;
    }

    /// <summary>What is known of a partition.</summary>
    private sealed class Truth
    {
        public List<string> Messages { get; } = [];

        public long Begin { get; set; }

        public long Cursor { get; set; }

        public bool IsDeleted { get; set; }

        /// <summary>Whether an owner was told to delete it, and held up or killed before it could say that it has.</summary>
        public bool MayBeDeleted { get; set; }

        /// <summary>Whether its creation is sure.</summary>
        public bool IsSure { get; set; }

        /// <summary>Adds a message, behind such as retention has removed before anyone saw them.</summary>
        public void Add(long ordinal, string text)
        {
            while (Messages.Count < ordinal)
                Messages.Add("");
            Messages.Add(text);
        }
    }

    /// <summary>A host that has the directory in an epoch.</summary>
    internal sealed class Owner(SharedWorld world, long epoch)
    {
        private readonly List<Action> _unsure = [];
        private readonly SortedDictionary<ulong, List<string>> _written = [];
        private long _calls;

        public long Epoch => epoch;

        public bool HasRight { get; set; } = true;

        public LogDirectory Log { get; private set; } = null!;

        /// <summary>Whether it could open the directory.</summary>
        public bool IsOpen => Log is not null;

        /// <summary>Before which of its calls it is held up, and what happens then.</summary>
        public (long Call, Action Do)? HeldUp { get; set; }

        public long Calls => _calls;

        public void Open()
        {
            var options = Workload.Options with
            {
                ReserveBytes = 0,
                MaxActive = 2,
                MaxSegments = world.MaxSegments,
                Shared = new SharedLog
                {
                    Epoch = epoch,
                    Since = world.Since,
                    Journals = [.. world.Journals],
                    MayAnswer = () => HasRight,
                    Checkpointed = upTo =>
                    {
                        // Refused to those who no longer have it.
                        if (world.LastEpoch == epoch)
                            world.Journals.RemoveAll(journal => journal.Epoch <= upTo);
                    },
                },
            };
            Log = LogDirectory.Open(world.Disk, Root, options, world._clock).Value;
            Log.DropFormer();
            foreach (var id in Log.List().Value)
                if (HasRight)
                    _written[id.Value] = [.. MessagesOf(id)];
        }

        public void BeforeCall()
        {
            if (++_calls != HeldUp?.Call)
                return;
            var held = HeldUp.Value.Do;
            var outer = world._current;
            world._current = null;
            held();
            world._current = outer;
        }

        public void Step()
        {
            var ids = _written.Keys.ToArray();
            var id = ids.Length == 0 ? 0 : ids[world.Random.Next(ids.Length)];
            switch (world.Random.Next(16))
            {
                case 0 or 1 when ids.Length < 5:
                    Create(world._nextId++);
                    break;
                case <= 6 when id > 0:
                    Append(id);
                    break;
                case 7 or 8 or 9:
                    Sync();
                    break;
                case 10 when id > 0:
                    SetCursor(id);
                    break;
                case 11 when id > 0:
                    Retain(id);
                    break;
                case 12 when id > 0 && world.Random.Next(4) == 0:
                    Delete(id);
                    break;
                case 13:
                    Sure(Log.RunCheckpoint());
                    break;
                case 14 when id > 0:
                    Log.Passivate(new IncarnationId(id));
                    break;
                case 15 when id > 0:
                    Look(id);
                    break;
            }
        }

        public bool Sync()
        {
            var fault = Log.Sync();
            Assert.Equal(HasRight, fault is null);
            if (fault is not null)
                return false;
            foreach (var tell in _unsure)
                tell();
            _unsure.Clear();
            return true;
        }

        private void Create(ulong id)
        {
            // Where it dies within the call the partition may be there.
            var truth = world._truth[id] = new Truth();
            if (!Sure(Log.Create(new IncarnationId(id), Framing.Lines)))
                return;
            _written[id] = [];
            _unsure.Add(() => truth.IsSure = true);
        }

        private void Append(ulong id)
        {
            var batch = new Batch();
            var texts = Enumerable.Range(0, world.Random.Next(1, 4)).Select(_ => $"{epoch:x} {world._nextMessage++} {new string('x', world.Random.Next(300))}").ToArray();
            foreach (var text in texts)
                Assert.Null(batch.Add(System.Text.Encoding.UTF8.GetBytes(text), 1000));
            var result = Log.Append(new IncarnationId(id), batch);
            if (!Sure(result.Fault))
                return;
            _written[id].AddRange(texts);
            var (truth, known) = (world._truth[id], _written[id].ToArray());
            _unsure.Add(() => truth.Messages.AddRange(known.Skip(truth.Messages.Count)));
        }

        private void SetCursor(ulong id)
        {
            var offset = _written[id].Count;
            if (!Sure(Log.SetCursor(new IncarnationId(id), "c", offset)))
                return;
            var truth = world._truth[id];
            _unsure.Add(() => truth.Cursor = Math.Max(truth.Cursor, offset));
        }

        private void Retain(ulong id)
        {
            var keep = world.Random.Next(_written[id].Count + 1);
            if (Sure(Log.RemoveBefore(new IncarnationId(id), keep)))
                world._truth[id].Begin = Math.Max(world._truth[id].Begin, keep);
        }

        private void Delete(ulong id)
        {
            world._truth[id].MayBeDeleted |= HasRight;
            var fault = Log.Delete(new IncarnationId(id));
            Sure(fault);
            _written.Remove(id);
            _unsure.Add(() => { });
            if (fault is null)
                world._truth[id].IsDeleted = true;
        }

        /// <summary>What a reader is shown is sure, whether the right holds or not.</summary>
        private void Look(ulong id)
        {
            var opened = Log.OpenReader(new IncarnationId(id));
            var truth = world._truth[id];
            if (truth.IsDeleted || !Sure(opened.Fault))
                return;
            using var reader = opened.Value;
            for (var ordinal = Math.Max(reader.Now.Begin.Ordinal, truth.Begin); ordinal < reader.Now.End.Ordinal; ordinal++)
            {
                var message = reader.Message(ordinal);
                // Others remove the head of what this owner has no right to any more.
                if (!Sure(message.Fault))
                    return;
                var text = System.Text.Encoding.UTF8.GetString(message.Value.Value!.Value.Span);
                if (ordinal < truth.Messages.Count)
                    Assert.Equal(truth.Messages[(int)ordinal], text);
                else if (HasRight)
                    truth.Add(ordinal, text);
                else
                    Assert.Fail($"partition {id} shows message {ordinal}, which nobody else has");
            }
        }

        /// <summary>Whether something was done; without the right anything may be refused, since others remove files.</summary>
        private bool Sure(LogFault? fault)
        {
            Assert.True(fault is null || !HasRight, $"{fault}");
            return fault is null;
        }

        private IEnumerable<string> MessagesOf(IncarnationId id)
        {
            using var reader = Log.OpenReader(id).Value;
            for (long ordinal = 0; ordinal < reader.Now.End.Ordinal; ordinal++)
                yield return ordinal < reader.Now.Begin.Ordinal ? "" : System.Text.Encoding.UTF8.GetString(reader.Message(ordinal).Value.Value!.Value.Span);
        }
    }
}
