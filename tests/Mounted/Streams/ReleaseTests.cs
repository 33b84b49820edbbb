using Xunit;
using static StreamActors.Mounted.Streams.StreamFiles;

namespace StreamActors.Mounted.Streams;

/// <summary>How streams grow, and what becomes of them when their file changes.</summary>
public sealed class ReleaseTests
{
    [Fact]
    public async Task Sizes_WhileMessagesAreReleased_AgreeAtEveryMoment()
    {
        await using var mount = await Mount.Start("simulated.interval=2ms", With("data.dir", Json(("t", Numbers(1500)))));

        var result = await Shell.Python(
            """
            import os, sys
            path = sys.argv[1]
            whole = b''.join(b'%d\n' % i for i in range(1500))
            rounds = grown = 0
            while True:
                before = os.stat(path).st_size
                file = os.open(path, os.O_RDONLY)
                opened = os.fstat(file).st_size
                end = os.lseek(file, 0, os.SEEK_END)
                os.lseek(file, 0, os.SEEK_SET)
                data = b''
                while part := os.read(file, 1 << 16):
                    data += part
                after = os.fstat(file).st_size
                os.close(file)
                assert before <= opened <= end <= len(data) <= after, (before, opened, end, len(data), after)
                assert whole.startswith(data)
                assert data == b'' or data.endswith(b'\n')
                rounds += 1
                grown += after > before
                if data == whole:
                    break
            assert os.stat(path).st_size == len(whole)
            print(rounds > 10 and grown > 0)
            """, $"{mount.Root}/data.dir/t/0");

        Assert.Equal("True\n", result.Succeeded);
    }

    [Fact]
    public async Task ModificationTime_IsThatOfTheLastReleasedMessage()
    {
        await using var mount = await Mount.Start("simulated.interval=20ms", With("data.dir", Json(("t", Numbers(1000)))));

        var result = await Shell.Python(
            """
            import os, sys
            seen = []
            follow = os.open(sys.argv[1] + '/.follow/0', os.O_RDONLY)
            read = 0
            while len(seen) < 5:
                read += len(os.read(follow, 1 << 16))
                stat = os.stat(sys.argv[1] + '/0')
                data = open(sys.argv[1] + '/0', 'rb').read(stat.st_size)
                seen.append((data.count(b'\n'), stat.st_mtime_ns))
            (first, begin) = seen[0]
            print(all(at - begin == (count - first) * 20_000_000 for (count, at) in seen))
            """, $"{mount.Root}/data.dir/t");

        Assert.Equal("True\n", result.Succeeded);
    }

    [Fact]
    public async Task NothingReleasedYet_IsAnEmptyFile()
    {
        await using var mount = await Mount.Start(Never, With("data.dir", Json(("t", ["1"]))));

        Assert.Equal("0 0\n", (await mount.Run("stat -c '%s %b' data.dir/t/0")).Succeeded);
        Assert.Equal("", (await mount.Run("cat data.dir/t/0")).Succeeded);
    }

    [Fact]
    public async Task TailF_OnThePlainFile_ShowsNewMessages()
    {
        await using var mount = await Mount.Start("simulated.interval=300ms", With("data.dir", Json(("t", Numbers(100)))));
        using var tail = Shell.Start("tail", ["-n", "+1", "-f", "data.dir/t/0"], mount.Root);

        for (var i = 0; i < 8; i++)
            Assert.Equal($"{i}", await tail.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));

        tail.Kill();
    }

    [Theory]
    [InlineData("cp ../new.json data.dir.tmp && mv data.dir.tmp ../source/data.dir")]
    [InlineData("cp ../new.json ../source/data.dir.tmp && mv ../source/data.dir.tmp ../source/data.dir")]
    [InlineData("cat ../new.json > ../source/data.dir")]
    public async Task File_ReplacedOrRewritten_IsANewInode_AndOpenFilesKeepTheirBytes(string change)
    {
        await using var mount = await Mount.Start(All, source =>
        {
            File.WriteAllText(Path.Combine(source, "data.dir"), Json(("t", ["old"]), ("u", ["x"])));
            File.WriteAllText(Path.Combine(source, "../new.json"), Json(("t", ["new"])));
        });

        var result = await mount.Run(
            $"exec 3< data.dir/t/0; a=$(stat -c %i data.dir data.dir/t/0); {change}; b=$(stat -c %i data.dir data.dir/t/0); " +
            "cat data.dir/t/0 - <&3; ls data.dir; for i in $a; do for j in $b; do test $i != $j || echo same; done; done");

        Assert.Equal("new\nold\nt\n", result.Succeeded);
    }

    [Fact]
    public async Task File_WhileItIsWritten_ShowsWhatItWas()
    {
        await using var mount = await Mount.Start(All, With("data.dir", Json(("t", ["old"]))));

        var result = await mount.Run(
            "cat data.dir/t/0; exec 4> ../source/data.dir; cat data.dir/t/0; printf '[{\"topic\":\"t\"' >&4; cat data.dir/t/0; " +
            "printf ',\"messages\":[\"new\"]}]' >&4; cat data.dir/t/0; exec 4>&-; cat data.dir/t/0");

        Assert.Equal("old\nold\nold\nold\nnew\n", result.Succeeded);
    }

    [Fact]
    public async Task File_MadeThroughTheMount_IsAStreamOnceItIsClosed()
    {
        await using var mount = await Mount.Start(All);

        var result = await mount.Run(
            "exec 4> data.dir; printf '[{\"topic\":\"t\",\"messages\":[\"new\"]}]' >&4; stat -c %F data.dir; exec 4>&-; stat -c %F data.dir; cat data.dir/t/0");

        Assert.Equal("regular file\ndirectory\nnew\n", result.Succeeded);
    }

    [Fact]
    public async Task File_OnlyItsModeChanges_StaysTheSameStream()
    {
        await using var mount = await Mount.Start(All, With("data.dir", Json(("t", ["1"]))));
        var before = (await mount.Run("stat -c %i data.dir/t/0")).Succeeded;

        await mount.Run("chmod 600 ../source/data.dir");

        Assert.Equal(before, (await mount.Run("stat -c %i data.dir/t/0")).Succeeded);
        Assert.Equal("700 600\n", (await mount.Run("echo $(stat -c %a data.dir data.dir/t/0)")).Succeeded);
    }
}
