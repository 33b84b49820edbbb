using Xunit;

namespace StreamActors.Mounted.Logs;

/// <summary>Writes append, whole messages are stored, and nothing that is there changes (promises 3 and 4).</summary>
public abstract class WriteTests(MountedLog log)
{
    [Fact]
    public async Task Append_ByAShell_IsThereAtOnce()
    {
        var topic = await log.NewTopic();
        var result = await topic.Run("echo one >> 0; cat 0; printf 'two\\nthree\\n' >> 0; echo four | tee -a 0 > /dev/null; cat 0; echo five | dd of=0 oflag=append conv=notrunc status=none; tail -n 1 0");
        Assert.Equal("one\none\ntwo\nthree\nfour\nfive\n", result.Succeeded);
    }

    [Fact]
    public async Task Change_OfBytesThatAreThere_IsRefused()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            os.write(os.open('0', APPEND), b'one\ntwo\n')
            equal(error(os.open, '0', os.O_WRONLY | os.O_TRUNC), 'EPERM')
            equal(error(os.open, '0', os.O_RDWR), 'EACCES')
            equal(error(os.open, '0', os.O_RDWR | os.O_APPEND), 'EACCES')
            equal(error(os.truncate, '0', 0), 'EPERM')
            equal(error(os.truncate, '0', 100), 'EPERM')
            equal(error(os.unlink, '0'), 'EPERM')
            fd = os.open('0', os.O_WRONLY)
            equal(error(os.ftruncate, fd, 4), 'EPERM')
            equal(error(os.pwrite, fd, b'x', 0), 'EPERM')
            equal(error(os.pwrite, fd, b'x', 7), 'EPERM')
            equal(error(os.write, fd, b'x'), 'EPERM')
            os.lseek(fd, 0, os.SEEK_END)
            equal(os.write(fd, b'three'), 5)
            equal(os.write(fd, b'\nfour\n'), 6)
            equal(error(os.pwrite, fd, b'x', 8), 'EPERM')
            equal(read('0'), b'one\ntwo\nthree\nfour\n')
            os.utime('0')
            subprocess.run(['touch', '0'], check=True)
            """);
    }

    [Fact]
    public async Task Cut_ThatChangesNoBytes_IsNothing()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            os.truncate('0', 0)
            fd = os.open('0', os.O_WRONLY | os.O_TRUNC)
            os.write(fd, b'one\n')
            os.ftruncate(fd, 4)
            equal(error(os.ftruncate, fd, 3), 'EPERM')
            equal(error(os.ftruncate, fd, 0), 'EPERM')
            equal(os.write(fd, b'two\n'), 4)
            os.truncate('0', 8)
            equal(error(os.truncate, '0', 9), 'EPERM')
            equal(error(os.open, '0', os.O_WRONLY | os.O_TRUNC), 'EPERM')
            equal(error(os.open, '0', os.O_RDONLY | os.O_TRUNC), 'EPERM')
            mode = os.stat('0')
            os.chmod('0', mode.st_mode & 0o7777); os.chown('0', mode.st_uid, mode.st_gid)
            equal(error(os.chmod, '0', 0o777), 'EPERM')
            equal(read('0'), b'one\ntwo\n')
            """);
    }

    [Fact]
    public async Task Copies_OfATopic_ByWhatUsersType_HaveItsMessages()
    {
        var topic = await log.NewTopic();
        _ = (await topic.Run("seq 1000 > 0; touch 1; seq 5 >> 1")).Succeeded;
        var stream = Path.GetDirectoryName(topic.Path)!;
        Assert.Equal("", (await log.Mount.Run(
            $$"""
            set -e
            same() { cmp t/0 "$1/0"; cmp t/1 "$1/1"; }
            mkdir a b c; cp -r t/. a; same a; cp -a t/. b; same b
            tar c -C t . | tar x --overwrite -C c; same c
            rsync -r --inplace t/ d/; same d; seq 6 >> t/1; rsync -r --append t/ d/; same d
            rsync -r --inplace ../{{stream}}/ ../{{stream}}-copy/; cmp t/0 ../{{stream}}-copy/t/0; cmp .configuration ../{{stream}}-copy/.configuration
            touch t a/0; chmod 600 a/0; chmod 700 a; chown $(id -u):$(id -g) a a/0 .configuration
            """,
            stream)).Succeeded);
        // cp makes files of a directory that it has made by O_EXCL, and the first partition is there; mv and sed replace files.
        Assert.Equal("refused\nrefused\nrefused\nrefused\n0\n", (await log.Mount.Run(
            """
            cp -r t e 2>&1 | grep -q 'e/0.*File exists' && echo refused
            (echo x > a/0) 2>&1 | grep -q 'Operation not permitted' && echo refused
            f=$(mktemp); mv -f "$f" a/0 2>&1 | grep -q 'Operation not permitted' && echo refused; rm "$f"
            sed -i s/1/2/ a/0 2>&1 | grep -q 'Invalid argument' && echo refused
            cmp t/0 a/0; echo $?
            """,
            stream)).Output);
    }

    [Fact]
    public async Task Rest_WithoutItsEnd_BecomesAMessageWhenItsWriterIsDone()
    {
        var topic = await log.NewTopic();
        // A close of an inherited descriptor ends nothing.
        Assert.Equal("ab\n", (await topic.Run("{ printf a; /bin/true; printf 'b\\n'; } >> 0; cat 0")).Succeeded);
        Assert.Equal("c\n", (await topic.Run("printf c >> 0; tail -n 1 0")).Succeeded);
        await topic.Python(
            """
            fd = os.open('0', APPEND)
            before = os.fstat(fd).st_size
            os.write(fd, b'held')
            equal(os.fstat(fd).st_size, before)
            subprocess.run(['true'], close_fds=False, check=True)
            equal(os.stat('0').st_size, before)
            os.fsync(fd)
            equal(os.stat('0').st_size, before + 5)
            os.write(fd, b' is over\nand ')
            os.close(fd)
            equal(read('0'), b'ab\nc\nheld\n is over\nand \n')
            equal(os.getxattr('0', 'user.streamactors.messages'), b'5')
            """);
    }

    [Fact]
    public async Task Writers_AtOnce_NeverMixTheirMessages()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            def line(writer, number):
                return f'{writer} {number} '.encode() + b'x' * (writer * 1000) + b'\n'
            def write(writer):
                fd = os.open('0', APPEND)
                for number in range(60):
                    text = line(writer, number)
                    for begin in range(0, len(text), 1700):
                        os.write(fd, text[begin:begin + 1700])
                os.close(fd)
            writers = []
            for writer in range(8):
                pid = os.fork()
                if pid == 0:
                    write(writer)
                    os._exit(0)
                writers.append(pid)
            for pid in writers:
                equal(os.waitpid(pid, 0)[1], 0)
            lines = read('0').splitlines(keepends=True)
            equal(len(lines), 480)
            for writer in range(8):
                equal([l for l in lines if l.startswith(b'%d ' % writer)], [line(writer, number) for number in range(60)])
            """);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("""{"start":"<","stop":">","separator":"\n"}""")]
    [InlineData("""{"separator":"","size":true}""")]
    [InlineData("""{"start":"((","stop":"))","separator":"--","size":true}""")]
    public async Task Append_OfAPartition_IsTheIdentity(string? framing)
    {
        var topic = await log.NewTopic(framing);
        await topic.Run("true");
        var result = await topic.Run(
            """
            seq 1 40000 | cat - /etc/passwd | python3 -c '
            import sys
            for line in sys.stdin.buffer: sys.stdout.buffer.write(b"{\"value\":\"%d %s\"}\n" % (len(line), line.strip().replace(b"\"", b"")))' > /tmp/$$ &&
            cat /tmp/$$ >> .json/0 && rm /tmp/$$ && cat 0 >> ../u/0 && cmp 0 ../u/0 && dd if=0 of=../u/0 bs=7777 oflag=append conv=notrunc status=none &&
            cat 0 0 | cmp - ../u/0 && test "$(getfattr --only-values -n user.streamactors.messages ../u/0)" = $((2 * $(getfattr --only-values -n user.streamactors.messages 0)))
            """);
        Assert.Equal("", result.Succeeded + result.Error);
    }

    [Fact]
    public async Task Message_ThatIsTooLong_IsRefusedWholeAndTheOthersStay()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            def write_all(data):
                while data:
                    data = data[os.write(fd, data):]
            big = b'x' * 3_000_000 + b'\n'
            fd = os.open('0', APPEND)
            equal(error(write_all, b'before\n' + big), 'EMSGSIZE')
            equal(error(write_all, big), 'EMSGSIZE')
            equal(os.write(fd, b'after\n'), 6)
            equal(read('0'), b'before\nafter\n')
            small = [b'x' * 100_000] * 20 + [b'\nnext\n', b'last\n']
            equal([error(os.write, fd, part) for part in small], [100_000] * 15 + ['EMSGSIZE'] * 5 + [6, 5])
            equal(read('0'), b'before\nafter\nnext\nlast\n')
            longest = b'y' * 1_500_000 + b'\n'
            os.close(fd)
            with open('0', 'ab') as file:
                file.write(longest)
            equal(os.stat('0').st_size, 23 + len(longest))
            """);
        var cat = await topic.Run("(head -c 2000000 /dev/zero; echo) | cat >> ../u/0; echo status ${PIPESTATUS[1]}; { head -c 2000000 /dev/zero; echo next; } >> ../u/0; cat ../u/0");
        Assert.Equal("status 1\nnext\n", cat.Succeeded);
        Assert.Contains("Message too long", cat.Error, StringComparison.Ordinal);
        // The shell closes a descriptor after each command, which ends the message that was refused.
        var shell = await topic.Run("exec 3>> ../u/0; printf '%02000000d' 1 >&3; echo status $?; echo ok >&3; tail -n 1 ../u/0");
        Assert.Equal("status 1\nok\n", shell.Succeeded);
    }

    [Fact]
    public async Task SizedFraming_SplitsBySizeAndRefusesAnIncompleteFrame()
    {
        var topic = await log.NewTopic("""{"separator":"","size":true}""");
        await topic.Python(
            """
            def frame(value):
                return struct.pack('>I', len(value)) + value
            fd = os.open('0', APPEND)
            for byte in frame(b'one\n') + frame(b''):
                os.write(fd, bytes([byte]))
            os.write(fd, frame(b'x' * 100_000) + frame(b'incomplete')[:9])
            equal(error(os.fsync, fd), 'EIO')
            equal(error(os.close, fd), 'EIO')
            equal(read('0'), frame(b'one\n') + frame(b'') + frame(b'x' * 100_000))
            equal(error(os.write, os.open('0', APPEND), b'text\n'), 'EMSGSIZE')
            equal(os.getxattr('0', 'user.streamactors.messages'), b'3')
            """);
    }

    [Fact]
    public async Task FramingWithNeitherSeparatorNorSize_EachWriteIsAMessage()
    {
        var topic = await log.NewTopic("""{"start":"<","stop":">","separator":""}""");
        await topic.Python(
            """
            fd = os.open('0', APPEND)
            os.write(fd, b'one\ntwo')
            os.write(fd, b'<three>')
            equal(read('0'), b'<one\ntwo><three>')
            equal([json.loads(line)['value'] for line in read('.json/0').splitlines()], ['one\ntwo', 'three'])
            """);
    }

    [Fact]
    public async Task Values_OfAllKinds_AreKeptAsTheyAre()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            values = [b'', b'\0', b'\0' * 5000, b'\r', b'\xff\xfe', 'é😀'.encode(), b'"\\', b' ']
            fd = os.open('0', APPEND)
            os.write(fd, b''.join(value + b'\n' for value in values))
            def value(line):
                found = json.loads(line)['value']
                return base64.b64decode(found['base64']) if isinstance(found, dict) else found.encode()
            equal([value(line) for line in read('.json/0').splitlines()], values)
            sizes = read('.size/0')
            equal(sizes, b''.join(struct.pack('>I', len(value)) + value for value in values))
            with open('../u/.size/0', 'ab') as file:
                file.write(sizes)
            equal(read('../u/0'), read('0'))
            os.write(os.open('../u/.size/0', APPEND), struct.pack('>I', 3) + b'a\nb')
            equal(json.loads(read('../u/.json/.at/-1/0'))['value'], 'a\nb')
            """);
    }

    [Fact]
    public async Task Sync_OfWrites_Succeeds()
    {
        var topic = await log.NewTopic();
        var result = await topic.Run("seq 1 20 | dd of=0 bs=10 oflag=append,sync conv=notrunc,fsync status=none; seq 21 25 | dd of=0 oflag=append,dsync conv=notrunc status=none; sync 0; cat 0 | cmp - <(seq 1 25)");
        Assert.Equal("", result.Succeeded + result.Error);
    }

    [Fact]
    public async Task KernelCopies_IntoAPartition_Append()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            fd = os.open('0', os.O_WRONLY)
            pipe = os.pipe()
            os.write(pipe[1], b'spliced\n')
            equal(os.splice(pipe[0], fd, 100), 8)
            source = os.memfd_create('source')
            os.write(source, b'sent\n')
            equal(os.sendfile(fd, source, 0, 5), 5)
            equal(error(os.posix_fallocate, fd, 0, 100), 'EPERM')
            equal(error(mmap.mmap, fd, 10), 'EACCES')
            equal(read('0'), b'spliced\nsent\n')
            """);
        Assert.Equal("", (await topic.Run("cp 0 /tmp/$$ && cmp 0 /tmp/$$; rm /tmp/$$; cat 0 >> ../u/0; cat 0 >> ../u/0; cat 0 0 | cmp - ../u/0")).Succeeded);
    }
}

/// <summary>With passthrough readers beside the writers.</summary>
public sealed class PassthroughWriteTests(MountedLog log) : WriteTests(log), IClassFixture<MountedLog>;

/// <summary>Through the server alone.</summary>
public sealed class DirectWriteTests(MountedLogWithoutPassthrough log) : WriteTests(log), IClassFixture<MountedLogWithoutPassthrough>;
