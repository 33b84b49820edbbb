namespace StreamActors.Logs.Tests;

/// <summary>
/// An owner that is held up while it opens the directory, merges, checkpoints or removes, and goes on when others have it: nothing that they
/// need is gone, and nothing of what it writes late disturbs them.
/// </summary>
public sealed class LateOwnerTests
{
    private const int Steps = 40;

    private static readonly IncarnationId Merged = new(1), Other = new(2);

    public static TheoryData<int> OpeningSeeds => Seeds.From(2000, 12);

    /// <summary>It is held up before any call of its opening, also such as change nothing.</summary>
    [Theory]
    [MemberData(nameof(OpeningSeeds))]
    public void Owner_HeldUpWhileItOpens_DisturbsNobody(int seed)
    {
        for (var call = 1 + (seed % 5); ; call += 5)
        {
            var world = new SharedWorld((seed * 1000) + call) { HoldsUpLooks = true };
            var former = world.TakeOver();
            world.Work(former, Steps);
            if (world.Random.Next(2) == 0)
                End(world, former);
            SharedWorld.Owner? next = null;
            var late = world.OpenHeldUp(call, () =>
            {
                next = world.TakeOver();
                world.Work(next, Steps);
                if (world.Random.Next(2) == 0)
                    Assert.Null(next.Log.RunCheckpoint());
            });
            if (next is null)
                break;
            if (late.IsOpen)
            {
                world.Work(late, Steps / 4);
                late.Log.Close();
            }
            world.Work(next, Steps / 2);
            Assert.True(next.Sync());
            world.Check(next);
            if (world.Random.Next(2) == 0)
                End(world, next);
            var last = world.TakeOver();
            world.Work(last, Steps / 4);
            Assert.True(last.Sync());
            world.Check(last);
            last.Log.Dispose();
        }
    }

    /// <summary>
    /// The checkpoint of a former owner that has merged a partition comes when the next owner has opened the partition as it was before, and
    /// counts all the same: its journal was sealed beyond it.
    /// </summary>
    [Fact]
    public void Checkpoint_ComesWhenTheNextOwnerHasOpenedThePartition_FindsItsSegment()
    {
        var owners = new Owners(segments: 3, most: 2);
        LogDirectory? next = null;
        owners.MergeAndCheckpointHeldUp(() =>
        {
            next = owners.TakeOver();
            Assert.Equal(3, Count(next));
        });
        Assert.NotNull(next);
        next.Dispose();
        owners.AssertHas(3);
    }

    /// <summary>Seed 172 of the simulation: the next owner replays the journal and dies before its own checkpoint, and the one behind it finds the late one.</summary>
    [Fact]
    public void Checkpoint_ComesWhenTheNextOwnerHasDiedInItsRecovery_FindsItsSegment()
    {
        var owners = new Owners(segments: 1, most: 8);
        var late = owners.TakeOver();
        Assert.Null(late.Append(Merged, FaultTests.Lines("in a segment of its own")).Fault);
        owners.CheckpointHeldUp(late, () =>
        {
            owners.Disk.Fault = (call, path) =>
            {
                if (call is DiskCall.Create && path.EndsWith(AtomicFile.TemporarySuffix, StringComparison.Ordinal))
                    throw new LogIOException(LogError.Io, path);
            };
            Assert.Equal(LogError.Io, Assert.Throws<LogIOException>(owners.TakeOver).Error);
            owners.Disk.Fault = null;
        });
        owners.AssertHas(2);
    }

    /// <summary>An owner reads a state, is held up, and goes on when a late one of a former owner has become the newest and others have found that.</summary>
    [Fact]
    public void Partition_OpenedByAnOwnerThatIsHeldUp_KeepsTheStateThatOthersHaveFound()
    {
        var owners = new Owners(segments: 3, most: 2);
        var (hasRead, isHeld) = (false, false);
        owners.MergeAndCheckpointHeldUp(() =>
        {
            using var held = owners.TakeOver();
            owners.Disk.Opened = path => hasRead |= path.StartsWith($"{Folder}/", StringComparison.Ordinal);
            owners.Disk.Looking = path =>
            {
                if (!hasRead || isHeld || path != Folder)
                    return;
                isHeld = true;
                // The first one goes on.
                var late = Assert.Single(owners.Disk.Files, file => file.StartsWith($"{Folder}/{PartitionState.Name}-", StringComparison.Ordinal) &&
                    file.EndsWith(AtomicFile.TemporarySuffix, StringComparison.Ordinal));
                owners.Disk.Rename(late, late[..^AtomicFile.TemporarySuffix.Length]);
                using var third = owners.TakeOver();
                Assert.Equal(3, Count(third));
            };
            Assert.Equal(3, Count(held));
            Assert.Equal(LogError.Unconfirmed, held.RunCheckpoint()?.Error);
        });
        Assert.True(isHeld);
        owners.AssertHas(3);
    }

    /// <summary>What an owner finds damaged in its recovery, because the next one has replaced it meanwhile, is not damaged for others.</summary>
    [Fact]
    public void Recovery_OfAnOwnerThatIsHeldUp_DamagesNothing()
    {
        var owners = new Owners(segments: 1, most: 8);
        using var former = owners.TakeOver();
        Assert.Null(former.Append(Merged, FaultTests.Lines("in the journal")).Fault);
        Assert.Null(former.Sync());
        LogDirectory? next = null;
        owners.Disk.Looking = path =>
        {
            if (path != Folder)
                return;
            owners.Disk.Looking = null;
            owners.Meanwhile(() =>
            {
                next = owners.TakeOver();
                Assert.Equal(2, Count(next));
                Assert.True(next.Passivate(Merged));
            });
        };
        using var late = owners.TakeOver();
        Assert.NotNull(next);
        Assert.Contains(late.Findings, finding => finding.Kind == FindingKind.Corrupt);
        Assert.Equal(2, Count(next));
        next.Dispose();
        owners.AssertHas(2);
    }

    /// <summary>It is held up when it may remove what its checkpoint has replaced; a later owner has replaced that checkpoint, too, when it goes on.</summary>
    [Fact]
    public void Removal_ByAnOwnerThatIsHeldUp_LeavesWhatLaterOnesHave()
    {
        var owners = new Owners(segments: 2, most: 8);
        var late = owners.TakeOver();
        Assert.Null(late.Append(Merged, FaultTests.Lines("late")).Fault);
        LogDirectory? next = null;
        owners.Disk.Looking = path =>
        {
            if (path != Workload.Root)
                return;
            owners.Disk.Looking = null;
            owners.Meanwhile(() =>
            {
                next = owners.TakeOver();
                Assert.Null(next.Append(Merged, FaultTests.Lines("next")).Fault);
                Assert.Null(next.RunCheckpoint());
            });
        };
        Assert.Null(late.RunCheckpoint());
        late.Dispose();
        Assert.NotNull(next);
        Assert.Equal(4, Count(next));
        next.Dispose();
        owners.AssertHas(4);
    }

    /// <summary>
    /// Seed 13460 of the simulation: a try to open fails when its checkpoint is there, and so do others of the same epoch, which is then over.
    /// </summary>
    [Theory]
    [InlineData(DiskCall.SyncDirectory)]
    [InlineData(DiskCall.Delete)]
    public void Recovery_FailsBehindItsCheckpoint_LeavesWhatThatTellsOf(DiskCall failing)
    {
        var owners = new Owners(segments: 1, most: 8);
        using (var former = owners.TakeOver())
        {
            Assert.Null(former.Create(new IncarnationId(3), Framing.Lines));
            Assert.Null(former.Append(new IncarnationId(3), FaultTests.Lines("new")).Fault);
            Assert.Null(former.Append(Merged, FaultTests.Lines("in the journal")).Fault);
            Assert.Null(former.Sync());
        }
        var isWritten = false;
        owners.Disk.Fault = (call, path) =>
        {
            isWritten |= call is DiskCall.Rename && path.StartsWith($"{Workload.Root}/{SharedCheckpoint.Name}-", StringComparison.Ordinal);
            // What is there may be asked for, and no more.
            if (isWritten && (call == failing || call is DiskCall.Create))
                throw new LogIOException(LogError.Io, path);
        };
        var tries = 1;
        try
        {
            owners.TakeOver().Dispose();
        }
        catch (LogIOException)
        {
            for (; tries < 4; tries++)
                Assert.Throws<LogIOException>(owners.OpenAgain);
        }
        Assert.True(isWritten);
        Assert.Equal(failing is DiskCall.SyncDirectory ? 4 : 1, tries);
        owners.Disk.Fault = null;
        using var last = owners.TakeOver();
        Assert.Equal(2, Count(last));
        using var reader = last.OpenReader(new IncarnationId(3)).Value;
        Assert.Null(reader.Verify());
        Assert.Equal(1, reader.Now.Count);
    }

    private static string Folder => $"{Workload.Root}/{PartitionFolder.Name}/{Merged}";

    private static long Count(LogDirectory log)
    {
        using var reader = log.OpenReader(Merged).Value;
        Assert.Null(reader.Verify());
        return reader.Now.Count;
    }

    private static void End(SharedWorld world, SharedWorld.Owner owner)
    {
        Assert.True(owner.Sync());
        Assert.Null(owner.Log.Close());
        world.Seal(owner.Epoch, owner.Log.SealedEnd);
    }

    /// <summary>Owners of one directory, one after the other. Whoever comes has the right to it, and the one before has not any more.</summary>
    private sealed class Owners
    {
        private readonly List<SealedJournal> _journals = [];
        private readonly int _most;
        private LogIOException? _failure;
        private long _last;

        /// <summary>Begins where several owners have written to one partition, each a message, and given the directory back.</summary>
        /// <param name="segments">How many.</param>
        /// <param name="most">How many segments are left alone.</param>
        public Owners(int segments, int most)
        {
            _most = most;
            for (var epoch = 1; epoch <= segments; epoch++)
            {
                var log = TakeOver();
                if (epoch == 1)
                {
                    Assert.Null(log.Create(Merged, Framing.Lines));
                    Assert.Null(log.Create(Other, Framing.Lines));
                }
                Assert.Null(log.Append(Merged, FaultTests.Lines($"{epoch}")).Fault);
                Assert.Null(log.Close());
            }
        }

        public SimulatedDisk Disk { get; } = new(1);

        /// <summary>What the last one has left is measured, and the next one opens the directory.</summary>
        public LogDirectory TakeOver()
        {
            if (_last > 0 && SealedJournals.Measure(Disk, Workload.Root, _last) is > 0 and var end)
                _journals.Add(new SealedJournal(_last, end));
            _last++;
            return OpenAgain();
        }

        /// <summary>Opens it in the same epoch.</summary>
        public LogDirectory OpenAgain()
        {
            var epoch = _last;
            var options = Workload.Options with
            {
                ReserveBytes = 0,
                MaxSegments = _most,
                Shared = new SharedLog
                {
                    Epoch = epoch,
                    Journals = [.. _journals],
                    MayAnswer = () => _last == epoch,
                    Checkpointed = upTo =>
                    {
                        if (_last == epoch)
                            _journals.RemoveAll(journal => journal.Epoch <= upTo);
                    },
                },
            };
            var log = LogDirectory.Open(Disk, Workload.Root, options, new TestClock()).Value;
            log.DropFormer();
            return log;
        }

        /// <summary>An owner merges a partition and writes to another, and its checkpoint is held up before the merged one's state has its name.</summary>
        public void MergeAndCheckpointHeldUp(Action held)
        {
            var late = TakeOver();
            Assert.Equal(_last - 1, Count(late));
            Assert.Null(late.Append(Other, FaultTests.Lines("other")).Fault);
            CheckpointHeldUp(late, held);
        }

        public void CheckpointHeldUp(LogDirectory late, Action held)
        {
            var isHeld = false;
            Disk.Fault = (call, path) =>
            {
                if (isHeld || call is not DiskCall.Rename || !path.StartsWith($"{Folder}/{PartitionState.Name}-", StringComparison.Ordinal))
                    return;
                isHeld = true;
                Meanwhile(held);
            };
            Assert.NotNull(late.RunCheckpoint());
            Assert.True(isHeld);
            late.Dispose();
        }

        /// <summary>Does something while an owner is held up, to whom a failure of it must not look like one of the disk.</summary>
        public void Meanwhile(Action held)
        {
            try
            {
                held();
            }
            catch (LogIOException e)
            {
                _failure ??= e;
            }
        }

        /// <summary>Whoever comes next has all messages, and nothing has failed meanwhile.</summary>
        public void AssertHas(int messages)
        {
            Assert.Null(_failure);
            using var last = TakeOver();
            Assert.Equal(messages, Count(last));
        }
    }
}
