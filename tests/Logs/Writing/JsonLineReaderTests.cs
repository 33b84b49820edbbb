using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using StreamActors.Messages.Writing;

namespace StreamActors.Logs.Tests.Writing;

public sealed class JsonLineReaderTests
{
    private const int Max = 1000;

    [Fact]
    public void Read_WhatTheViewPrints_IsTheMessage()
    {
        var bytes = Gen.OneOf(
            Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(),
            Gen.Elements("a", "\"", "\\", "\n", "\0", "é", "😀", "\u2028", "{", "/").ArrayOf().Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts))));
        var nullable = Gen.Frequency((1, Gen.Constant<byte[]?>(null)), (3, bytes.Select(b => (byte[]?)b)));
        var header =
            from name in Gen.Elements("", "h", "é\"", "😀\t")
            from value in nullable
            select new MessageHeader(name, Memory(value));
        var messages =
            from value in nullable
            from key in nullable
            from headers in header.ArrayOf()
            from time in Gen.Elements(0, 1_795_000_000_123, -1, -62135596800000, -62135596800001, 253402300799999, 253402300800000, long.MaxValue, long.MinValue)
            select (Value: value, Key: key, Headers: headers, Time: time);
        Check.QuickThrowOnFailure(Prop.ForAll(messages.ToArbitrary(), message =>
        {
            var line = new ArrayBufferWriter<byte>();
            var entry = new IndexEntry(7, 0, 0, 0, message.Time, message.Time, MessageClock.Writer, 0, false, 0, 0);
            JsonLine.Write(new LogRecord(entry, Memory(message.Value), Memory(message.Key), message.Headers), line);
            var batch = new MessageBatch();

            Assert.Equal(Fault.None, JsonLineReader.Read(line.WrittenSpan[..^1], 1 << 20, batch));

            Assert.Equal(1, batch.Count);
            var read = batch[0];
            Assert.Equal(message.Value, read.Value?.ToArray());
            Assert.Equal(message.Key, read.Key?.ToArray());
            Assert.Equal(message.Time, read.Timestamp);
            Assert.Equal(
                message.Headers.Select(h => (h.Name, Hex(h.Value))), (read.Headers ?? []).Select(h => (h.Name, Hex(h.Value))));
        }));
    }

    [Fact]
    public void MaxLineBytes_OfTheLongestMessage_HoldsWhatTheViewPrints()
    {
        foreach (var byteOf in new byte[] { 0, 0xFF, (byte)'a' })
        {
            var value = new byte[Max];
            value.AsSpan().Fill(byteOf);
            var length = JsonLine.Measure(value, false, long.MinValue, null, null) + JsonLine.DigitsOf(long.MaxValue);
            Assert.True(length <= JsonLineReader.MaxLineBytes(Max));
        }
        var headers = Enumerable.Repeat(new MessageHeader("", null), 10_000).ToList();
        const int headersMax = 14 + (6 * 10_000);
        Assert.True(JsonLine.Measure([], true, long.MinValue, null, headers) + JsonLine.DigitsOf(long.MaxValue) <= JsonLineReader.MaxLineBytes(headersMax));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("\"text\"")]
    [InlineData("[{}]")]
    [InlineData("a{")]
    public void Read_LineThatIsNoObject_IsAValue(string line)
    {
        var batch = new MessageBatch();
        Assert.Equal(Fault.None, JsonLineReader.Read(Encoding.UTF8.GetBytes(line), Max, batch));
        Assert.Equal(line, Encoding.UTF8.GetString(batch[0].Value!.Value.Span));
        Assert.Null(batch[0].Key);
        Assert.Null(batch[0].Timestamp);
    }

    [Theory]
    [InlineData("\"2026-11-20T10:00:00.000Z\"", 1795168800000)]
    [InlineData("\"2026-11-20T10:00Z\"", 1795168800000)]
    [InlineData("\"2026-11-20T10:00:00\"", 1795168800000)]
    [InlineData("\"2026-11-20\"", 1795132800000)]
    [InlineData("\"2026-11-20T12:00:00.5+02:00\"", 1795168800500)]
    [InlineData("1795168800000", 1795168800000)]
    [InlineData("-1", -1)]
    public void Read_Timestamp_IsMilliseconds(string text, long expected)
    {
        var batch = new MessageBatch();
        Assert.Equal(Fault.None, JsonLineReader.Read(Encoding.UTF8.GetBytes($" {{ \"timestamp\" : {text} , \"value\":\"\" }} "), Max, batch));
        Assert.Equal(expected, batch[0].Timestamp);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData(" \t{}")]
    [InlineData("{\"key\":\"k\"}")]
    [InlineData("{\"value\":1}")]
    [InlineData("{\"value\":[]}")]
    [InlineData("{\"value\":{}}")]
    [InlineData("{\"value\":{\"base64\":\"!\"}}")]
    [InlineData("{\"value\":{\"base64\":\"\",\"x\":1}}")]
    [InlineData("{\"value\":{\"base64\":{\"base64\":\"\"}}}")]
    [InlineData("{\"value\":\"\"}{\"value\":\"\"}")]
    [InlineData("{\"value\":\"\"} x")]
    [InlineData("{\"value\":\"\",\"value\":\"\"}")]
    [InlineData("{\"value\":\"\",\"Key\":\"\"}")]
    [InlineData("{\"value\":\"\",\"partition\":0}")]
    [InlineData("{\"value\":\"\\ud800\"}")]
    [InlineData("{\"value\":\"\\x\"}")]
    [InlineData("{\"\\ud800\":\"\"}")]
    [InlineData("{\"value\":\"\",\"offset\":\"1\"}")]
    [InlineData("{\"value\":\"\",\"offset\":{}}")]
    [InlineData("{\"value\":\"\",\"timestamp\":\"yesterday\"}")]
    [InlineData("{\"value\":\"\",\"timestamp\":\"0000-01-01T00:00Z\"}")]
    [InlineData("{\"value\":\"\",\"timestamp\":1.5}")]
    [InlineData("{\"value\":\"\",\"timestamp\":9223372036854775808}")]
    [InlineData("{\"value\":\"\",\"timestamp\":[]}")]
    [InlineData("{\"value\":\"\",\"headers\":{}}")]
    [InlineData("{\"value\":\"\",\"headers\":[1]}")]
    [InlineData("{\"value\":\"\",\"headers\":[{}]}")]
    [InlineData("{\"value\":\"\",\"headers\":[{\"key\":\"h\"}]}")]
    [InlineData("{\"value\":\"\",\"headers\":[{\"key\":null,\"value\":\"\"}]}")]
    [InlineData("{\"value\":\"\",\"headers\":[{\"key\":{\"base64\":\"\"},\"value\":\"\"}]}")]
    [InlineData("{\"value\":\"\",\"headers\":[{\"key\":\"h\",\"value\":\"\",\"timestamp\":1}]}")]
    [InlineData("{\"value\":\"\",\"headers\":[{\"key\":\"\\udc00\",\"value\":\"\"}]}")]
    [InlineData("{\"value\":\"\",\"headers\":[[[[[]]]]]}")]
    public void Read_MalformedObject_IsInvalidAndNothingIsAdded(string line)
    {
        var batch = new MessageBatch();
        Assert.Equal(Fault.Invalid, JsonLineReader.Read(Encoding.UTF8.GetBytes(line), Max, batch));
        Assert.Equal(0, batch.Count);
    }

    [Fact]
    public void Read_ObjectThatIsNotUtf8_IsInvalid() =>
        Assert.Equal(Fault.Invalid, JsonLineReader.Read([.. "{\"value\":\""u8, 0xFF, .. "\"}"u8], Max, new MessageBatch()));

    [Fact]
    public void Read_MessageLongerThanAllowed_IsTooLarge()
    {
        var batch = new MessageBatch();
        Assert.Equal(Fault.None, JsonLineReader.Read(new byte[Max], Max, batch));
        Assert.Equal(Fault.MessageTooLarge, JsonLineReader.Read(new byte[Max + 1], Max, batch));
        Assert.Equal(Fault.None, JsonLineReader.Read(Object(new string('v', Max)), Max, batch));
        Assert.Equal(Fault.MessageTooLarge, JsonLineReader.Read(Object(new string('v', Max + 1)), Max, batch));
        Assert.Equal(Fault.MessageTooLarge, JsonLineReader.Read(Encoding.ASCII.GetBytes($"{{\"value\":null,\"key\":\"{new string('k', Max)}\"}}"), Max, batch));
        Assert.Equal(2, batch.Count);

        static byte[] Object(string value) => Encoding.ASCII.GetBytes($"{{\"value\":\"{value}\"}}");
    }

    [Fact]
    public void Read_RandomChangesOfALine_AddsOneMessageOrNone()
    {
        var line = "{\"offset\":7,\"timestamp\":\"2026-11-20T10:00:00.000Z\",\"key\":{\"base64\":\"/w==\"},\"headers\":[{\"key\":\"h\",\"value\":null}],\"value\":\"t\\u00e9\\n\"}"u8.ToArray();
        const int seed = 11;
        var random = new Random(seed);
        for (var i = 0; i < 20_000; i++)
        {
            var changed = line.ToArray();
            for (var change = random.Next(1, 4); change > 0; change--)
                changed[random.Next(1, changed.Length)] = (byte)random.Next(random.Next(2) == 0 ? 128 : 256);
            var batch = new MessageBatch();

            var fault = JsonLineReader.Read(changed.AsSpan(0, random.Next(4) == 0 ? random.Next(changed.Length) : changed.Length), Max, batch);

            Assert.True(fault is Fault.None or Fault.Invalid && batch.Count == (fault == Fault.None ? 1 : 0), $"{Encoding.UTF8.GetString(changed)} (seed {seed})");
        }
    }

    private static ReadOnlyMemory<byte>? Memory(byte[]? bytes) => bytes is null ? default(ReadOnlyMemory<byte>?) : bytes.AsMemory();

    private static string Hex(ReadOnlyMemory<byte>? bytes) => bytes is { } b ? Convert.ToHexString(b.Span) : "null";
}
