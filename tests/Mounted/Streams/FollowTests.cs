using Xunit;
using static StreamActors.Mounted.Streams.StreamFiles;

namespace StreamActors.Mounted.Streams;

/// <summary>Reads that wait at the end of a partition.</summary>
public sealed class FollowTests
{
    [Fact]
    public async Task Read_AtTheEnd_WaitsForEachMessage()
    {
        await using var mount = await Mount.Start(Fast, With("data.dir", Json(("t", Numbers(100)))));
        using var reader = Shell.Start("cat", ["data.dir/t/.follow/0"], mount.Root);

        for (var i = 0; i < 20; i++)
            Assert.Equal($"{i}", await reader.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));

        reader.Kill();
    }

    [Fact]
    public async Task Read_UnderLayoutTopics_Waits()
    {
        await using var mount = await Mount.Start(Fast, With("data.dir", Json(("t", Numbers(100)))), "--layout", "topics");

        Assert.Equal("0\n1\n2\n", (await mount.Run("head -n 3 data.dir/t.follow")).Succeeded);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("KILL")]
    public async Task Read_Signalled_EndsAtOnce(string signal)
    {
        await using var mount = await Mount.Start(Never, With("data.dir", Json(("t", ["1"]))));
        using var reader = await BlockedReader.Start(mount, "data.dir/t/.follow/0");

        await Shell.RunProgram("kill", [$"-{signal}", $"{reader.Id}"]);

        await reader.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(0, reader.ExitCode);
        Assert.DoesNotContain("dropped", mount.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_InterruptedByAHandledSignal_IsInterruptedAndCanBeRepeated()
    {
        await using var mount = await Mount.Start(Never, With("data.dir", Json(("t", ["1"]))));

        var result = await Shell.Python(
            """
            import os, signal, sys
            class Interrupted(Exception): pass
            def handler(*_): raise Interrupted
            signal.signal(signal.SIGALRM, handler)
            file = os.open(sys.argv[1], os.O_RDONLY)
            for _ in range(3):
                try:
                    signal.setitimer(signal.ITIMER_REAL, 0.05)
                    os.read(file, 100)
                except Interrupted:
                    print('interrupted')
            """, $"{mount.Root}/data.dir/t/.follow/0");

        Assert.Equal("interrupted\ninterrupted\ninterrupted\n", result.Succeeded);
    }

    [Fact]
    public async Task Read_NonBlocking_IsEagain()
    {
        await using var mount = await Mount.Start(Never, With("data.dir", Json(("t", ["1"]))));

        var result = await Shell.Python(
            """
            import errno, fcntl, os, sys
            file = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
            try:
                os.read(file, 10)
            except OSError as wrong:
                print(errno.errorcode[wrong.errno])
            file = os.open(sys.argv[1], os.O_RDONLY)
            fcntl.fcntl(file, fcntl.F_SETFL, os.O_NONBLOCK)
            try:
                os.read(file, 10)
            except OSError as wrong:
                print(errno.errorcode[wrong.errno])
            """, $"{mount.Root}/data.dir/t/.follow/0");

        Assert.Equal("EAGAIN\nEAGAIN\n", result.Succeeded);
    }

    [Theory]
    [InlineData("p = select.poll(); p.register(file, select.POLLIN); ready = lambda seconds: bool(p.poll(seconds * 1000))")]
    [InlineData("p = select.epoll(); p.register(file, select.EPOLLIN); ready = lambda seconds: bool(p.poll(seconds))")]
    [InlineData("p = select.epoll(); p.register(file, select.EPOLLIN | select.EPOLLET); ready = lambda seconds: bool(p.poll(seconds))")]
    [InlineData("ready = lambda seconds: bool(select.select([file], [], [], seconds)[0])")]
    public async Task Poll_AtTheEnd_IsReadyOnceAMessageComes(string means)
    {
        await using var mount = await Mount.Start("simulated.interval=200ms", With("data.dir", Json(("t", Numbers(1000)))));

        var result = await Shell.Python(
            $$"""
            import os, select, sys
            file = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
            {{means}}
            got = b''
            while got.count(b'\n') < 6:
                assert ready(30)
                try:
                    got += os.read(file, 100)
                except BlockingIOError:
                    pass
            print(b''.join(b'%d\n' % i for i in range(1000)).startswith(got))
            """, $"{mount.Root}/data.dir/t/.follow/0");

        Assert.Equal("True\n", result.Succeeded);
    }

    [Fact]
    public async Task Poll_NothingComes_TimesOut()
    {
        await using var mount = await Mount.Start(Never, With("data.dir", Json(("t", ["1"]))));

        var result = await Shell.Python(
            "import os, select, sys; f = os.open(sys.argv[1], os.O_RDONLY); print(select.select([f], [], [], 0.1))", $"{mount.Root}/data.dir/t/.follow/0");

        Assert.Equal("([], [], [])\n", result.Succeeded);
    }

    [Fact]
    public async Task Read_ManyFollowers_EachGetsEveryMessageInOrder()
    {
        await using var mount = await Mount.Start("simulated.interval=10ms", With("data.dir", Json(("t", Numbers(100)))));

        var result = await Shell.Python(
            """
            import os, sys, threading
            whole = b''.join(b'%d\n' % i for i in range(100))
            wrong = []
            def follow():
                file = os.open(sys.argv[1], os.O_RDONLY)
                got = b''
                while len(got) < len(whole):
                    got += os.read(file, 100)
                if got != whole:
                    wrong.append(got)
                os.close(file)
            threading.stack_size(1 << 16)
            threads = [threading.Thread(target=follow) for _ in range(500)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            print(wrong)
            """, $"{mount.Root}/data.dir/t/.follow/0");

        Assert.Equal("[]\n", result.Succeeded);
    }

    [Theory]
    [InlineData("rmdir data.dir/t")]
    [InlineData("rmdir data.dir")]
    public async Task Read_TopicIsDeleted_Ends(string delete)
    {
        await using var mount = await Mount.Start(Never, With("data.dir", Json(("t", ["1"]), ("u", ["2"]))));
        using var reader = await BlockedReader.Start(mount, "data.dir/t/.follow/0");

        Assert.Equal("", (await mount.Run(delete)).Succeeded);

        await reader.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, reader.ExitCode);
    }

    [Theory]
    [InlineData("os.unlink(file)")]
    [InlineData("os.rename(file, file + '.old')")]
    [InlineData("os.unlink(file); os.mkdir(file)")]
    [InlineData("os.unlink(file); open(file, 'w').write('[]')")]
    public async Task Read_FileIsRemovedInSource_GoesOnToItsLastMessageAndWaits(string removal)
    {
        await using var mount = await Mount.Start(Fast, With("data.dir", Json(("t", Numbers(20)))));

        var result = await Shell.Python(
            $"""
            import os, sys
            name, file = sys.argv[1:]
            follower = os.open(name + '/t/.follow/0', os.O_RDONLY)
            text = os.read(follower, 2)
            {removal}
            try:
                while True: os.stat(name + '/t')
            except FileNotFoundError: pass
            while not text.endswith(b'\n19\n'): text += os.read(follower, 100)
            os.set_blocking(follower, False)
            try: print('ended', os.read(follower, 100))
            except BlockingIOError: print(len(text.split()), 'messages')
            """,
            Path.Combine(mount.Root, "data.dir"), Path.Combine(mount.Source, "data.dir"));

        Assert.Equal("20 messages\n", result.Succeeded);
    }

    [Fact]
    public async Task Read_FileIsReplaced_GoesOnWithItsOwnBytes()
    {
        await using var mount = await Mount.Start(Fast, With("data.dir", Json(("t", Numbers(1000)))));
        using var reader = Shell.Start("cat", ["data.dir/t/.follow/0"], mount.Root);
        Assert.Equal("0", await reader.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));

        await File.WriteAllTextAsync(Path.Combine(mount.Source, "data.dir"), Json(("t", ["other"])), TestContext.Current.CancellationToken);
        Assert.Equal("t\n", (await mount.Run("ls data.dir")).Succeeded);

        for (var i = 1; i < 10; i++)
            Assert.Equal($"{i}", await reader.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        reader.Kill();
    }

    [Fact]
    public async Task Unmount_WhileReadsWait_EndsThem()
    {
        await using var mount = await Mount.Start(Never, With("data.dir", Json(("t", ["1"]))));
        using var reader = await BlockedReader.Start(mount, "data.dir/t/.follow/0");

        Assert.Equal(0, await mount.Stop());

        await reader.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(0, reader.ExitCode);
    }
}
