using System.Diagnostics;
using StreamActors.Logs;
using StreamActors.Messages;
using static StreamActors.Benchmarks.Logs.LogWork;

namespace StreamActors.Benchmarks.Logs;

/// <summary>Views read from their beginning to their end by 128 KiB, as FUSE does, beside a plain file of the same bytes.</summary>
internal sealed class ViewBenchmark(LogWork work)
{
    private const int Partitions = 16;
    private const int Chunks = 128;
    private const int ReadBytes = 128 << 10;
    private const int Seeks = 2000;

    public async Task RunAsync()
    {
        var (root, store) = work.Open();
        var batch = new Batch();
        for (var partition = 1; partition <= Partitions; partition++)
            Require(await store.CreateAsync(new IncarnationId((ulong)partition), Framing.Lines));
        for (var i = 0; i < Chunks; i++)
        {
            Fill(batch, Lines(ChunkBytes), i * 5000);
            Require((await store.AppendAsync(new IncarnationId((ulong)(i % Partitions) + 1), batch)).Fault);
        }
        var readers = new List<PartitionReader>();
        for (var partition = 1; partition <= Partitions; partition++)
            readers.Add((await store.OpenReaderAsync(new IncarnationId((ulong)partition))).Value);
        var path = $"{work.Folder}/plain";
        await File.WriteAllBytesAsync(path, new byte[Chunks * ChunkBytes]);
        for (var round = 0; round < Rounds; round++)
        {
            var plain = Plain(path);
            foreach (var kind in Enum.GetValues<ViewKind>())
            {
                var view = PartitionView.Open(readers[0], kind).Value;
                Show($"read {kind} view", ReadAll(view.Read), plain);
            }
            Show($"read merged view of {Partitions}", ReadAll(MergedView.Open([.. readers.Select(reader => PartitionView.Open(reader, ViewKind.Default).Value)]).Value.Read), plain);
        }
        foreach (var kind in Enum.GetValues<ViewKind>())
            SeekAtRandom(PartitionView.Open(readers[0], kind).Value);
        readers.ForEach(reader => reader.Dispose());
        await store.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    private delegate LogResult<int> Reader(long position, Span<byte> buffer);

    private static double ReadAll(Reader read)
    {
        var buffer = new byte[ReadBytes];
        var start = Stopwatch.GetTimestamp();
        long position = 0;
        for (var count = read(0, buffer).Value; count > 0; count = read(position, buffer).Value)
            position += count;
        return position / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Plain(string path)
    {
        using var file = File.OpenHandle(path);
        return ReadAll((position, buffer) => RandomAccess.Read(file, buffer, position));
    }

    private static void SeekAtRandom(PartitionView view)
    {
        var random = new Random(1);
        var buffer = new byte[4096];
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Seeks; i++)
            Require(view.Read(random.NextInt64(view.Length), buffer).Fault);
        Print($"read 4 KiB anywhere in the {view.Kind} view", $"{Stopwatch.GetElapsedTime(start).TotalMicroseconds / Seeks:f1} µs", "", 0);
    }

    private static void Show(string what, double ours, double plain) =>
        Print(what, $"{ours / 1e6:f0} MB/s", $"file {plain / 1e6:f0} MB/s", ours / plain);
}
