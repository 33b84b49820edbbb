using System.Text;
using FsCheck.Fluent;

namespace StreamActors.Logs.Tests;

/// <summary>Views of one partition against the slow, simple renderer.</summary>
public sealed class PartitionViewTests(ITestOutputHelper output)
{
    private static readonly ViewKind[] Kinds = Enum.GetValues<ViewKind>();

    [Fact]
    public void View_AnyMessagesAndReads_IsTheSlowViewOrRemoved()
    {
        var scenarios = ViewGen.Scenario(1, (6, ViewStepKind.Append), (1, ViewStepKind.Roll), (1, ViewStepKind.Retain), (4, ViewStepKind.Open), (16, ViewStepKind.Read));
        ViewGen.Check(null, Prop.ForAll(scenarios, scenario =>
        {
            using var log = new ViewLog(1, scenario.Framing);
            var views = new List<OpenView> { new(log, ViewStart.AtOrdinal(0), ViewKind.Json) };
            foreach (var step in scenario.Steps)
                Run(log, views, step);
            foreach (var view in views)
                view.CheckEach();
        }), output.WriteLine, runs: 150);
    }

    private static void Run(ViewLog log, List<OpenView> views, ViewStep step)
    {
        switch (step.Kind)
        {
            case ViewStepKind.Append:
                log.Append(0, step.Messages, step.Gaps);
                // A start that has come is looked for before retention can remove it; the other case has its own test.
                views.ForEach(view => view.CheckSize());
                break;
            case ViewStepKind.Roll:
                log.Roll(0);
                break;
            case ViewStepKind.Retain:
                log.Retain(0, step.Number % (log.Messages[0].Count + 1));
                break;
            case ViewStepKind.Open:
                views.Add(new OpenView(log, StartOf(log, step), Kinds[step.Size % Kinds.Length]));
                break;
            default:
                views[step.Number % views.Count].CheckRead(step.Partition + (step.Number / 7), step.Size);
                break;
        }
    }

    private static ViewStart StartOf(ViewLog log, ViewStep step)
    {
        using var reader = log.Log.OpenReader(ViewLog.IdOf(0)).Value;
        StartPlace place = (step.Number % 4) switch
        {
            0 => new StartPlace.Offset(reader.Now.Begin.Offset + (step.Number % 97)),
            1 => new StartPlace.Last(step.Number % 20),
            2 => new StartPlace.Time(DateTimeOffset.FromUnixTimeMilliseconds(1_795_000_000_000 + (step.Number % 50))),
            _ => new StartPlace.Offset(step.Number % 10),
        };
        var start = StartPlaceResolver.Resolve(place, reader, log.Clock).Value;
        if (start.Kind == ViewStartKind.Ordinal)
            Assert.Equal(SlowStart(log, place), start.Value);
        return start;
    }

    private static int SlowStart(ViewLog log, StartPlace place)
    {
        var all = log.Messages[0];
        var first = place switch
        {
            StartPlace.Offset { Value: var offset } => all.FindIndex(message => message.Offset >= offset),
            StartPlace.Last { Count: var count } => Math.Max(0, all.Count - (int)count),
            StartPlace.Time { Value: var time } => all.FindIndex(message => message.Message.Timestamp >= time.ToUnixTimeMilliseconds()),
            _ => throw new InvalidOperationException(),
        };
        return Math.Max(log.Removed[0], first < 0 ? all.Count : first);
    }

    [Theory]
    [InlineData(ViewKind.Json)]
    [InlineData(ViewKind.Size)]
    public void Read_LargeMessages_AreWholeInAnyPieces(ViewKind kind)
    {
        using var log = new ViewLog(1, Framing.Lines);
        var large = new string('é', 400_000);
        log.Append(0, Text("a"), Text(large, key: large), new LogMessage(new byte[600_000], 5), Text("b"), new LogMessage(Encoding.UTF8.GetBytes("k"), 7, Key: new byte[500_000]), Text("c"));
        var expected = log.Render(kind, 0);
        var view = log.View(0, kind);
        Assert.Equal(expected.Length, view.Length);
        foreach (var size in (ReadOnlySpan<int>)[4096 * 33, 1 << 20, expected.Length])
            Assert.Equal(expected, ReadAll(view, size));
        var buffer = new byte[3];
        for (var position = 0; position < expected.Length; position += 99_991)
        {
            var read = view.Read(position, buffer).Value;
            Assert.Equal(expected.AsSpan(position, read), buffer.AsSpan(0, read));
        }
    }

    [Fact]
    public void Read_DamagedValue_IsServedUpToTheMessageBefore()
    {
        using var log = new ViewLog(1, Framing.Lines);
        log.Append(0, [.. Enumerable.Range(0, 100).Select(i => Text($"message {i}"))]);
        Assert.Null(log.Log.RunCheckpoint());
        var data = log.Disk.Files.Single(file => file.EndsWith(PartitionSegment.DataSuffix, StringComparison.Ordinal));
        log.Disk.Flip(data, 8 * (log.Render(ViewKind.Default, 0).Length - log.Render(ViewKind.Default, 0, 50).Length));
        foreach (var kind in (ReadOnlySpan<ViewKind>)[ViewKind.Json, ViewKind.Size])
            CheckDamage(log, log.View(0, kind), 50);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    [InlineData(64)]
    [InlineData(99)]
    public void Read_DamagedIndex_IsServedUpToTheMessageBefore(int message)
    {
        using var log = new ViewLog(1, Framing.Lines);
        log.Append(0, [.. Enumerable.Range(0, 100).Select(i => Text($"message {i}"))]);
        var views = Enum.GetValues<ViewKind>().Skip(1).Select(kind => log.View(0, kind)).ToArray();
        Assert.Null(log.Log.RunCheckpoint());
        var index = log.Disk.Files.Single(file => file.EndsWith(PartitionSegment.IndexSuffix, StringComparison.Ordinal));
        log.Disk.Flip(index, 8 * ((message * IndexEntry.Size) + 11));
        foreach (var view in views)
            CheckDamage(log, view, message);
    }

    [Fact]
    public void Read_DamagedKey_IsCorruptInTheJsonViewAlone()
    {
        using var log = new ViewLog(1, Framing.Lines);
        log.Append(0, Text("a", key: "k1"), Text("b", key: "k2"));
        var json = log.View(0, ViewKind.Json);
        Assert.Null(log.Log.RunCheckpoint());
        var keys = log.Disk.Files.Single(file => file.EndsWith(PartitionSegment.KeysSuffix, StringComparison.Ordinal));
        log.Disk.Flip(keys, 8 * (log.Disk.ContentOf(keys).Length - 3));
        CheckDamage(log, json, 1);
        Assert.Equal(log.Render(ViewKind.Size, 0), ReadAll(log.View(0, ViewKind.Size), 100));
    }

    [Fact]
    public void View_MessagesBeforeItsStartAreRemoved_IsFoundWhenItComes()
    {
        using var log = new ViewLog(1, Framing.Lines);
        var start = new ViewStart(ViewStartKind.Time, 50);
        var view = log.View(0, ViewKind.Default, start);
        log.Append(0, Text("a", time: 1), Text("b", time: 2));
        Assert.Equal(0, view.Length);
        log.Retain(0, 2);
        log.Append(0, Text("c", time: 60));
        Assert.Equal("c\n"u8.ToArray(), ReadAll(view, 10));
    }

    [Fact]
    public void View_StartThatWasRemovedUnseen_IsRemovedForGood()
    {
        using var log = new ViewLog(1, Framing.Lines);
        log.Append(0, Text("a"));
        var start = new ViewStart(ViewStartKind.Offset, 3);
        var exact = log.View(0, ViewKind.Json, new ViewStart(ViewStartKind.Offset, 5));
        var view = log.View(0, ViewKind.Json, start);
        Assert.Equal(0, view.Length);
        log.Append(0, [.. Enumerable.Range(0, 7).Select(i => Text($"{i}"))]);
        log.Retain(0, 5);
        Assert.Equal(LogError.Removed, view.Read(0, new byte[10]).Fault?.Error);
        log.Append(0, Text("b"));
        Assert.Equal(LogError.Removed, view.Read(0, new byte[10]).Fault?.Error);
        Assert.Equal(log.Render(ViewKind.Json, 0, 5), ReadAll(exact, 1000));
        using var reader = log.Log.OpenReader(ViewLog.IdOf(0)).Value;
        Assert.Equal(LogError.Removed, PartitionView.Open(reader, ViewKind.Json, ViewStart.AtOffset(4)).Value.Read(0, new byte[1]).Fault?.Error);
        Assert.Equal(log.Render(ViewKind.Json, 0, 5), ReadAll(PartitionView.Open(reader, ViewKind.Json, ViewStart.AtOffset(5)).Value, 1000));
        Assert.Equal(ViewStart.AtOrdinal(5), StartPlaceResolver.Resolve(new StartPlace.Offset(3), reader, log.Clock).Value);
    }

    [Fact]
    public void View_OffsetAfterTheEnd_IsEmptyUntilItIsReached()
    {
        using var log = new ViewLog(1, Framing.Lines);
        log.Append(0, Text("a"));
        using var reader = log.Log.OpenReader(ViewLog.IdOf(0)).Value;
        var start = StartPlaceResolver.Resolve(new StartPlace.Offset(3), reader, log.Clock).Value;
        Assert.Equal(new ViewStart(ViewStartKind.Offset, 3), start);
        var view = log.View(0, ViewKind.Default, start);
        log.Append(0, Text("b"), Text("c"));
        Assert.Equal(0, view.Length);
        Assert.Equal(0, view.Read(0, new byte[10]).Value);
        log.Append(0, Text("d"), Text("e"));
        Assert.Equal("d\ne\n"u8.ToArray(), ReadAll(view, 10));
    }

    [Fact]
    public void BackingFile_View_IsThereOnlyWhereTheBytesAreTheFiles()
    {
        using var root = new TemporaryDirectory();
        using var log = LogDirectory.Open(DiskFileSystem.Instance, root.Path, Workload.Options, TimeProvider.System).Value;
        var sized = new IncarnationId(2);
        Assert.Null(log.Create(ViewLog.IdOf(0), Framing.Lines));
        Assert.Null(log.Create(sized, new Framing([], true, [], [])));
        using var lines = log.OpenReader(ViewLog.IdOf(0), DataFileUse.Reads).Value;
        using var sizes = log.OpenReader(sized, DataFileUse.Gives).Value;
        Assert.NotNull(PartitionView.Open(lines, ViewKind.Default).Value.BackingFile);
        Assert.Null(PartitionView.Open(sizes, ViewKind.Size).Value.BackingFile);
        Assert.Null(log.Append(ViewLog.IdOf(0), FaultTests.Lines("a")).Fault);
        Assert.Null(log.Append(sized, FaultTests.Lines("a")).Fault);
        Assert.NotNull(PartitionView.Open(lines, ViewKind.Default).Value.BackingFile);
        Assert.NotNull(PartitionView.Open(sizes, ViewKind.Size).Value.BackingFile);
        Assert.Null(PartitionView.Open(lines, ViewKind.Size).Value.BackingFile);
        Assert.Null(PartitionView.Open(lines, ViewKind.Json).Value.BackingFile);
        Assert.Null(PartitionView.Open(lines, ViewKind.Default, ViewStart.AtOrdinal(1)).Value.BackingFile);
        Assert.Null(log.RemoveBefore(ViewLog.IdOf(0), 1));
        Assert.Null(PartitionView.Open(lines, ViewKind.Default, ViewStart.AtOrdinal(1)).Value.BackingFile);
    }

    [Fact]
    public void Read_ClosedReader_IsClosed()
    {
        using var root = new TemporaryDirectory();
        using var log = LogDirectory.Open(DiskFileSystem.Instance, root.Path, Workload.Options, TimeProvider.System).Value;
        Assert.Null(log.Create(ViewLog.IdOf(0), Framing.Lines));
        Assert.Null(log.Append(ViewLog.IdOf(0), FaultTests.Lines("a")).Fault);
        var reader = log.OpenReader(ViewLog.IdOf(0)).Value;
        var views = Kinds.Select(kind => PartitionView.Open(reader, kind).Value).ToArray();
        var merged = MergedView.Open([views[0]]).Value;
        reader.Dispose();
        log.Dispose();
        Assert.All(views, view => Assert.Equal(LogError.Closed, view.Read(0, new byte[1]).Fault?.Error));
        Assert.Equal(LogError.Closed, merged.Read(0, new byte[1]).Fault?.Error);
    }

    private static void CheckDamage(ViewLog log, PartitionView view, int message)
    {
        var before = SlowView.Render(view.Kind, log.Framing, log.Messages[0].Take(message));
        var buffer = new byte[1 << 20];
        var position = 0;
        while (view.Read(position, buffer.AsSpan(position)) is { Succeeded: true, Value: > 0 and var read })
            position += read;
        Assert.Equal(LogError.Corrupt, view.Read(position, new byte[100]).Fault?.Error);
        Assert.Equal(before, buffer.AsSpan(0, position).ToArray());
    }

    internal static byte[] ReadAll(PartitionView view, int size)
    {
        var all = new List<byte>();
        var buffer = new byte[size];
        for (var read = view.Read(0, buffer); read.Value > 0; read = view.Read(all.Count, buffer))
            all.AddRange(buffer.AsSpan(0, read.Value));
        return [.. all];
    }

    internal static LogMessage Text(string value, long time = 1000, string? key = null) => new(
        Encoding.UTF8.GetBytes(value), time, MessageClock.Writer, key is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(key));

    /// <summary>A view, and what it has to be.</summary>
    private sealed class OpenView(ViewLog log, ViewStart start, ViewKind kind)
    {
        private readonly PartitionView _view = log.View(0, kind, start);
        private int _next;

        private int? Start => start.Kind == ViewStartKind.Ordinal ? (int)start.Value
            : log.Messages[0].FindIndex(message => start.Kind == ViewStartKind.Offset
                ? message.Offset >= start.Value : message.Message.Timestamp >= start.Value) is >= 0 and var found ? found : null;

        private byte[] Expected => Start is { } from ? log.Render(kind, 0, from) : [];

        public void CheckSize() => Assert.Equal(Expected.Length, _view.Length);

        /// <summary>Reads anywhere, or, every other time, where the last read ended.</summary>
        public void CheckRead(int number, int size)
        {
            var expected = Expected;
            var position = number % 2 == 0 && _next <= expected.Length ? _next : number % (expected.Length + 3);
            var buffer = new byte[size];
            var read = _view.Read(position, buffer);
            CheckSize();
            if (position < FirstKeptByte)
            {
                Assert.Equal(LogError.Removed, read.Fault?.Error);
                return;
            }
            var count = Math.Clamp(expected.Length - position, 0, size);
            Assert.Null(read.Fault);
            Assert.Equal(count, read.Value);
            if (count > 0)
                Assert.Equal(expected.AsSpan(position, count), buffer.AsSpan(0, count));
            _next = position + count;
        }

        /// <summary>Where each message is, and which one is where.</summary>
        public void CheckEach()
        {
            if (Start is not { } from)
            {
                Assert.Null(_view.Begin.Value);
                return;
            }
            var position = 0;
            for (var ordinal = from; ordinal < log.Messages[0].Count; ordinal++)
            {
                var length = SlowView.Render(kind, log.Framing, log.Messages[0][ordinal]).Length;
                if (ordinal >= log.Removed[0] && length > 0)
                {
                    Assert.Equal(position, _view.PositionOf(ordinal).Value);
                    Assert.Equal(ordinal, _view.OrdinalAt(position).Value);
                    Assert.Equal(ordinal, _view.OrdinalAt(position + length - 1).Value);
                }
                else if (length > 0)
                    Assert.Equal(LogError.Removed, _view.OrdinalAt(position).Fault?.Error);
                position += length;
            }
            Assert.Equal(log.Messages[0].Count, _view.OrdinalAt(position).Value);
            Assert.Equal(position, _view.PositionOf(log.Messages[0].Count).Value);
        }

        private int FirstKeptByte => Start is { } from && from < log.Removed[0]
            ? SlowView.Render(kind, log.Framing, log.Messages[0].Skip(from).Take(log.Removed[0] - from)).Length : 0;
    }
}
