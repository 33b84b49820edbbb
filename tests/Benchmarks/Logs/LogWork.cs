using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Logs;

namespace StreamActors.Benchmarks.Logs;

/// <summary>Where the logs of the benchmarks are, and what is written to them.</summary>
internal sealed class LogWork(string folder)
{
    public const int ChunkBytes = 1 << 20;
    public const int LineBytes = 100;
    public const int Rounds = 5;

    private int _directories;

    public static LogOptions Options { get; } = new() { NewDirectoryId = new Guid(1, 1, 1, new byte[8]), Holder = "the benchmark" };

    public string Folder => folder;

    public (string Root, LogStore Store) Open()
    {
        var root = $"{folder}/log{_directories++}";
        return (root, Open(root));
    }

    public static LogStore Open(string root) =>
        LogStore.Open(DiskFileSystem.Instance, root, Options, TimeProvider.System, NullLogger.Instance).Value;

    public static byte[] Lines(int bytes)
    {
        var lines = new byte[bytes];
        for (var i = 0; i < bytes; i++)
            lines[i] = (i + 1) % LineBytes == 0 ? (byte)'\n' : (byte)('a' + (i % 26));
        lines[^1] = (byte)'\n';
        return lines;
    }

    public static void Fill(Batch batch, ReadOnlySpan<byte> lines, long timestamp = 1_795_000_000_000)
    {
        batch.Clear();
        for (var end = lines.IndexOf((byte)'\n'); end >= 0; end = lines.IndexOf((byte)'\n'))
        {
            Require(batch.Add(lines[..end], timestamp++));
            lines = lines[(end + 1)..];
        }
    }

    public static void Require(LogFault? fault)
    {
        if (fault is not null)
            throw new InvalidOperationException(fault.ToString());
    }

    public static void Print(string what, string ours, string theirs, double ratio) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{what,-48} {ours,12}  {theirs,-24}{(ratio == 0 ? "" : $" {ratio:f2}")}"));
}
