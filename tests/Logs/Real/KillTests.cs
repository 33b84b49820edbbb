using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace StreamActors.Logs.Tests;

/// <summary>kill -9 of a process that writes: every acknowledged message is there once, in order, whole.</summary>
public sealed class KillTests
{
    [Fact]
    public async Task Log_OwnerIsKilledInALoop_KeepsEveryAcknowledgedMessage()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        using var root = new TemporaryDirectory();
        var written = new int[KilledWriter.Writers];
        for (var round = 0; round < 12; round++)
        {
            var acknowledged = await RunAndKillAsync(root.Path, written, random.Next(5, 400));
            using var log = LogDirectory.Open(DiskFileSystem.Instance, root.Path, KilledWriter.Options, TimeProvider.System).Value;
            written = Count(log);
            for (var writer = 0; writer < written.Length; writer++)
                Assert.True(written[writer] >= acknowledged[writer],
                    $"seed {seed}, round {round}: writer {writer} has {written[writer]} messages, {acknowledged[writer]} were acknowledged");
            Assert.DoesNotContain(log.Findings, finding => finding.Kind == FindingKind.Corrupt);
            if (random.Next(2) == 0)
                Assert.Null(log.Close());
        }
        Assert.All(written, count => Assert.True(count > 0));
    }

    private static async Task<int[]> RunAndKillAsync(string root, int[] written, int lines)
    {
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [KilledWriter.Mode, root, .. written.Select(w => w.ToString(CultureInfo.InvariantCulture))])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var acknowledged = new int[KilledWriter.Writers];
        var read = 0;
        while (await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            var words = line.Split(' ');
            if (words is ["a", _, var writer, var count])
                acknowledged[int.Parse(writer, CultureInfo.InvariantCulture)] = int.Parse(count, CultureInfo.InvariantCulture);
            if (++read == lines)
                child.Kill();
        }
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(read >= lines, await errors);
        return acknowledged;
    }

    /// <summary>How many messages of each writer there are; each must be whole, and follow its predecessor.</summary>
    private static int[] Count(LogDirectory log)
    {
        var counts = new int[KilledWriter.Writers];
        for (ulong id = 1; id <= KilledWriter.Partitions; id++)
        {
            using var reader = log.OpenReader(new IncarnationId(id)).Value;
            Assert.Null(reader.Verify());
            for (var ordinal = 0L; ordinal < reader.Now.End.Ordinal; ordinal++)
            {
                var text = Encoding.UTF8.GetString(reader.Message(ordinal).Value.Value!.Value.Span);
                var writer = int.Parse(text.Split(' ')[0], CultureInfo.InvariantCulture);
                Assert.Equal(new IncarnationId(id), KilledWriter.PartitionOf(writer));
                Assert.Equal(KilledWriter.Message(writer, counts[writer]++), text);
            }
        }
        return counts;
    }
}
