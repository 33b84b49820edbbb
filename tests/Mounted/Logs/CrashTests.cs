using System.Globalization;
using Xunit;

namespace StreamActors.Mounted.Logs;

/// <summary>Nothing acknowledged is lost (promise 5).</summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int Writers = 4;
    private const int Crashes = 6;

    /// <summary>
    /// Writes numbered lines to its partition, each in a write of its own or several in one, some ended by fsync, and says up
    /// to which number the writes returned. Ends when the server is gone.
    /// </summary>
    private const string Writer =
        """
        import errno, os, random, sys
        path, writer, number, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
        chance = random.Random(seed)
        try:
            fd = os.open(path, os.O_WRONLY | os.O_APPEND)
            print('opened', flush=True)
            while True:
                count = chance.choice((1, 1, 1, 5, 500))
                text = b''.join(b'%d %d %s\n' % (writer, number + i, b'x' * chance.randrange(200)) for i in range(count))
                written = os.write(fd, text)
                number += text[:written].count(b'\n')
                if written < len(text):
                    raise OSError(errno.EIO, 'a short write')
                if chance.random() < 0.2:
                    os.fsync(fd)
                print(number, flush=True)
        except OSError as e:
            print('ended', e.errno, flush=True)
        """;

    [Fact]
    public async Task Messages_AcknowledgedBeforeAKill_AreThereOnceInOrderAndWhole()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var mount = await LogMount.Start();
        _ = (await mount.Run("mkdir s && mkdir s/t && touch s/t/1")).Succeeded;
        // Two writers to each of two partitions.
        var next = new int[Writers];
        for (var crash = 0; crash < Crashes; crash++)
        {
            var writers = Enumerable.Range(0, Writers).Select(writer => Shell.Start(
                "python3", ["-c", Writer, $"{mount.Root}/s/t/{writer % 2}", $"{writer}", $"{next[writer]}", $"{random.Next()}"])).ToArray();
            var acknowledged = new int[Writers];
            var first = random.Next(1, 60);
            var reading = writers.Select((process, writer) => ReadAcknowledgements(process, number => acknowledged[writer] = number, first)).ToArray();
            // All have written, and go on writing.
            foreach (var (reached, _) in reading)
                await reached.WaitAsync(Shell.Deadline, TestContext.Current.CancellationToken);
            await mount.Kill();
            foreach (var (_, ended) in reading)
                await ended.WaitAsync(Shell.Deadline, TestContext.Current.CancellationToken);
            foreach (var process in writers)
                process.Dispose();
            await mount.StartServer();
            for (var writer = 0; writer < Writers; writer++)
                next[writer] = await Check(mount, writer, Math.Max(acknowledged[writer], next[writer]));
        }
        Assert.All(next, count => Assert.True(count > 0));
    }

    /// <summary>Who waited for what is yet to come is told that the server is gone, and the next one knows the same file.</summary>
    [Theory]
    [InlineData("kill -9")]
    [InlineData("kill")]
    public Task View_YetToCome_IsTheSameFileAfterTheServerEndedWhileSomebodyWaited(string end) => Sandbox.Run(
        """
        serve streamactors mount log:kept mnt; mkdir -p mnt/s/t; seq 0 2 >>mnt/s/t/0
        offset=mnt/s/t/.at/5 time=mnt/s/t/.at/2200-01-01T00:00Z
        cat $offset/.follow/0 >five 2>err & five=$!; cat $time/.follow/0 >then 2>err & then=$!; awaits $five; awaits $then
        cat $time/.merged >merged; numbers=$(stat -c %i $offset/0 $offset/.follow/0 $time/0 $time/.follow/0 $time/.json/0)

        """ + end + " $server; wait $server || true\n" +
        """
        for reader in $five $then; do got=0; wait $reader || got=$?; done; [ ! -s five ]; [ ! -s then ]; [ ! -s merged ]
        serve streamactors mount log:kept mnt
        is "$(stat -c %i $offset/0 $offset/.follow/0 $time/0 $time/.follow/0 $time/.json/0)" "$numbers"
        is "$(cat $offset/0 $time/0)" ''; is "$(stat -c %s $offset/0 $time/0)" "$(printf '0\n0')"
        head -n 1 $offset/.follow/0 >five & five=$!; head -n 1 $time/.follow/0 >then & then=$!; awaits $five; awaits $then
        seq 3 6 >>mnt/s/t/0; echo '{"value":"late","timestamp":"2250-01-01T00:00:00Z"}' >mnt/s/t/.json/.produce
        wait $five; wait $then; is "$(cat five then)" "$(printf '5\nlate')"
        is "$(cat $offset/0)" "$(printf '5\n6\nlate')"; is "$(cat $time/0)" late
        is "$(stat -c %i $offset/0 $offset/.follow/0)" "$(head -n 2 <<<"$numbers")"
        kill $server; ended 0
        """);

    [Fact]
    public async Task Writer_OnAFullDisk_GetsEnospcAndTheLogStaysWhole()
    {
        // A writer that gives up leaves the beginning of its last line, as a rest; there are two of them.
        const string WholeLines =
            """
            awk '/^0123456789012345678901234567890123456789$/ { next } /^01[0-9]*$/ && index("0123456789012345678901234567890123456789", $0) == 1 && ++rests <= 2 { next } { print }' s/t/0
            """;
        var disk = Directory.CreateTempSubdirectory("streamactors-disk-");
        _ = (await Shell.RunProgram("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", disk.FullName])).Succeeded;
        try
        {
            await using (var mount = await LogMount.Start(directory: Path.Combine(disk.FullName, "log")))
            {
                _ = (await mount.Run("mkdir s && mkdir s/t && echo first >> s/t/0")).Succeeded;
                var full = await mount.Run("yes 0123456789012345678901234567890123456789 | head -c 60000000 >> s/t/0");
                Assert.Contains("No space left on device", full.Error, StringComparison.Ordinal);
                var again = await mount.Run("yes 0123456789012345678901234567890123456789 | dd of=s/t/0 bs=1M count=30 iflag=fullblock oflag=append conv=notrunc");
                Assert.Contains("No space left on device", again.Error, StringComparison.Ordinal);
                Assert.Equal("first\n", (await mount.Run(WholeLines)).Succeeded);
                _ = (await Shell.RunProgram("mount", ["-o", "remount,size=96m", disk.FullName])).Succeeded;
                Assert.Equal("last\n", (await mount.Run("echo last >> s/t/0 && sync s/t/0 && tail -n 1 s/t/0")).Succeeded);
                await mount.Kill();
                await mount.StartServer();
                Assert.Equal("first\nlast\n", (await mount.Run(WholeLines)).Succeeded);
            }
        }
        finally
        {
            await Shell.RunProgram("umount", ["-l", disk.FullName]);
            disk.Delete();
        }
    }

    [Fact]
    public async Task Rests_OfWritersThatAreKilledOrOutliveTheMount_AreMessages()
    {
        await using var mount = await LogMount.Start("fuse.shutdown-timeout=200ms");
        _ = (await mount.Run("mkdir s s/t")).Succeeded;
        using (var killed = await StartWriter(mount, "one\\nrest"))
            killed.Kill();
        Assert.Equal("one\nrest\n", (await mount.Run("until test $(wc -l < s/t/0) = 2; do :; done; cat s/t/0")).Succeeded);

        using var outliving = await StartWriter(mount, "two");
        Assert.Equal(0, await mount.Stop());
        await mount.StartServer();
        Assert.Equal("one\nrest\ntwo\n", (await mount.Run("cat s/t/0")).Succeeded);
        outliving.Kill();
    }

    private static async Task<System.Diagnostics.Process> StartWriter(LogMount mount, string text)
    {
        var writer = Shell.Start("python3", ["-c", $"import os, time; fd = os.open('{mount.Root}/s/t/0', os.O_WRONLY | os.O_APPEND); os.write(fd, b'{text}'); print('written', flush=True); time.sleep(600)"]);
        Assert.Equal("written", await writer.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        return writer;
    }

    private static (Task Reached, Task Ended) ReadAcknowledgements(System.Diagnostics.Process process, Action<int> acknowledged, int first)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (reached.Task, Read());

        async Task Read()
        {
            for (var lines = 0; await process.StandardOutput.ReadLineAsync() is { } line; lines++)
            {
                if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                    acknowledged(number);
                else if (line != "opened" && !line.StartsWith("ended", StringComparison.Ordinal))
                    reached.TrySetException(new InvalidOperationException(line));
                if (lines >= first)
                    reached.TrySetResult();
            }
            reached.TrySetException(new InvalidOperationException($"the writer ended: {await process.StandardError.ReadToEndAsync()}"));
        }
    }

    /// <summary>What the writer wrote is there, in order, without a gap or a double.</summary>
    /// <returns>The number that its next message gets.</returns>
    private static async Task<int> Check(LogMount mount, int writer, int acknowledged)
    {
        var text = (await mount.Run($"grep -a '^{writer} ' s/t/{writer % 2} | cut -d ' ' -f 2; tail -c 1 s/t/{writer % 2} | od -An -c; grep -acvE '^[0-9] [0-9]+ x*$' s/t/{writer % 2}")).Output;
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("0", lines[^1]);
        Assert.Equal("\\n", lines[^2].Trim());
        var numbers = lines[..^2].Select(line => int.Parse(line, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(Enumerable.Range(0, numbers.Length), numbers);
        Assert.True(numbers.Length >= acknowledged, $"writer {writer} has {numbers.Length} messages, and {acknowledged} were acknowledged");
        return numbers.Length;
    }
}
