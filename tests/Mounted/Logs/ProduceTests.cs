using Xunit;

namespace StreamActors.Mounted.Logs;

/// <summary>What is written with keys, or to a topic whose partitions are chosen.</summary>
public sealed class ProduceTests(MountedLog log) : IClassFixture<MountedLog>
{
    [Fact]
    public async Task Sink_Lines_GoToThePartitions()
    {
        var topic = await log.NewTopic();
        _ = (await topic.Run("touch 1 2")).Succeeded;
        var result = await topic.Run("for i in $(seq 1 60); do echo line $i >> .produce; done; cat 0 1 2 | sort -k 2 -n | cmp - <(seq -f 'line %g' 1 60); stat -c %s .produce; test ! -s 0 -a ! -s 1 -a ! -s 2 || echo some; cat .produce");
        Assert.Equal("0\nsome\n", result.Output);
        Assert.Contains("Permission denied", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sink_Keys_ChooseThePartitionAsKafkaDoes()
    {
        var topic = await log.NewTopic();
        _ = (await topic.Run("touch 1 2 3")).Succeeded;
        await topic.Python(
            """
            def murmur2(data):
                m, mask = 0x5bd1e995, 0xffffffff
                h = 0x9747b28c ^ len(data)
                for begin in range(0, len(data) // 4 * 4, 4):
                    k = int.from_bytes(data[begin:begin + 4], 'little') * m & mask
                    k ^= k >> 24
                    h = (h * m & mask) ^ (k * m & mask)
                tail = data[len(data) // 4 * 4:]
                if tail:
                    h ^= int.from_bytes(tail, 'little')
                    h = h * m & mask
                h ^= h >> 13
                h = h * m & mask
                return h ^ h >> 15
            keys = [f'key{number}' for number in range(50)]
            with open('.json/.produce', 'w') as file:
                for key in keys:
                    file.write(json.dumps({'key': key, 'value': 'of ' + key, 'headers': [{'key': 'h', 'value': None}], 'timestamp': '2026-11-20T10:00:00Z'}) + '\n')
            for partition in range(4):
                found = [json.loads(line) for line in read(f'.json/{partition}').splitlines()]
                equal([message['key'] for message in found], [key for key in keys if (murmur2(key.encode()) & 0x7fffffff) % 4 == partition])
                for message in found:
                    equal((message['timestamp'], message['headers']), ('2026-11-20T10:00:00.000Z', [{'key': 'h', 'value': None}]))
            """);
    }

    [Fact]
    public async Task Sink_CopyOfAJsonView_ReplaysIt()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            with open('.json/0', 'w' if False else 'a') as file:
                for message in [{'value': 'a', 'key': 'k'}, {'value': None}, {'value': {'base64': '/w=='}, 'headers': [{'key': 'h', 'value': 'v'}]}, {'value': '{"nested": "\n"}'}]:
                    file.write(json.dumps(message) + '\n')
                file.write('plain\n')
            """);
        var result = await topic.Run("cp .json/.at/1h/0 ../u/.json/.produce && cp -f .json/0 ../u/.json/.produce && cat .json/0 .json/0 | sed 's/\"offset\":[0-9]*//' | cmp - <(sed 's/\"offset\":[0-9]*//' ../u/.json/0); wc -l < ../u/.json/0");
        Assert.Equal("10\n", result.Succeeded);
        Assert.Equal("", result.Error);
    }

    [Fact]
    public async Task JsonLines_ThatAreMalformed_AreRefusedAndTheOthersStay()
    {
        var topic = await log.NewTopic();
        await topic.Python(
            """
            fd = os.open('.json/0', APPEND)
            text = b'{"value":"1"}\n2\n{"value":3}\n'
            equal(os.write(fd, text), 16)
            equal(error(os.write, fd, text[16:]), 'EINVAL')
            equal(os.write(fd, b'{"value":'), 9)
            equal(error(os.write, fd, b'}\n{"value":"lost with it"}\n'), 'EINVAL')
            equal(os.write(fd, b'{"value":"4"}\n{"value":"5"'), 26)
            equal(error(os.close, fd), 'EINVAL')
            equal(read('0'), b'1\n2\n4\n')
            for line in ('{}', '{"value":"v","unknown":1}', '{"value":"v","value":"v"}', '{"value":"\\ud800"}', '{"value":{"base64":"%"}}'):
                equal(error(os.write, os.open('.json/.produce', os.O_WRONLY), line.encode() + b'\n'), 'EINVAL')
            """);
    }
}
