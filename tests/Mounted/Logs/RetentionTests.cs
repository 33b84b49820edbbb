using Xunit;

namespace StreamActors.Mounted.Logs;

/// <summary>When retention removes the oldest messages, the file is a new one, as after a log rotation (promise 1).</summary>
public sealed class RetentionTests
{
    [Fact]
    public async Task Retention_MakesANewFile_AndTheOldOneHasNoOtherBytes()
    {
        await using var mount = await LogMount.Start(
            "log-volume.retention.max-bytes=200kB,log-volume.retention.step-bytes=64KiB,log-volume.retention.check-interval=100ms");
        _ = (await mount.Run("mkdir s s/t")).Succeeded;
        await new TopicPlace(mount, "s/t").Python(
            """
            def lines(numbers):
                return b''.join(b'%07d\n' % number for number in numbers)
            writer = os.open('0', APPEND)
            os.write(writer, lines(range(1000)))
            old = os.open('0', os.O_RDONLY)
            number = os.fstat(old).st_ino
            equal(os.pread(old, 8000, 0), lines(range(1000)))
            os.write(writer, lines(range(1000, 100_000)))
            deadline = time.monotonic() + 30
            while os.stat('0').st_ino == number:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            equal(error(os.pread, old, 100, 0), 'EIO')
            equal(os.pread(old, 16, 800_000 - 16), lines(range(99_998, 100_000)))
            equal(os.fstat(old).st_size, 800_000)
            os.write(writer, b'on it goes\n')
            equal(os.pread(old, 100, 800_000), b'on it goes\n')
            first = int(os.getxattr('0', 'user.streamactors.first_offset'))
            fresh = read('0')
            assert 0 < first < 100_000 and 100_000 <= len(fresh) < 700_000, (first, len(fresh))
            equal(fresh[:8], b'%07d\n' % int(fresh[:7]))
            equal(fresh[-19:], b'0099999\non it goes\n')
            assert os.getxattr('0', 'user.streamactors.generation') != b'0'
            """);
    }

    [Fact]
    public async Task Retention_ByAge_RemovesWhatIsOldAndListsTheFileThatIsFound()
    {
        const string Options = "log-volume.retention.max-age=1h,log-volume.retention.step-bytes=0,log-volume.retention.check-interval=100ms";
        await using var mount = await LogMount.Start(Options);
        _ = (await mount.Run("mkdir s s/t s/u")).Succeeded;
        // The times are the writer's: an old one, one of the future, which keeps nothing else, and today's.
        await new TopicPlace(mount, "s/t").Python(
            """
            def produce(path, *times):
                with open(path + '/.json/.produce', 'w') as sink:
                    for time_of in times:
                        sink.write(json.dumps({'value': 'x', 'timestamp': int(time_of * 1000)}) + '\n')
            now = time.time()
            number = os.stat('0').st_ino
            produce('.', now - 7200, now + 10**9, now - 7000, now)
            deadline = time.monotonic() + 60
            while os.stat('0').st_ino == number:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            equal(os.getxattr('0', 'user.streamactors.first_offset'), b'3')
            equal(read('0'), b'x\n')
            """);
        const string Numbers = "ls -i s/t | tr -s ' '; stat -c '%i %n' s/t/0 | sed 's-s/t/--'; stat -c %i s/t/.json/0 s/u/0; ls -i s/t/.json";
        var before = (await mount.Run(Numbers)).Succeeded.Split('\n');
        Assert.Equal(before[0].Trim(), before[1]);
        Assert.Equal($"{before[2]} 0", before[4].Trim());
        // They are the same after a remount, after a crash, and whatever was looked at first.
        Assert.Equal(0, await mount.Stop());
        await mount.StartServer();
        Assert.Equal(before, (await mount.Run(Numbers)).Succeeded.Split('\n'));
        await mount.Kill();
        await Shell.RunProgram("umount", ["-l", mount.Root]);
        await mount.StartServer();
        Assert.Equal(before, (await mount.Run(Numbers)).Succeeded.Split('\n'));
    }
}
