using Xunit;

namespace StreamActors.Mounted.Logs;

/// <summary>Bytes never change, sizes are exact, and what was written is seen by every later open (promises 1, 2, 6 and 9).</summary>
public abstract class ReadTests(MountedLog log)
{
    [Fact]
    public async Task Sizes_WhileMessagesAreWritten_AgreeAtEveryMoment()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            os.close(os.open('0', APPEND))
            done = threading.Event()
            def write():
                fd = os.open('0', APPEND)
                for number in range(400):
                    os.write(fd, b'%d\n' % number * (number % 7))
                done.set()
            writer = threading.Thread(target=write)
            writer.start()
            reader = os.open('0', os.O_RDONLY)
            before = b''
            while True:
                last = done.is_set()
                size = os.stat('0').st_size
                end = os.lseek(reader, 0, os.SEEK_END)
                held = os.fstat(reader).st_size
                content = read('0')
                again = os.stat('0').st_size
                assert size <= end <= held <= len(content) <= again, (size, end, held, len(content), again)
                assert content.startswith(before) and content.count(b'\0') == 0
                assert not content or content.endswith(b'\n')
                for path in ('.json/0', '.size/0'):
                    begin = os.stat(path).st_size
                    view = len(read(path))
                    assert begin <= view <= os.stat(path).st_size
                before = content
                if last:
                    break
            writer.join()
            """);
        Assert.Equal("", (await topic.Run("for f in 0 .json/0 .size/0 .at/5/0; do test $(stat -c %s $f) = $(cat $f | wc -c) && test $(wc -c < $f) = $(stat -c %s $f) || echo $f; done")).Succeeded);
    }

    [Fact]
    public async Task Write_ThatReturned_IsSeenByWhoeverReads()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            writer = os.open('0', APPEND)
            reader = os.open('0', os.O_RDONLY)
            expected = b''
            for number in range(300):
                line = b'%d\n' % number
                os.write(writer, line)
                equal(os.pread(reader, 100, len(expected)), line)
                expected += line
                if number % 10 == 0:
                    equal(read('0'), expected)
                    equal(json.loads(read('.at/-1/.json/0' if number % 20 else '.json/.at/-1/0'))['value'], str(number))
            """);
    }

    [Fact]
    public async Task Readers_ThatComeAndGoWhileOneWrites_HaveAllThatWasWritten()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            writer = os.open('0', APPEND)
            expected = b''
            readers = []
            for number in range(200):
                line = b'%d\n' % number * (1 + number % 3 * 5000)
                os.write(writer, line)
                expected += line
                if number % 5 == 1:
                    readers.append(os.open('0', os.O_RDONLY))
                if number % 5 == 4:
                    for reader in readers:
                        equal(os.pread(reader, len(expected) + 1, 0), expected)
                        os.close(reader)
                    readers = []
                if number % 7 == 0:
                    equal(read('0'), expected)
            """);
    }

    [Fact]
    public async Task KernelReads_OfAGrowingPartition_AreItsBytes()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            writer = os.open('0', APPEND)
            os.write(writer, b'one\n' * 1500)
            reader = os.open('0', os.O_RDONLY)
            with mmap.mmap(reader, 0, prot=mmap.PROT_READ) as mapped:
                equal(mapped[:], b'one\n' * 1500)
            equal(error(mmap.mmap, reader, 0), 'EACCES')
            equal(os.lseek(reader, 5, os.SEEK_DATA), 5)
            equal(os.lseek(reader, 5, os.SEEK_HOLE), 6000)
            equal(error(os.lseek, reader, 6000, os.SEEK_DATA), 'ENXIO')
            target = os.memfd_create('target')
            for round in range(50):
                size = os.fstat(reader).st_size
                os.write(writer, b'%d two\n' % round)
                grown = os.fstat(reader).st_size
                equal(os.sendfile(target, reader, size, 1000), grown - size)
                with mmap.mmap(reader, grown, prot=mmap.PROT_READ) as mapped:
                    equal(mapped[size:], b'%d two\n' % round)
            os.lseek(target, 0, os.SEEK_SET)
            equal(os.read(target, 10000), b''.join(b'%d two\n' % round for round in range(50)))
            os.set_blocking(reader, False)
            equal(os.pread(reader, 10, grown), b'')
            """);
        Assert.Equal("", (await topic.Run("cp --sparse=always 0 /tmp/$$ && cmp 0 /tmp/$$; rm /tmp/$$; dd if=0 iflag=direct bs=64k status=none | cmp - 0; tail -c 5 0 | cmp - <(printf ' two\\n')")).Succeeded);
    }

    [Fact]
    public async Task Views_OfOneTopic_ComposeAndAreSeekable()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            os.write(os.open('0', APPEND), b''.join(b'message %d\n' % number for number in range(1000)))
            lines = read('.json/0').splitlines(keepends=True)
            equal([json.loads(line)['offset'] for line in lines], list(range(1000)))
            equal(read('.at/990/0'), b''.join(b'message %d\n' % number for number in range(990, 1000)))
            equal(read('.at/-3/.json/0'), b''.join(lines[-3:]))
            equal(read('.json/.at/1h/0'), read('.json/0'))
            equal(read('.at/999999/0'), b'')
            equal(error(os.stat, '.at/nonsense/0'), 'ENOENT')
            for path in ('0', '.json/0', '.size/0', '.at/500/.size/0'):
                whole = read(path)
                fd = os.open(path, os.O_RDONLY)
                for position in range(0, len(whole), 97):
                    equal(os.pread(fd, 50, position), whole[position:position + 50])
                equal(error(os.open, '.at/5/0', APPEND), 'EACCES')
                equal(error(os.open, '.follow/0', APPEND), 'EACCES')
            """);
    }

    [Fact]
    public async Task Followers_AThousand_EachGetEveryMessageInOrder()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            os.close(os.open('0', APPEND))
            expected = b''.join(b'%d\n' % number for number in range(40))
            got = [b''] * 1000
            failures = []
            def follow(index):
                try:
                    path = ('.follow/0', '.follow/.at/0/0')[index % 2]
                    fd = os.open(path, os.O_RDONLY)
                    while len(got[index]) < len(expected):
                        got[index] += os.read(fd, 1000)
                    os.close(fd)
                except BaseException as e:
                    failures.append(e)
            threading.stack_size(128 << 10)
            followers = [threading.Thread(target=follow, args=(index,)) for index in range(1000)]
            for follower in followers:
                follower.start()
            writer = os.open('0', APPEND)
            for number in range(40):
                os.write(writer, b'%d\n' % number)
            for follower in followers:
                follower.join()
            equal(failures, [])
            assert all(one == expected for one in got)
            fd = os.open('.follow/.json/0', os.O_RDONLY | os.O_NONBLOCK)
            content = b''
            while isinstance(part := error(os.read, fd, 100000), bytes):
                content += part
            equal(part, 'EAGAIN')
            equal(content, read('.json/0'))
            poll = select.poll()
            poll.register(fd, select.POLLIN)
            equal(poll.poll(0), [])
            os.write(writer, b'more\n')
            equal(poll.poll(30000), [(fd, select.POLLIN)])
            equal(json.loads(os.read(fd, 1000))['value'], 'more')
            """);
    }

    [Fact]
    public async Task View_FromATimeToCome_IsEmptyAndGrowsOnceItIsReached()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            def produce(value, year):
                with open('.json/.produce', 'w') as sink:
                    sink.write(json.dumps({'value': value, 'timestamp': int((year - 1970) * 31_557_600_000)}) + '\n')
            place = '.at/2200-01-01T00:00Z'
            produce('early', 2100)
            plain = os.open(place + '/0', os.O_RDONLY)
            follower = os.open(place + '/.follow/0', os.O_RDONLY)
            lines = os.open(place + '/.json/0', os.O_RDONLY)
            number = os.stat(place + '/0').st_ino
            equal((os.fstat(plain).st_size, os.read(plain, 100)), (0, b''))
            equal(error(os.open, place + '/0', APPEND), 'EACCES')
            produce('still', 2150)
            equal((os.stat(place + '/0').st_size, os.stat(place + '/0').st_ino), (0, number))
            got = []
            thread = threading.Thread(target=lambda: got.append(os.read(follower, 100)))
            thread.start()
            produce('then', 2250); produce('after', 2000)
            thread.join()
            assert got[0] in (b'then\n', b'then\nafter\n'), got
            equal((os.fstat(plain).st_size, os.read(plain, 100)), (11, b'then\nafter\n'))
            equal([json.loads(line)['value'] for line in os.read(lines, 1000).splitlines()], ['then', 'after'])
            equal(read(place + '/0'), b'then\nafter\n')
            equal(read(place + '/.merged'), b'then\nafter\n')
            """);
    }

    [Fact]
    public async Task Merged_AllPartitions_AreInTheOrderOfTheirTimes()
    {
        var topic = await log.NewTopic();
        _ = (await topic.Run("touch 1 2")).Succeeded;
        await topic.Python(
            """
            for number in range(90):
                time = 1700000000000 + number // 2 * 1000
                with open(f'.json/{number * 7 % 3}', 'a') as file:
                    file.write(json.dumps({'value': f'message {number}', 'timestamp': time}) + '\n')
            times = [json.loads(line)['timestamp'] for line in read('.json/.merged').splitlines()]
            equal(times, sorted(times))
            equal(len(times), 90)
            merged = read('.merged')
            equal(sorted(merged.splitlines()), sorted(read('0').splitlines() + read('1').splitlines() + read('2').splitlines()))
            equal(os.stat('.merged').st_size, len(merged))
            fd = os.open('.merged', os.O_RDONLY)
            with open('2', 'ab') as file:
                file.write(b'late\n')
            equal(os.pread(fd, len(merged), 0), merged)
            equal(os.pread(fd, 100, len(merged)), b'late\n')
            equal(error(os.open, '.merged', APPEND), 'EACCES')
            fd = os.open('.follow/.merged', os.O_RDONLY)
            content = b''
            while len(content) < len(merged) + 5:
                content += os.read(fd, 10000)
            threading.Timer(0.05, lambda: open('1', 'ab').write(b'last\n')).start()
            equal(os.read(fd, 100), b'last\n')
            """);
    }

    [Fact]
    public async Task Delete_OfATopic_LetsOpenFilesReadOnToTheirEnd()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            writer = os.open('../u/0', APPEND)
            os.write(writer, b'one\ntwo\nrest')
            reader = os.open('../u/0', os.O_RDONLY)
            json_reader = os.open('../u/.json/0', os.O_RDONLY)
            waiting = subprocess.Popen(['cat', '../u/.follow/0'], stdout=subprocess.PIPE)
            equal(os.read(waiting.stdout.fileno(), 8), b'one\ntwo\n')
            os.rmdir('../u')
            equal(waiting.communicate()[0], b'')
            equal(waiting.returncode, 0)
            equal(os.pread(reader, 100, 4), b'two\n')
            equal(os.fstat(reader).st_size, 8)
            equal(len(os.pread(json_reader, 1000, 0).splitlines()), 2)
            equal(error(os.write, writer, b'\n'), 'ENOENT')
            equal(error(os.open, '../u/0', os.O_RDONLY), 'ENOENT')
            os.mkdir('../u')
            os.write(os.open('../u/0', APPEND), b'of another topic\n')
            equal(os.pread(reader, 100, 0), b'one\ntwo\n')
            """);
    }
}

/// <summary>Read by the kernel from the log's own files.</summary>
public sealed class PassthroughReadTests(MountedLog log) : ReadTests(log), IClassFixture<MountedLog>;

/// <summary>Read through the server.</summary>
public sealed class DirectReadTests(MountedLogWithoutPassthrough log) : ReadTests(log), IClassFixture<MountedLogWithoutPassthrough>;
