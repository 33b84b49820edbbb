namespace StreamActors.Logs.Tests;

/// <summary>A disk that is full, fails, or forgets: what was acknowledged is there, and what was refused is not.</summary>
public sealed class FaultTests
{
    [Theory]
    [MemberData(nameof(Seeds.From), 20_000, 30, MemberType = typeof(Seeds))]
    public void Log_DiskFull_RefusesAndStaysWhole(int seed)
    {
        var random = new Random(seed);
        var workload = new Workload(seed);
        workload.Disk.CanReserve = true;
        workload.Allowed.Add(LogError.NoSpace);
        for (var round = 0; round < 5; round++)
        {
            workload.Disk.Capacity = workload.Disk.Used + random.Next(15_000);
            Assert.False(workload.Run(60));
            workload.Disk.Capacity = long.MaxValue;
            workload.Check();
            if (random.Next(2) == 0)
                workload.Crash(random.Next(2) == 0);
        }
        Assert.False(workload.Run(30));
        workload.Check();
    }

    [Theory]
    [MemberData(nameof(Seeds.From), 30_000, 30, MemberType = typeof(Seeds))]
    public void Log_DiskFullWithoutReservation_IsAStateOfTheModel(int seed)
    {
        var random = new Random(seed);
        var workload = new Workload(seed);
        workload.Disk.CanReserve = false;
        workload.Allowed.UnionWith([LogError.NoSpace, LogError.Io]);
        for (var round = 0; round < 5; round++)
        {
            workload.Disk.Capacity = workload.Disk.Used + random.Next(15_000);
            Assert.False(workload.Run(60));
            workload.Disk.Capacity = long.MaxValue;
            workload.Crash(random.Next(2) == 0);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds.From), 40_000, 80, MemberType = typeof(Seeds))]
    public void Log_OneSyncFails_NothingIsSaidToBeSafeUntilRecovery(int seed)
    {
        var random = new Random(seed);
        var workload = new Workload(seed);
        workload.Allowed.Add(LogError.Io);
        Assert.False(workload.Run(random.Next(60)));
        var left = random.Next(30);
        workload.Disk.Fault = (call, path) =>
        {
            if (call is DiskCall.Sync or DiskCall.SyncDirectory && left-- == 0)
                throw new LogIOException(LogError.Io, $"sync {path}");
        };
        Assert.False(workload.Run(200));
        if (workload.Log.Poison is not null)
        {
            // Closed, where it was the sync of the closing that failed.
            Assert.True(workload.Log.Sync()?.Error is LogError.Io or LogError.Closed);
            Assert.True(workload.Log.RunCheckpoint()?.Error is LogError.Io or LogError.Closed);
        }
        // The page cache still has everything; recovery has to write it again, for the kernel won't.
        workload.Crash(powerLoss: random.Next(2) == 0);
        workload.Crash(powerLoss: true);
        Assert.False(workload.Run(40));
        workload.Check();
    }

    [Theory]
    [MemberData(nameof(Seeds.From), 50_000, 80, MemberType = typeof(Seeds))]
    public void Log_OneCallFails_IsAStateOfTheModel(int seed)
    {
        var random = new Random(seed);
        var workload = new Workload(seed);
        workload.Allowed.Add(LogError.Io);
        Assert.False(workload.Run(random.Next(60)));
        var left = random.Next(150);
        workload.Disk.Fault = (call, path) =>
        {
            if (left-- == 0)
                throw new LogIOException(LogError.Io, $"{call} {path}");
        };
        Assert.False(workload.Run(200));
        workload.Crash(powerLoss: random.Next(2) == 0);
        Assert.False(workload.Run(40));
        workload.Check();
    }

    [Fact]
    public void Append_ApplyFails_IsUnknownAndComesFirstLater()
    {
        var disk = new SimulatedDisk(1);
        var clock = new TestClock();
        using var log = Workload.Open(disk, clock, Workload.Options with { HeldBytes = 0 });
        var id = new IncarnationId(1);
        Assert.Null(log.Create(id, Framing.Lines));
        Assert.Null(log.Append(id, Lines("a")).Fault);

        disk.Fault = (call, path) =>
        {
            if (call == DiskCall.Write && path.EndsWith(".index", StringComparison.Ordinal))
                throw new LogIOException(LogError.Io, $"write {path}");
        };
        Assert.Equal(LogError.Io, log.Append(id, Lines("b")).Fault?.Error);
        Assert.Null(log.RunCheckpoint());
        using var reader = log.OpenReader(id).Value;
        Assert.Equal(2, reader.Length);

        disk.Fault = null;
        Assert.Null(log.Append(id, Lines("c")).Fault);
        var bytes = new byte[10];
        Assert.Equal("a\nb\nc\n"u8, bytes.AsSpan(0, reader.Read(0, bytes).Value));
    }

    [Fact]
    public void Append_WhatIsHeldCannotBeWritten_IsKeptAndWrittenLater()
    {
        var disk = new SimulatedDisk(1);
        var clock = new TestClock();
        var options = Workload.Options with { HeldBytes = 512, HeldBlockBytes = 256 };
        var id = new IncarnationId(1);
        using (var log = Workload.Open(disk, clock, options))
        {
            Assert.Null(log.Create(id, Framing.Lines));
            Assert.Null(log.Append(id, Lines("a")).Fault);
            disk.Fault = (call, path) =>
            {
                if (call == DiskCall.Write && path.StartsWith("/log/partitions/", StringComparison.Ordinal))
                    throw new LogIOException(LogError.Io, $"write {path}");
            };
            Assert.Null(log.Append(id, Lines("b")).Fault);
            Assert.Equal(LogError.Io, log.OpenReader(id, DataFileUse.Reads).Fault?.Error);
            Assert.Equal(LogError.Io, log.RunCheckpoint()?.Error);
            Assert.Equal(LogError.Io, log.Append(id, Lines(new string('c', 300))).Fault?.Error);
            using var reader = log.OpenReader(id).Value;
            var bytes = new byte[10];
            Assert.Equal("a\nb\n"u8, bytes.AsSpan(0, reader.Read(0, bytes).Value));

            disk.Fault = null;
            Assert.Null(log.Append(id, Lines("d")).Fault);
            Assert.Null(log.RunCheckpoint());
            Assert.Null(log.Append(id, Lines("e")).Fault);
        }
        using var again = Workload.Open(disk, clock, options);
        using var whole = again.OpenReader(id).Value;
        Assert.Null(whole.Verify());
        Assert.Equal("a\nb\n".Length + 301 + "d\ne\n".Length, whole.Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OpenReader_ANewPartitionsMessagesAreHeldAndASyncFailed_AreReadThroughTheLogOrNot(bool isGiven)
    {
        var disk = new SimulatedDisk(1);
        using var log = Workload.Open(disk, new TestClock());
        var id = new IncarnationId(1);
        Assert.Null(log.Create(id, Framing.Lines));
        Assert.Null(log.Append(id, Lines("a")).Fault);
        using var writer = isGiven ? log.OpenReader(id, DataFileUse.Gives).Value : null;
        disk.Fault = (call, path) =>
        {
            if (call == DiskCall.Sync)
                throw new LogIOException(LogError.Io, $"sync {path}");
        };
        Assert.Equal(LogError.Io, log.Sync()?.Error);
        disk.Fault = null;

        // A file that was given away lacks what is held.
        var opened = log.OpenReader(id, DataFileUse.Reads);
        Assert.Equal(isGiven, !opened.Succeeded);
        using var reader = log.OpenReader(id).Value;
        Assert.Equal(2, reader.Read(0, new byte[10]).Value);
        if (opened.Succeeded)
            opened.Value.Dispose();
    }

    [Fact]
    public void Log_OutOfDescriptors_SaysSoAndGoesOn()
    {
        var disk = new SimulatedDisk(1);
        using var log = Workload.Open(disk, new TestClock());
        var stream = log.Catalog.CreateStream("s", Framing.Lines).Value;
        var partitions = log.Catalog.CreateTopic(stream.Id, "t", 3).Value.Partitions;
        Assert.Null(log.Append(partitions[0], Lines("a")).Fault);
        Assert.Null(log.RunCheckpoint());
        Assert.True(log.Passivate(partitions[0]));
        Assert.Null(log.Append(partitions[1], Lines("b")).Fault);

        disk.Opened = path => throw new LogIOException(LogError.OutOfDescriptors, $"open {path}");
        Assert.Equal(LogError.OutOfDescriptors, log.OpenReader(partitions[0]).Fault?.Error);
        Assert.Equal(LogError.OutOfDescriptors, log.Append(partitions[0], Lines("x")).Fault?.Error);
        Assert.Equal(LogError.OutOfDescriptors, log.Append(partitions[2], Lines("x")).Fault?.Error);
        Assert.Equal(LogError.OutOfDescriptors, log.RunCheckpoint()?.Error);
        Assert.Null(log.Append(partitions[1], Lines("c")).Fault);
        Assert.Null(log.Sync());
        Assert.Null(log.Poison);
        Assert.Empty(log.Findings);

        disk.Opened = null;
        Assert.Null(log.RunCheckpoint());
        Assert.Null(log.Append(partitions[0], Lines("d")).Fault);
        Assert.Null(log.Append(partitions[2], Lines("e")).Fault);
        foreach (var (id, length) in partitions.Zip((long[])[4, 4, 2]))
        {
            using var reader = log.OpenReader(id).Value;
            Assert.Equal(length, reader.Length);
        }
    }

    internal static Batch Lines(params string[] values)
    {
        var batch = new Batch();
        foreach (var value in values)
            Assert.Null(batch.Add(System.Text.Encoding.UTF8.GetBytes(value), 1000));
        return batch;
    }
}
