namespace StreamActors.Logs.Tests;

/// <summary>A log directory that several hosts share, on a disk that all of them write to.</summary>
public sealed class SharedLogTests
{
    private const int Steps = 40;

    public static TheoryData<int> HeldUpSeeds => Seeds.From(1, 20);

    public static TheoryData<int> CrashSeeds => Seeds.From(1000, 30);

    /// <summary>The old owner writes on after its journal was sealed: nothing of that is ever seen, and nothing is lost.</summary>
    [Theory]
    [MemberData(nameof(HeldUpSeeds))]
    public void Owner_HeldUpBeforeACall_WritesWhereNobodyReads(int seed)
    {
        for (var call = 1; call < 400; call += 1 + (seed % 7))
        {
            var world = new SharedWorld((seed * 1000) + call);
            if (world.Random.Next(2) == 0)
                HandOverOnce(world);
            var first = world.TakeOver();
            SharedWorld.Owner? second = null;
            first.HeldUp = (first.Calls + call, () =>
            {
                first.HasRight = false;
                second = world.TakeOver();
                // The second one is held up, too, now and then: then there are three.
                if (world.Random.Next(2) == 0)
                    second.HeldUp = (second.Calls + world.Random.Next(1, 60), () =>
                    {
                        second.HasRight = false;
                        var third = world.TakeOver();
                        world.Work(third, Steps);
                        End(world, third);
                    }
                    );
                world.Work(second, Steps / 2);
            }
            );
            world.Work(first, Steps);
            if (second is null)
                break;
            world.Work(first, Steps / 4);
            first.Log.Close();
            if (second.HasRight)
            {
                second.HeldUp = null;
                world.Work(second, Steps / 2);
                world.Check(Confirmed(second));
                End(world, second);
            }
            else
            {
                second.Log.Close();
            }
            var last = world.Open();
            world.Work(last, Steps / 4);
            Assert.True(last.Sync());
            world.Check(last);
            last.Log.Dispose();
        }
    }

    /// <summary>Owners die within a call, and with power loss; what was acknowledged is there.</summary>
    [Theory]
    [MemberData(nameof(CrashSeeds))]
    public void Owner_DiesWithinACall_LosesNothingThatWasSure(int seed)
    {
        var world = new SharedWorld(seed);
        for (var life = 0; life < 12; life++)
        {
            try
            {
                world.Disk.KillAt = world.Disk.Calls + world.Random.Next(1, 150);
                world.Work(world.TakeOver(), Steps);
                continue;
            }
            catch (SimulatedCrashException)
            {
                world.Restart(powerLoss: world.Random.Next(2) == 0);
            }
        }
        world.Disk.KillAt = long.MaxValue;
        world.TakeOver().Log.Dispose();
        Assert.True(world.TakeOvers > 1);
    }

    [Fact]
    public void Open_DamageBelowTheSeal_IsCorruptionAndBeyondItIsNothing()
    {
        var world = new SharedWorld(3);
        var owner = world.TakeOver();
        Assert.Null(owner.Log.Create(new IncarnationId(1), Framing.Lines));
        for (var i = 0; i < 5; i++)
            Assert.Null(owner.Log.Append(new IncarnationId(1), FaultTests.Lines($"message {i}")).Fault);
        Assert.True(owner.Sync());
        owner.HasRight = false;
        var end = SealedJournals.Measure(world.Disk, SharedWorld.Root, owner.Epoch);
        Assert.Null(owner.Log.Append(new IncarnationId(1), FaultTests.Lines("late")).Fault);
        world.Seal(owner.Epoch, end);
        var path = Assert.Single(world.Disk.Files, file => file.EndsWith(".journal", StringComparison.Ordinal));

        world.Disk.Flip(path, ((JournalSegment.HeaderSize + end + 40) * 8) + 1);
        using (var next = world.Open().Log)
        using (var reader = next.OpenReader(new IncarnationId(1)).Value)
            Assert.Equal(5, reader.Now.Count);

        var damaged = new SharedWorld(3);
        var again = damaged.TakeOver();
        Assert.Null(again.Log.Create(new IncarnationId(1), Framing.Lines));
        Assert.Null(again.Log.Append(new IncarnationId(1), FaultTests.Lines("message")).Fault);
        Assert.True(again.Sync());
        damaged.Seal(again.Epoch, SealedJournals.Measure(damaged.Disk, SharedWorld.Root, again.Epoch));
        damaged.Disk.Flip(path.Replace($"{owner.Epoch:x8}", $"{again.Epoch:x8}", StringComparison.Ordinal), (JournalSegment.HeaderSize + 40) * 8);
        var refused = Assert.Throws<LogIOException>(damaged.Open);
        Assert.Equal(LogError.Corrupt, refused.Error);
    }

    [Fact]
    public void Open_ClusterForgotItsJournals_IsRefused()
    {
        var world = new SharedWorld(4);
        var owner = world.TakeOver();
        Assert.Null(owner.Log.Create(new IncarnationId(1), Framing.Lines));
        Assert.True(owner.Sync());
        owner.Log.Dispose();
        world.Forget();
        Assert.Equal(LogError.Corrupt, Assert.Throws<LogIOException>(world.Open).Error);
        // As in a cluster whose etcd was emptied, where epochs begin anew, and come to the same numbers.
        foreach (var epoch in (ReadOnlySpan<long>)[1, owner.Epoch, owner.Epoch + 1])
        {
            var anew = new SharedLog { Epoch = epoch, Since = epoch, MayAnswer = () => true };
            Assert.Equal(LogError.Corrupt, LogDirectory.Open(world.Disk, SharedWorld.Root, Workload.Options with { Shared = anew }, new TestClock()).Fault?.Error);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Open_NothingOfTheFirstJournalWasSafe_BeginsAnew(bool isHandedOver)
    {
        var (disk, isFailing, owner) = (new SimulatedDisk(1) { CanSyncFileSystem = false }, false, 1L);
        disk.Fault = (call, path) =>
        {
            if (isFailing && call is DiskCall.Sync)
                throw new LogIOException(LogError.Io, $"sync {path}");
        };
        var (id, journals) = (new IncarnationId(7), new List<SealedJournal>());
        var first = Open(1);
        if (isHandedOver)
        {
            isFailing = true;
            Assert.Null(first.Create(id, Framing.Lines));
            Assert.Equal(LogError.Io, first.Sync()?.Error);
            isFailing = false;
            journals.Add(new SealedJournal(1, first.SealedEnd));
            Assert.Equal([new SealedJournal(1, SealedJournal.Nothing)], journals);
        }
        else
        {
            // It is held up until its lease is over, and another host has looked for what it has written.
            Assert.Equal(0, SealedJournals.Measure(disk, SharedWorld.Root, 1));
            owner = 2;
            Assert.NotNull(first.Create(id, Framing.Lines));
        }

        owner = 2;
        var next = Open(2);
        Assert.Null(next.Create(id, Framing.Lines));
        Assert.Null(next.Append(id, FaultTests.Lines("safe")).Fault);
        Assert.Null(next.Sync());
        journals.Add(new SealedJournal(2, next.SealedEnd));
        next.Dispose();
        first.Dispose();

        owner = 3;
        var last = Open(3);
        using (var reader = last.OpenReader(id).Value)
            Assert.Equal(1, reader.Now.Count);
        last.Dispose();

        LogDirectory Open(long epoch) => LogDirectory.Open(
            disk, SharedWorld.Root, Workload.Options with { Shared = new SharedLog { Epoch = epoch, Journals = journals, MayAnswer = () => owner == epoch } },
            new TestClock()).Value;
    }

    /// <summary>What an owner of which the cluster knows writes late is nothing, also where nobody else has written anything.</summary>
    [Fact]
    public void Open_OnlyAFormerOwnerHasWrittenAndLate_IsNew()
    {
        var world = new SharedWorld(4);
        var late = world.TakeOver();
        End(world, world.TakeOver());
        // It had looked at its right before it lost it.
        Assert.Null(late.Log.Create(new IncarnationId(1), Framing.Lines));
        Assert.Null(late.Log.Append(new IncarnationId(1), FaultTests.Lines("late")).Fault);
        late.HasRight = false;
        late.Log.Sync();
        late.Log.Dispose();
        Assert.Empty(world.Journals);
        using var next = world.Open().Log;
        Assert.Empty(next.List().Value);
        Assert.Null(next.Create(new IncarnationId(1), Framing.Lines));
        Assert.Null(next.Append(new IncarnationId(1), FaultTests.Lines("first")).Fault);
        using var reader = next.OpenReader(new IncarnationId(1)).Value;
        Assert.Null(next.Sync());
        Assert.Equal(1, reader.Now.Count);
    }

    [Fact]
    public void Reader_BeforeTheSync_SeesNothingYet()
    {
        var world = new SharedWorld(5);
        var owner = world.TakeOver();
        Assert.Null(owner.Log.Create(new IncarnationId(1), Framing.Lines));
        using var reader = owner.Log.OpenReader(new IncarnationId(1)).Value;
        Assert.Null(owner.Log.Append(new IncarnationId(1), FaultTests.Lines("a")).Fault);
        Assert.Equal(0, reader.Length);
        owner.HasRight = false;
        Assert.Equal(LogError.Unconfirmed, owner.Log.Sync()?.Error);
        Assert.Equal(0, reader.Length);
        // It was not lost, only not sure for a while.
        owner.HasRight = true;
        Assert.Null(owner.Log.Sync());
        Assert.Equal(2, reader.Length);
    }

    [Fact]
    public void Open_HandedOverManyTimes_KeepsFewFilesAndAllMessages()
    {
        var world = new SharedWorld(6);
        for (var epoch = 0; epoch < Epochs.MaxFormer + 20; epoch++)
        {
            var owner = world.Open();
            if (epoch == 0)
                for (ulong id = 1; id <= 3; id++)
                    Assert.Null(owner.Log.Create(new IncarnationId(id), Framing.Lines));
            if (epoch % 10 == 0)
                Assert.Null(owner.Log.Append(new IncarnationId(1), FaultTests.Lines($"{epoch}")).Fault);
            Assert.Null(owner.Log.SetCursor(new IncarnationId(2), "c", 0));
            End(world, owner);
            Assert.InRange(world.Journals.Count, 1, 3);
        }
        using var last = world.Open().Log;
        using var reader = last.OpenReader(new IncarnationId(1)).Value;
        Assert.Equal((Epochs.MaxFormer + 20) / 10, reader.Now.Count);
        Assert.Null(reader.Verify());
        Assert.True(world.Disk.Files.Count < 80, string.Join('\n', world.Disk.Files));
    }

    /// <summary>A partition that is written in hundreds of epochs has a handful of segments, each byte of it was copied a few times, and nothing is left behind.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Open_WrittenInHundredsOfEpochs_HasFewSegmentsAndAllMessages(bool isHandedOver)
    {
        const int Count = 300;
        var world = new SharedWorld(7) { MaxSegments = 8 };
        var id = new IncarnationId(1);
        for (var epoch = 0; epoch < Count; epoch++)
        {
            // What died is measured as it is found, or sealed as it was left.
            var owner = isHandedOver ? world.Open() : world.TakeOver();
            if (epoch == 0)
                Assert.Null(owner.Log.Create(id, Framing.Lines));
            Assert.Null(owner.Log.Append(id, FaultTests.Lines($"{epoch} {new string('x', 1000)}")).Fault);
            if (epoch == Count / 2)
                Assert.Null(owner.Log.RemoveBefore(id, Count / 4));
            if (isHandedOver)
                End(world, owner);
            else
                Assert.True(owner.Sync());
        }
        var last = world.TakeOver().Log;
        using var reader = last.OpenReader(id).Value;
        Assert.Equal((Count / 4, Count), (reader.Now.Begin.Ordinal, reader.Now.End.Ordinal));
        Assert.Null(reader.Verify());
        for (long ordinal = Count / 4; ordinal < Count; ordinal++)
            Assert.StartsWith($"{ordinal} ", System.Text.Encoding.UTF8.GetString(reader.Message(ordinal).Value.Value!.Value.Span), StringComparison.Ordinal);
        Assert.InRange(reader.Now.Segments.Length, 1, 9);
        Assert.InRange(world.Disk.Files.Count(file => file.EndsWith(PartitionSegment.DataSuffix, StringComparison.Ordinal)), 1, 20);
        last.Dispose();
    }

    /// <summary>Whoever merges and dies before a checkpoint says so has changed nothing; a reader that is open meanwhile is not disturbed.</summary>
    [Fact]
    public void Merge_BeforeItsCheckpoint_LeavesAllThatALaterEpochNeeds()
    {
        var world = new SharedWorld(8) { MaxSegments = 8 };
        var id = new IncarnationId(1);
        for (var epoch = 0; epoch < 9; epoch++)
        {
            var owner = world.Open();
            if (epoch == 0)
                Assert.Null(owner.Log.Create(id, Framing.Lines));
            Assert.Null(owner.Log.Append(id, FaultTests.Lines($"{epoch}")).Fault);
            End(world, owner);
        }
        // It merges when the partition is opened, and goes without a checkpoint.
        var merges = world.Open();
        using (var reader = merges.Log.OpenReader(id).Value)
            Assert.Single(reader.Now.Segments);
        Assert.Equal(9, merges.Log.OpenReader(id).Value.Now.Count);
        merges.Log.Dispose();
        // Its file can't be read by anyone, whatever it holds.
        foreach (var file in world.Disk.Files.Where(file => file.Contains($"-{merges.Epoch:x8}.data", StringComparison.Ordinal)).ToArray())
            world.Disk.Flip(file, 3);
        world.Seal(merges.Epoch, merges.Log.SealedEnd);
        var next = world.TakeOver();
        using (var reader = next.Log.OpenReader(id).Value)
            Assert.Null(reader.Verify());
        // The files of the former epochs, and what the one that died has left, go when the own state surely counts for others.
        Assert.Equal(11, DataFiles());
        next.HasRight = false;
        Assert.Equal(LogError.Unconfirmed, next.Log.RunCheckpoint()?.Error);
        Assert.Equal(11, DataFiles());
        next.HasRight = true;
        Assert.Null(next.Log.RunCheckpoint());
        Assert.Equal(1, DataFiles());
        next.Log.Passivate(id);
        using (var reader = next.Log.OpenReader(id).Value)
            Assert.Single(reader.Now.Segments);
        End(world, next);
        using var last = world.Open().Log;
        using (var reader = last.OpenReader(id).Value)
            Assert.Equal(9, reader.Now.Count);
        Assert.Equal(1, DataFiles());

        int DataFiles() => world.Disk.Files.Count(file => file.EndsWith(PartitionSegment.DataSuffix, StringComparison.Ordinal));
    }

    [Fact]
    public void Sync_Fails_TheOwnerIsToldOnceAndTheNextEpochHasWhatWasSynced()
    {
        var disk = new SimulatedDisk(9);
        var (failed, isFailing) = (0, false);
        disk.Fault = (call, path) =>
        {
            if (isFailing && call is DiskCall.Sync)
                throw new LogIOException(LogError.Io, $"sync {path}");
        };
        var (id, journals) = (new IncarnationId(7), new List<SealedJournal>());
        var log = Open(1);
        Assert.Null(log.Create(id, Framing.Lines));
        Assert.Null(log.Append(id, FaultTests.Lines("safe")).Fault);
        Assert.Null(log.Sync());
        Assert.Null(log.Append(id, FaultTests.Lines("unsafe")).Fault);
        isFailing = true;
        for (var tries = 0; tries < 3; tries++)
            Assert.Equal(LogError.Io, log.Sync()?.Error);
        Assert.Equal(1, failed);
        isFailing = false;
        journals.Add(new SealedJournal(1, log.SealedEnd));
        log.Dispose();

        var next = Open(2);
        using (var reader = next.OpenReader(id).Value)
            Assert.Equal(1, reader.Now.Count);
        Assert.Null(next.Append(id, FaultTests.Lines("again")).Fault);
        Assert.Null(next.Sync());
        next.Dispose();

        LogDirectory Open(long epoch) => LogDirectory.Open(
            disk, SharedWorld.Root,
            Workload.Options with { Shared = new SharedLog { Epoch = epoch, Journals = journals, MayAnswer = () => true, Failed = () => failed++ } },
            new TestClock()).Value;
    }

    /// <summary>Seed 5267 of the simulation: a disk that fails twice leaves a part of a new file, which is not in the way once it works again.</summary>
    [Theory]
    [InlineData(PartitionSegment.IndexSuffix, DiskCall.Create)]
    [InlineData(".journal", DiskCall.Write)]
    public void Append_FileCanBeNeitherMadeNorRemoved_IsStoredOnceTheDiskWorks(string suffix, DiskCall failing)
    {
        var world = new SharedWorld(12);
        var id = new IncarnationId(1);
        var first = world.Open();
        Assert.Null(first.Log.Create(id, Framing.Lines));
        Assert.Null(first.Log.Append(id, FaultTests.Lines("first")).Fault);
        End(world, first);
        var owner = world.Open();
        var failed = 0;
        world.Disk.Fault = (call, path) =>
        {
            if ((call != failing || !path.EndsWith(suffix, StringComparison.Ordinal)) && call is not DiskCall.Delete)
                return;
            failed++;
            throw new LogIOException(LogError.Io, path);
        };
        Assert.Equal(LogError.Io, owner.Log.Append(id, FaultTests.Lines("lost")).Fault?.Error);
        Assert.True(failed > 1, "it could be removed");
        world.Disk.Fault = null;
        Assert.Null(owner.Log.Append(id, FaultTests.Lines("second")).Fault);
        Assert.True(owner.Sync());
        using (var reader = owner.Log.OpenReader(id).Value)
            Assert.Equal(2, reader.Now.Count);
        End(world, owner);
        using var next = world.Open().Log;
        using var again = next.OpenReader(id).Value;
        Assert.Equal(2, again.Now.Count);
        Assert.Null(again.Verify());
    }

    /// <summary>
    /// Seed 9266 of the simulation: a segment of the journal stays, which the disk did not let go, when later ones are gone by a checkpoint.
    /// </summary>
    [Fact]
    public void Measure_OldSegmentCouldNotBeRemoved_CountsFromTheCheckpointOn()
    {
        var world = new SharedWorld(13);
        var id = new IncarnationId(1);
        var owner = world.Open();
        Assert.Null(owner.Log.Create(id, Framing.Lines));
        Assert.Null(owner.Log.Append(id, FaultTests.Lines("first")).Fault);
        var isFailing = true;
        world.Disk.Fault = (call, path) =>
        {
            if (isFailing && call is DiskCall.Delete && path.EndsWith(".journal", StringComparison.Ordinal))
                throw new LogIOException(LogError.Io, path);
        };
        Assert.Equal(LogError.Io, owner.Log.RunCheckpoint()?.Error);
        isFailing = false;
        Assert.Null(owner.Log.Append(id, FaultTests.Lines("second")).Fault);
        Assert.Null(owner.Log.RunCheckpoint());
        Assert.Single(world.Disk.Files, file => file.EndsWith(".journal", StringComparison.Ordinal));
        Assert.Equal(owner.Log.SealedEnd, SealedJournals.Measure(world.Disk, SharedWorld.Root, owner.Epoch));
        Assert.Null(owner.Log.Append(id, FaultTests.Lines("third")).Fault);
        Assert.True(owner.Sync());
        Assert.Equal(owner.Log.SealedEnd, SealedJournals.Measure(world.Disk, SharedWorld.Root, owner.Epoch));
        owner.Log.Dispose();
        using var next = world.TakeOver().Log;
        using var reader = next.OpenReader(id).Value;
        Assert.Equal(3, reader.Now.Count);
        Assert.Null(reader.Verify());
    }

    [Fact]
    public async Task Store_HandedOver_AppendsAreSureWhenTheyAreAnswered()
    {
        using var root = new TemporaryDirectory();
        var directory = $"{root.Path}/shard";
        var journals = new List<SealedJournal>();
        for (var epoch = 1; epoch <= 3; epoch++)
        {
            var options = Workload.Options with
            {
                Shared = new SharedLog { Epoch = epoch, Journals = [.. journals], MayAnswer = () => true, Checkpointed = upTo => journals.RemoveAll(journal => journal.Epoch <= upTo) },
            };
            var store = LogStore.Open(DiskFileSystem.Instance, directory, options, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance).Value;
            if (epoch == 1)
                Assert.Null(await store.CreateAsync(new IncarnationId(7), Framing.Lines));
            using (var reader = (await store.OpenReaderAsync(new IncarnationId(7))).Value)
            {
                Assert.Equal(10 * (epoch - 1), reader.Now.Count);
                await Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
                {
                    Assert.Null((await store.AppendAsync(new IncarnationId(7), FaultTests.Lines($"{epoch} {i}"))).Fault);
                    Assert.True(reader.Now.Count > 0);
                }));
                Assert.Equal(10 * epoch, reader.Now.Count);
            }
            Assert.Null(await store.SetCursorAsync(new IncarnationId(7), "c", epoch));
            if (epoch == 2)
            {
                await store.AbandonAsync();
                journals.Add(new SealedJournal(epoch, SealedJournals.Measure(DiskFileSystem.Instance, directory, epoch)));
            }
            else
            {
                journals.Add(new SealedJournal(epoch, await store.HandOverAsync()));
            }
        }
        Assert.Equal([3], journals.Select(journal => journal.Epoch).Where(epoch => epoch > 2));
    }

    private static void HandOverOnce(SharedWorld world)
    {
        var owner = world.TakeOver();
        world.Work(owner, Steps / 2);
        End(world, owner);
    }

    /// <summary>A planned hand-over.</summary>
    private static void End(SharedWorld world, SharedWorld.Owner owner)
    {
        owner.HeldUp = null;
        owner.Sync();
        Assert.Null(owner.Log.Close());
        world.Seal(owner.Epoch, owner.Log.SealedEnd);
    }

    private static SharedWorld.Owner Confirmed(SharedWorld.Owner owner)
    {
        Assert.True(owner.Sync());
        return owner;
    }
}
