using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;

namespace StreamActors.Logs.Tests;

/// <summary>The log on a real disk.</summary>
public sealed class DiskTests
{
    [Fact]
    public void Directory_IsOwned_SecondStartSaysByWhom()
    {
        using var root = new TemporaryDirectory();
        using var first = LogDirectory.Open(DiskFileSystem.Instance, root.Path, Workload.Options, new TestClock()).Value;
        var second = LogDirectory.Open(DiskFileSystem.Instance, root.Path, Workload.Options, new TestClock());
        Assert.Equal(LogError.Locked, second.Fault?.Error);
        Assert.Contains("pid 1 on here, since 2026-11-20T10:00:00Z", second.Fault?.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_AreTheOwnersOnly()
    {
        using var root = new TemporaryDirectory();
        using var log = LogDirectory.Open(DiskFileSystem.Instance, root.Path, Workload.Options, new TestClock()).Value;
        Assert.Null(log.Create(new IncarnationId(1), Framing.Lines));
        Assert.Null(log.Append(new IncarnationId(1), FaultTests.Lines("secret")).Fault);
        foreach (var file in Directory.EnumerateFiles(root.Path, "*", SearchOption.AllDirectories))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        foreach (var directory in Directory.EnumerateDirectories(root.Path, "*", SearchOption.AllDirectories))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
    }

    [Fact]
    public void BackingFile_HoldsTheViewByteForByte()
    {
        using var root = new TemporaryDirectory();
        using var log = LogDirectory.Open(DiskFileSystem.Instance, root.Path, Workload.Options, new TestClock()).Value;
        var id = new IncarnationId(1);
        Assert.Null(log.Create(id, Framing.Lines));
        Assert.Null(log.Append(id, FaultTests.Lines("a", "", "b")).Fault);
        using var reader = log.OpenReader(id, DataFileUse.Reads).Value;
        var bytes = new byte[20];
        Assert.Equal("a\n\nb\n"u8, bytes.AsSpan(0, RandomAccess.Read(reader.BackingFile!, bytes, 0)));
        Assert.Null(log.Append(id, FaultTests.Lines("c")).Fault);
        Assert.Equal("a\n\nb\nc\n"u8, bytes.AsSpan(0, RandomAccess.Read(reader.BackingFile!, bytes, 0)));
        using (var other = log.OpenReader(id).Value)
            Assert.Null(other.BackingFile);
        Assert.Null(log.RemoveBefore(id, 1));
        Assert.Null(reader.BackingFile);
    }

    [Fact]
    public async Task LargeBatches_WhoseIndexIsWrittenBeside_AreWhole()
    {
        using var root = new TemporaryDirectory();
        var id = new IncarnationId(1);
        var options = Workload.Options with { SegmentBytes = 4 << 20, JournalMaxBytes = 64 << 20 };
        await using (var store = LogStore.Open(DiskFileSystem.Instance, root.Path, options, TimeProvider.System, NullLogger.Instance).Value)
        {
            Assert.Null(await store.CreateAsync(id, new Framing("<"u8, hasSize: true, ">"u8, "\n"u8)));
            var batch = new Batch();
            for (var number = 0; number < 60_000;)
            {
                for (batch.Clear(); batch.Length < 3 * IndexBeside.DefaultMinRecordBytes; number++)
                    Assert.Null(batch.Add(new LogMessage(new byte[number % 90], number, MessageClock.Writer, number % 3 == 0 ? BitConverter.GetBytes(number) : default(ReadOnlyMemory<byte>?))));
                Assert.Null((await store.AppendAsync(id, batch)).Fault);
            }
        }
        using var again = LogDirectory.Open(DiskFileSystem.Instance, root.Path, options, TimeProvider.System).Value;
        using var reader = again.OpenReader(id).Value;
        Assert.Null(reader.Verify());
        Assert.True(reader.Now.Count >= 60_000);
        for (var number = 0; number < reader.Now.Count; number += 997)
        {
            var message = reader.Message(number).Value;
            Assert.Equal(number % 90, message.Value!.Value.Length);
            Assert.Equal(number, message.Entry.MaxTimestamp);
            Assert.Equal(number % 3 == 0, message.Key is not null);
        }
    }

    [Fact]
    public void Close_GivesReservedBlocksBack()
    {
        using var root = new TemporaryDirectory();
        var log = LogDirectory.Open(DiskFileSystem.Instance, root.Path, Workload.Options with { MessageMaxBytes = 10 << 20, JournalMaxBytes = 64 << 20 }, new TestClock()).Value;
        Assert.Null(log.Create(new IncarnationId(1), Framing.Lines));
        Assert.Null(log.Append(new IncarnationId(1), FaultTests.Lines(new string('x', 8 << 20))).Fault);
        Assert.Null(log.Close());
        Assert.InRange(Blocks(root.Path), 8 << 20, (8 << 20) + 300_000);
    }

    [Fact]
    public void Retention_GivesBlocksBack()
    {
        using var root = new TemporaryDirectory();
        using var log = LogDirectory.Open(DiskFileSystem.Instance, root.Path, Workload.Options with { MessageMaxBytes = 1 << 20, JournalMaxBytes = 64 << 20 }, new TestClock()).Value;
        var id = new IncarnationId(1);
        Assert.Null(log.Create(id, Framing.Lines));
        for (var i = 0; i < 16; i++)
            Assert.Null(log.Append(id, FaultTests.Lines(new string('x', 1 << 20)[..^100])).Fault);
        using var old = log.OpenReader(id).Value;
        var before = Blocks(root.Path);
        Assert.Null(log.RemoveBefore(id, 15));
        Assert.InRange(Blocks(root.Path), 0, before - (14 << 20));

        using var reader = log.OpenReader(id).Value;
        var bytes = new byte[100];
        Assert.Equal(LogError.Removed, old.Read(0, bytes).Fault?.Error);
        Assert.Equal(1, reader.Opened.Generation);
        Assert.Equal(100, reader.Read(0, bytes).Value);
        Assert.All(bytes, b => Assert.Equal((byte)'x', b));
    }

    [Fact]
    public async Task Store_TinyDisk_RefusesWithNoSpaceAndStaysWhole()
    {
        using var root = new TemporaryDirectory();
        if (Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", root.Path) != 0)
            Assert.Skip("a tmpfs can't be mounted here (this needs root)");
        try
        {
            var options = Workload.Options with { MessageMaxBytes = 100_000, ReserveBytes = 32 << 10, SegmentBytes = 64 << 10, CheckpointBytes = 128 << 10 };
            var id = new IncarnationId(1);
            var stored = 0;
            var full = 0;
            await using (var store = LogStore.Open(DiskFileSystem.Instance, root.Path + "/log", options, TimeProvider.System, NullLogger.Instance).Value)
            {
                Assert.Null(await store.CreateAsync(id, Framing.Lines));
                for (var i = 0; full < 20; i++)
                {
                    var result = await store.AppendAsync(id, FaultTests.Lines(new string('x', i % 5000)));
                    Assert.True(result.Fault is null or { Error: LogError.NoSpace }, result.Fault?.ToString());
                    stored += result.Fault is null ? 1 : 0;
                    full += result.Fault is null ? 0 : 1;
                }
            }
            using var log = LogDirectory.Open(DiskFileSystem.Instance, root.Path + "/log", options, TimeProvider.System).Value;
            using var reader = log.OpenReader(id).Value;
            Assert.Equal(stored, reader.Now.Count);
            Assert.Null(reader.Verify());
            // Retention makes room, and writing goes on.
            Assert.Null(log.RemoveBefore(id, stored / 2));
            Assert.Null(log.RunCheckpoint());
            Assert.Null(log.Append(id, FaultTests.Lines("again")).Fault);
        }
        finally
        {
            Run("umount", "-l", root.Path);
        }
    }

    private static long Blocks(string path)
    {
        using var process = Process.Start(new ProcessStartInfo("du", ["-s", "--block-size=1", path]) { RedirectStandardOutput = true })!;
        return long.Parse(process.StandardOutput.ReadToEnd().Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static int Run(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
