using System.Buffers;
using System.Text;
using System.Text.Json;

namespace StreamActors.Logs.Tests;

/// <summary>The small parts of the format, each alone.</summary>
public sealed class FormatTests
{
    [Fact]
    public void Crc32C_CheckValue_IsThatOfTheStandard()
    {
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));
        Assert.Equal(Crc32C.Compute("123456789abcdefghi"u8), Crc32C.Append(Crc32C.Compute("123"u8), "456789abcdefghi"u8));
        Assert.Equal(0u, Crc32C.Compute([]));
    }

    [Fact]
    public void Crc32C_BytesOfAnyLength_AreAsBitByBit()
    {
        var bytes = new byte[8000];
        new Random(1).NextBytes(bytes);
        foreach (var length in Enumerable.Range(0, 1200).Concat([3071, 3072, 3073, 3455, 3456, 3457, 6144, 7999]))
        {
            var begin = length % 7;
            var expected = ~0u;
            foreach (var value in bytes.AsSpan(begin, length - Math.Min(length, begin)))
            {
                expected ^= value;
                for (var bit = 0; bit < 8; bit++)
                    expected = (expected >> 1) ^ ((expected & 1) == 0 ? 0 : 0x82F63B78u);
            }
            Assert.Equal(~expected, Crc32C.Compute(bytes.AsSpan(begin, length - Math.Min(length, begin))));
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(9, 1)]
    [InlineData(10, 2)]
    [InlineData(99, 2)]
    [InlineData(999_999_999_999_999_999, 18)]
    [InlineData(1_000_000_000_000_000_000, 19)]
    [InlineData(long.MaxValue, 19)]
    public void DigitsOf_Offset_IsItsLength(long offset, int digits) => Assert.Equal(digits, JsonLine.DigitsOf(offset));

    [Fact]
    public void DigitsOf_AroundEachPower_IsItsLength()
    {
        long power = 1;
        for (var i = 0; i < 19; i++, power *= 10)
            for (var offset = Math.Max(0, power - 2); offset <= power + 2; offset++)
                Assert.Equal($"{offset}".Length, JsonLine.DigitsOf(offset));
        for (var bit = 0; bit < 63; bit++)
            Assert.Equal($"{1L << bit}".Length, JsonLine.DigitsOf(1L << bit));
    }

    [Fact]
    public void JsonLine_AnyMessage_IsJsonOfTheMeasuredLength()
    {
        var random = new Random(1);
        for (var i = 0; i < 2000; i++)
        {
            var value = new byte[random.Next(40)];
            random.NextBytes(value);
            if (i % 2 == 0)
                value = Encoding.UTF8.GetBytes(string.Concat(value.Select(b => (char)b)));
            ReadOnlyMemory<byte>? key = i % 3 == 0 ? value : null;
            MessageHeader[] headers = i % 4 == 0 ? [new("h\"", value), new("h\"", null)] : [];
            var time = i % 5 == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : 1_795_000_000_000 + i;
            var length = JsonLine.Measure(value, i % 7 == 0, time, key, headers) + JsonLine.DigitsOf(i);
            var entry = new IndexEntry(i, 0, 0, (int)length, time, time, MessageClock.Log, 0, false, 0, 0);
            var line = new ArrayBufferWriter<byte>();
            JsonLine.Write(new LogRecord(entry, i % 7 == 0 ? default(ReadOnlyMemory<byte>?) : value, key, headers), line);

            Assert.Equal(length, line.WrittenCount);
            Assert.Equal((byte)'\n', line.WrittenSpan[^1]);
            Assert.Equal(1, line.WrittenSpan.Count((byte)'\n'));
            using var json = JsonDocument.Parse(line.WrittenMemory);
            Assert.Equal(i, json.RootElement.GetProperty("offset").GetInt32());
            var found = json.RootElement.GetProperty("value");
            if (i % 7 == 0)
                Assert.Equal(JsonValueKind.Null, found.ValueKind);
            else
                Assert.Equal(value, found.ValueKind == JsonValueKind.String
                    ? Encoding.UTF8.GetBytes(found.GetString()!) : found.GetProperty("base64").GetBytesFromBase64());
        }
    }

    [Fact]
    public void JsonLine_OfAMessage_LooksAsDocumented()
    {
        var line = new ArrayBufferWriter<byte>();
        var entry = new IndexEntry(7, 0, 0, 0, 1_795_168_800_000, 0, MessageClock.Writer, 0, true, 4, 0);
        JsonLine.Write(new LogRecord(entry, "text"u8.ToArray(), "k"u8.ToArray(), [new MessageHeader("h", "v"u8.ToArray())]), line);
        Assert.Equal(
            """{"offset":7,"timestamp":"2026-11-20T10:00:00.000Z","key":"k","headers":[{"key":"h","value":"v"}],"value":"text"}""" + "\n",
            Encoding.UTF8.GetString(line.WrittenSpan));
    }

    [Fact]
    public void WriterTable_SequenceAtItsEnd_GoesRound()
    {
        var table = new WriterTable(10);
        table.Note(1, 0, new WriterBatch(int.MaxValue - 1, 3, 0));
        Assert.Equal(WriterVerdict.Accept, table.Judge(1, 0, 1, 1, out _));
        Assert.Equal(WriterVerdict.OutOfSequence, table.Judge(1, 0, 2, 1, out _));
        Assert.Equal(WriterVerdict.Duplicate, table.Judge(1, 0, int.MaxValue - 1, 3, out _));
    }

    [Fact]
    public void WriterTable_Full_ForgetsTheWriterThatWasSilentLongest()
    {
        var table = new WriterTable(2);
        table.Note(1, 0, new WriterBatch(0, 1, 0));
        table.Note(2, 0, new WriterBatch(0, 1, 1));
        table.Note(1, 0, new WriterBatch(1, 1, 2));
        table.Note(3, 0, new WriterBatch(0, 1, 3));
        Assert.Equal(2, table.Count);
        Assert.Equal(WriterVerdict.Duplicate, table.Judge(1, 0, 0, 1, out _));
        Assert.Equal(WriterVerdict.Accept, table.Judge(2, 0, 0, 1, out _));
    }

    [Fact]
    public void Batch_MessageTooLong_IsRefusedAndTheRestStays()
    {
        var batch = new Batch(messageMaxBytes: 10);
        Assert.Null(batch.Add("short"u8, 0));
        Assert.Equal(LogError.TooLarge, batch.Add(new byte[11], 0)?.Error);
        Assert.Equal(LogError.TooLarge, batch.Add(new LogMessage(new byte[6], 0, Key: new byte[6]))?.Error);
        Assert.Equal(1, batch.Count);
    }
}
