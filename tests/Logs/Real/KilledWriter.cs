using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;

namespace StreamActors.Logs.Tests;

/// <summary>
/// The process that <see cref="KillTests"/> kills: several writers append to several partitions and say on stdout what
/// was acknowledged (<c>a PARTITION WRITER COUNT</c>), until it ends.
/// </summary>
internal static class KilledWriter
{
    public const string Mode = "--killed-writer";
    public const int Writers = 6;
    public const int Partitions = 3;

    public static LogOptions Options { get; } = new()
    {
        NewDirectoryId = new Guid(7, 7, 7, new byte[8]),
        Holder = "the process that is killed",
        SegmentBytes = 20_000,
        CheckpointBytes = 60_000,
        JournalMaxBytes = 200_000,
        ReserveBytes = 4096,
    };

    /// <summary>Arguments: the directory, then for each writer how many of its messages are there.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        await using var store = LogStore.Open(DiskFileSystem.Instance, args[0], Options, TimeProvider.System, NullLogger.Instance).Value;
        for (ulong id = 1; id <= Partitions; id++)
            await store.CreateAsync(new IncarnationId(id), Framing.Lines);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer =>
            WriteAsync(store, writer, int.Parse(args[writer + 1], CultureInfo.InvariantCulture))));
        return 1;
    }

    public static IncarnationId PartitionOf(int writer) => new((ulong)(writer % Partitions) + 1);

    public static string Message(int writer, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{writer} {number} {new string('x', number % 300)}");

    private static async Task WriteAsync(LogStore store, int writer, int written)
    {
        var id = PartitionOf(writer);
        var random = new Random(writer + written);
        while (true)
        {
            // A batch that was not acknowledged when the last process died is sent again, as any client would.
            var batch = new Batch { WriterId = writer, Sequence = written };
            for (var count = random.Next(1, 20); count > 0; count--)
                batch.Add(Encoding.UTF8.GetBytes(Message(writer, written + batch.Count)), 1000, MessageClock.Writer);
            var result = await store.AppendAsync(id, batch);
            if (result.Fault is not null)
                throw result.Fault.ToException();
            var again = await store.AppendAsync(id, batch);
            if (!again.Duplicate || again.BaseOffset != result.BaseOffset)
                throw new InvalidOperationException("a batch was stored twice");
            written += batch.Count;
            if (random.Next(3) == 0 && await store.SyncAsync() is { } fault)
                throw fault.ToException();
            Console.Out.WriteLine($"a {id.Value} {writer} {written}");
        }
    }
}
