using FsCheck.Fluent;

namespace StreamActors.Logs.Tests;

/// <summary>Merged views against a list of messages that is merged as simply as it can be.</summary>
public sealed class MergedViewTests(ITestOutputHelper output)
{
    private static readonly ViewKind[] Kinds = Enum.GetValues<ViewKind>();

    [Fact]
    public void View_AnyMessagesAndReads_IsTheSlowMerge()
    {
        const int Partitions = 4;
        var scenarios = ViewGen.Scenario(Partitions, (8, ViewStepKind.Append), (1, ViewStepKind.Roll), (2, ViewStepKind.Open), (20, ViewStepKind.Read));
        ViewGen.Check(null, Prop.ForAll(scenarios, scenario =>
        {
            using var log = new ViewLog(Partitions, scenario.Framing);
            var views = new List<SlowMerge> { new(log, ViewKind.Json, Partitions, [0, 0, 0, 0]) };
            foreach (var step in scenario.Steps)
                Run(log, views, step);
            views.ForEach(view => view.CheckRead(0, 1 << 20));
        }), output.WriteLine, runs: 120);
    }

    private static void Run(ViewLog log, List<SlowMerge> views, ViewStep step)
    {
        switch (step.Kind)
        {
            case ViewStepKind.Append:
                log.Append(step.Partition, step.Messages, step.Gaps);
                break;
            case ViewStepKind.Roll:
                log.Roll(step.Partition);
                break;
            case ViewStepKind.Open:
                var count = 1 + (step.Number % log.Messages.Length);
                views.Add(new SlowMerge(log, Kinds[step.Size % Kinds.Length], count, [.. Enumerable.Range(0, count).Select(i => (step.Number / (i + 1)) % 9)]));
                break;
            default:
                views[step.Number % views.Count].CheckRead(step.Number / 7, step.Size);
                break;
        }
    }

    [Fact]
    public void Read_ManyMessages_IsTheSameAgainFromAnyPlace()
    {
        using var log = new ViewLog(3, Framing.Lines);
        var random = new Random(3);
        for (var i = 0; i < 300; i++)
            log.Append(random.Next(3), [.. Enumerable.Range(0, random.Next(20)).Select(n => PartitionViewTests.Text($"{i} {n} {new string('x', random.Next(200))}", random.Next(1000)))]);
        var views = Enumerable.Range(0, 3).Select(i => log.View(i, ViewKind.Json)).ToArray();
        var merged = MergedView.Open(views, MergedView.MaxHistoryBytes, spacing: 100).Value;
        var all = ReadAll(merged, 4096);
        Assert.Equal(merged.Length, all.Length);
        Assert.Equal(all, ReadAll(merged, 77_777));
        Assert.Equal(all, ReadAll(MergedView.Open(views).Value, 1 << 20));
        var buffer = new byte[500];
        for (var i = 0; i < 300; i++)
        {
            var position = random.Next(all.Length);
            var read = merged.Read(position, buffer).Value;
            Assert.Equal(all.AsSpan(position, Math.Min(buffer.Length, all.Length - position)), buffer.AsSpan(0, read));
        }
    }

    [Fact]
    public void Read_MoreCutsThanAreKept_ForgetsTheOldestAndNoOther()
    {
        using var log = new ViewLog(2, Framing.Lines);
        var merged = MergedView.Open([log.View(0, ViewKind.Default), log.View(1, ViewKind.Default)], maxHistoryBytes: 16 << 10, spacing: 1000).Value;
        var all = new List<byte>();
        var buffer = new byte[100];
        for (var i = 0; i < 10_000; i++)
        {
            log.Append(i % 2, PartitionViewTests.Text($"{i}", 10_000 - i));
            var read = merged.Read(all.Count, buffer).Value;
            all.AddRange(buffer.AsSpan(0, read));
        }
        Assert.Equal(string.Concat(Enumerable.Range(0, 10_000).Select(i => $"{i}\n")), System.Text.Encoding.UTF8.GetString([.. all]));
        Assert.Equal(all.Count, merged.Length);
        Assert.Equal(LogError.Removed, merged.Read(0, buffer).Fault?.Error);
        var kept = all.Count - 1000;
        Assert.Equal(buffer.Length, merged.Read(kept, buffer).Value);
        Assert.Equal(all.Slice(kept, buffer.Length), buffer);
        log.Append(0, PartitionViewTests.Text("last"));
        Assert.Equal(5, merged.Read(all.Count, buffer).Value);
    }

    [Fact]
    public void Read_RetentionBehindTheReader_GoesOnAndWhatIsGoneIsRemoved()
    {
        using var log = new ViewLog(2, Framing.Lines);
        for (var i = 0; i < 1000; i++)
            log.Append(i % 2, PartitionViewTests.Text($"{i}", i));
        var merged = MergedView.Open([log.View(0, ViewKind.Json), log.View(1, ViewKind.Json)]).Value;
        var expected = SlowView.Render(ViewKind.Json, log.Framing, Enumerable.Range(0, 1000).Select(i => log.Messages[i % 2][i / 2]));
        var buffer = new byte[expected.Length];
        var half = expected.Length / 2;
        Assert.Equal(half, merged.Read(0, buffer.AsSpan(0, half)).Value);
        log.Retain(0, 200);
        Assert.Equal(expected.Length - half, merged.Read(half, buffer.AsSpan(half)).Value);
        Assert.Equal(expected, buffer);
        Assert.Equal(LogError.Removed, merged.Read(0, buffer).Fault?.Error);
        Assert.Equal(expected.Length, merged.Length);
    }

    [Fact]
    public void Read_DamagedIndex_IsServedAsFarAsTheOrderIsKnown()
    {
        using var log = new ViewLog(2, Framing.Lines);
        for (var i = 0; i < 100; i++)
            log.Append(i % 2, PartitionViewTests.Text($"{i}", i));
        Assert.Null(log.Log.RunCheckpoint());
        var index = log.Disk.Files.Single(file => file.Contains($"{ViewLog.IdOf(1)}", StringComparison.Ordinal) && file.EndsWith(PartitionSegment.IndexSuffix, StringComparison.Ordinal));
        var merged = MergedView.Open([log.View(0, ViewKind.Default), log.View(1, ViewKind.Default)]).Value;
        log.Disk.Flip(index, 8 * 20 * IndexEntry.Size);
        // Message 41 can't be read, and may be older than message 40.
        var expected = string.Concat(Enumerable.Range(0, 40).Select(i => $"{i}\n"));
        var buffer = new byte[1000];
        Assert.Equal(expected.Length, merged.Read(0, buffer).Value);
        Assert.Equal(expected, System.Text.Encoding.UTF8.GetString(buffer, 0, expected.Length));
        Assert.Equal(LogError.Corrupt, merged.Read(expected.Length, buffer).Fault?.Error);
    }

    private static byte[] ReadAll(MergedView view, int size)
    {
        var all = new List<byte>();
        var buffer = new byte[size];
        for (var read = view.Read(0, buffer); read.Value > 0; read = view.Read(all.Count, buffer))
            all.AddRange(buffer.AsSpan(0, read.Value));
        return [.. all];
    }

    /// <summary>A merged view, and what it has to be: a list of messages, to which each look at the end adds.</summary>
    private sealed class SlowMerge
    {
        private readonly ViewLog _log;
        private readonly ViewKind _kind;
        private readonly int[] _starts;
        private readonly int[] _taken;
        private readonly MergedView _view;
        private readonly List<byte> _settled = [];
        private int _next;

        public SlowMerge(ViewLog log, ViewKind kind, int partitions, int[] offsets)
        {
            _log = log;
            _kind = kind;
            _starts = offsets;
            _taken = new int[partitions];
            // A start beyond the end waits, as a look-up does.
            _view = MergedView.Open([.. Enumerable.Range(0, partitions).Select(i => log.View(i, kind, StartOf(log, i, offsets[i])))],
                MergedView.MaxHistoryBytes, spacing: 50).Value;
            Settle();
        }

        private static ViewStart StartOf(ViewLog log, int partition, int offset)
        {
            using var reader = log.Log.OpenReader(ViewLog.IdOf(partition)).Value;
            return StartPlaceResolver.Resolve(new StartPlace.Offset(offset), reader, log.Clock).Value;
        }

        public void CheckRead(int number, int size)
        {
            var position = number % 3 > 0 ? _next : number % (_settled.Count + 3);
            var buffer = new byte[size];
            var read = _view.Read(position, buffer);
            if (position + size > _settled.Count)
                Settle();
            var count = Math.Clamp(_settled.Count - position, 0, size);
            Assert.Null(read.Fault);
            Assert.Equal(count, read.Value);
            if (count > 0)
                Assert.Equal(_settled.GetRange(position, count), buffer[..count]);
            _next = position <= _settled.Count ? position + count : 0;
            Assert.Equal(Enumerable.Range(0, _taken.Length).Sum(i => _log.Render(_kind, i, First(i)).Length), _view.Length);
        }

        private int First(int partition) => _log.Messages[partition].FindIndex(message => message.Offset >= _starts[partition]) is >= 0 and var found
            ? found : _log.Messages[partition].Count;

        private void Settle()
        {
            var ends = Enumerable.Range(0, _taken.Length).Select(i => _log.Messages[i].Count).ToArray();
            while (true)
            {
                var best = -1;
                for (var i = 0; i < _taken.Length; i++)
                    if (Next(i) < ends[i] && (best < 0 || TimeOf(i) < TimeOf(best)))
                        best = i;
                if (best < 0)
                    return;
                _settled.AddRange(SlowView.Render(_kind, _log.Framing, _log.Messages[best][Next(best)]));
                _taken[best]++;
            }
        }

        private int Next(int partition) => First(partition) + _taken[partition];

        private long TimeOf(int partition) => _log.Messages[partition][Next(partition)].Message.Timestamp;
    }
}
