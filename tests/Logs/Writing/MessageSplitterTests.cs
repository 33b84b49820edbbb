using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using StreamActors.Messages.Writing;

namespace StreamActors.Logs.Tests.Writing;

/// <summary>Written bytes as messages, against a slow splitter that has all the bytes at once.</summary>
public sealed class MessageSplitterTests
{
    private const int Max = 12;
    private const ulong Owner = 1;
    private const ulong Other = 2;

    private static readonly Gen<byte[]> Text = Gen.Elements<byte>((byte)'a', (byte)'b', (byte)'-', (byte)'<', (byte)'>', (byte)'\n').ArrayOf();
    private static readonly Gen<byte[]> Part = Gen.Elements("", "\n", "-", "--", "-a-", "a", "<", ">", "<a", "aab", "abab").Select(Encoding.ASCII.GetBytes);
    private static readonly Gen<int[]> Cuts = Gen.Choose(1, 9).ArrayOf();

    private static readonly Gen<Framing> Framings =
        from start in Part
        from stop in Part
        from separator in Part
        from size in Gen.Elements(false, false, true)
        select new Framing(start, size, stop, separator);

    [Fact]
    public void Split_AnyWrites_AreTheMessagesOfTheirBytes()
    {
        var cases =
            from framing in Framings.Where(framing => !framing.HasSize && !framing.Separator.IsEmpty)
            from bytes in Text
            from cuts in Cuts
            select (framing, bytes, cuts);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(cases.ToArbitrary(), given =>
        {
            var (framing, bytes, cuts) = given;
            var writer = new Writer(framing, int.MaxValue / 2);
            foreach (var write in Pieces(bytes, cuts))
                Assert.Equal((write.Length, Fault.None), writer.Write(write));
            writer.Close();

            Assert.Equal(Slowly(framing, bytes).Select(Show), writer.Messages.Select(Show));
        }));
    }

    [Fact]
    public void Split_BytesOfAView_AreItsMessages()
    {
        var cases =
            from framing in Framings
            from values in Text.ArrayOf()
            from cuts in Cuts
            select (framing, values: values.Where(v => IsUnambiguous(framing, v)).ToArray(), cuts);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(cases.ToArbitrary(), given =>
        {
            var (framing, values, cuts) = given;
            var view = View(framing, values);
            var writer = new Writer(framing, int.MaxValue / 2);
            foreach (var write in Pieces(view, framing.HasSize || !framing.Separator.IsEmpty ? cuts : [view.Length]))
                Assert.Equal((write.Length, Fault.None), writer.Write(write));
            Assert.Equal(0, writer.Splitter.HeldBytes);

            if (framing.HasSize || !framing.Separator.IsEmpty)
                Assert.Equal(values.Select(Show), writer.Messages.Select(Show));
            Assert.Equal(Show(view), Show(View(framing, writer.Messages)));
        }));
    }

    /// <summary>
    /// Messages that are too long, and appends that fail, at any place: a message is stored exactly where all its bytes
    /// were accepted, however the writer goes on after an error.
    /// </summary>
    [Fact]
    public void Split_RefusedMessages_LeaveNoPartAndTheOthersWhole()
    {
        var cases =
            from separator in Gen.Elements("\n", "--", "aab")
            from bytes in Gen.Elements("aaaaaaaaaaaaaaaaa", "a", "b", "-", "--", "\n", "\n", "aab", "<").ArrayOf()
            from cuts in Gen.Choose(1, 30).ArrayOf()
            from swallowed in Gen.Elements(true, false).ArrayOf()
            select (new Framing([], false, [], Encoding.ASCII.GetBytes(separator)), Encoding.ASCII.GetBytes(string.Concat(bytes)), cuts, swallowed);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(cases.ToArbitrary(), given =>
        {
            var (framing, bytes, cuts, swallowed) = given;
            var writer = new Writer(framing, Max);
            var isAccepted = new bool[bytes.Length];
            var at = 0;
            var round = 0;
            foreach (var piece in Pieces(bytes, cuts))
            {
                var end = at + piece.Length;
                while (at < end)
                {
                    var isSwallowed = swallowed.Length > 0 && swallowed[round++ % swallowed.Length];
                    var (count, fault) = writer.Write(bytes[at..end], isTold: !isSwallowed);
                    isAccepted.AsSpan(at, count).Fill(true);
                    at += count;
                    if (fault == Fault.None)
                        continue;
                    // A writer that did not hear of the error writes the same again, and hears of it then.
                    if (isSwallowed)
                        Assert.Equal((0, fault), writer.Write(bytes[at..end]));
                    at = end;
                }
            }
            writer.Close();

            Assert.Equal(Accepted(framing, bytes, isAccepted).Select(Show), writer.Messages.Select(Show));
        }));
    }

    [Fact]
    public void Split_TooLongSizedMessage_IsSkippedByItsSize()
    {
        var writer = new Writer(new Framing("<"u8, true, ">"u8, "\n"u8), Max);
        Assert.Equal((0, Fault.MessageTooLarge), writer.Write([.. "<"u8, 0, 0, 0, 20, .. "0123456789"u8]));
        Assert.Equal((0, Fault.MessageTooLarge), writer.Write("01234"u8.ToArray()));

        byte[] last = [.. "56789>\n<"u8, 0, 0, 0, 2, .. "ok>\n"u8];
        Assert.Equal((last.Length, Fault.None), writer.Write(last));

        Assert.Equal(["ok"], writer.Messages.Select(Encoding.ASCII.GetString));
    }

    [Fact]
    public void Split_BytesThatAreNotFramed_AreInvalidFromThere()
    {
        var writer = new Writer(new Framing("<"u8, true, ">"u8, []), Max);
        byte[] write = [.. "<"u8, 0, 0, 0, 1, .. "a>x"u8];
        Assert.Equal((7, Fault.None), writer.Write(write));
        Assert.Equal((0, Fault.Invalid), writer.Write("x"u8.ToArray()));
        Assert.Equal((0, Fault.Invalid), writer.Write([.. "<"u8, 0, 0, 0, 1, .. "a!"u8]));
        Assert.Equal((7, Fault.None), writer.Write([.. "<"u8, 0, 0, 0, 1, .. "b>"u8]));
        Assert.Equal(["a", "b"], writer.Messages.Select(Encoding.ASCII.GetString));
    }

    [Fact]
    public void TakeRest_SizedMessage_MayLackItsEndButNoByteOfItsValue()
    {
        var framing = new Framing("<"u8, true, ">"u8, "\n"u8);
        foreach (var (rest, fault) in new[] { ("", Fault.InputOutput), ("a", Fault.InputOutput), ("ab", Fault.None), ("ab>", Fault.None) })
        {
            var writer = new Writer(framing, Max);
            writer.Write([.. "<"u8, 0, 0, 0, 2, .. Encoding.ASCII.GetBytes(rest)]);
            Assert.Equal(fault, writer.Close());
            Assert.Equal(fault == Fault.None ? ["ab"] : [], writer.Messages.Select(Encoding.ASCII.GetString));
        }
    }

    [Fact]
    public void Split_SizedMessageWithoutItsHeader_IsIncompleteAtTheEnd()
    {
        var writer = new Writer(new Framing([], true, [], []), Max);
        Assert.Equal((3, Fault.None), writer.Write([0, 0, 0]));
        Assert.Equal(Fault.InputOutput, writer.Close());
        Assert.Empty(writer.Messages);
    }

    [Fact]
    public void Split_TextWhereSizesAreExpected_IsTooLarge()
    {
        var writer = new Writer(new Framing([], true, [], []), Max);
        Assert.Equal((0, Fault.MessageTooLarge), writer.Write("hello\n"u8.ToArray()));
    }

    [Fact]
    public void Split_NeitherSeparatorNorSize_EachWriteIsAMessage()
    {
        var writer = new Writer(new Framing("<"u8, false, ">"u8, []), Max);
        writer.Write("<a>"u8.ToArray());
        writer.Write("b\nc"u8.ToArray());
        writer.Write("<>"u8.ToArray());
        Assert.Equal((0, Fault.MessageTooLarge), writer.Write(new byte[Max + 1]));
        writer.Write(new byte[Max]);
        Assert.Equal(["a", "b\nc", "", new string('\0', Max)], writer.Messages.Select(Encoding.ASCII.GetString));
    }

    [Theory]
    [InlineData("<a>\n", "a")]
    [InlineData("<a\n", "<a")]
    [InlineData("a>\n", "a>")]
    [InlineData("<\n", "<")]
    [InlineData("<>\n", "")]
    [InlineData("\n", "")]
    public void Split_StartAndStop_AreStrippedWhereBothArePresent(string written, string value)
    {
        var writer = new Writer(new Framing("<"u8, false, ">"u8, "\n"u8), Max);
        writer.Write(Encoding.ASCII.GetBytes(written));
        Assert.Equal([value], writer.Messages.Select(Encoding.ASCII.GetString));
    }

    [Fact]
    public void Rest_OfAnotherOwner_IsContinuedAndBelongsToItsLastWriter()
    {
        var writer = new Writer(Framing.Lines, Max);
        writer.Write("a"u8.ToArray(), Owner);
        Assert.True(writer.Splitter.HasRestOf(Owner));
        Assert.False(writer.Splitter.HasRestOf(Other));
        Assert.False(writer.Splitter.HasRestOf(null));
        writer.Write("b"u8.ToArray(), Other);
        Assert.False(writer.Splitter.HasRestOf(Owner));
        Assert.True(writer.Splitter.HasRestOf(Other));
        writer.Write("c\n"u8.ToArray(), Owner);
        Assert.False(writer.Splitter.HasRestOf(Owner));
        Assert.Equal(["abc"], writer.Messages.Select(Encoding.ASCII.GetString));
    }

    [Fact]
    public void Split_AppendFails_IsAsIfNothingHadBeenWritten()
    {
        var writer = new Writer(Framing.Lines, Max);
        writer.Write("a"u8.ToArray());
        writer.FailNext = true;
        Assert.Equal((0, Fault.NoSpace), writer.Write("b\nc"u8.ToArray()));
        Assert.Equal(1, writer.Splitter.HeldBytes);
        Assert.Equal((3, Fault.None), writer.Write("b\nc"u8.ToArray()));
        writer.FailNext = true;
        Assert.Equal(Fault.NoSpace, writer.Close());
        Assert.Equal(Fault.None, writer.Close());
        Assert.Equal(["ab", "c"], writer.Messages.Select(Encoding.ASCII.GetString));
    }

    [Fact]
    public void Split_OtherOwnerAfterARefusal_BeginsAMessage()
    {
        var writer = new Writer(Framing.Lines, Max);
        Assert.Equal((0, Fault.MessageTooLarge), writer.Write(new byte[100], Owner));
        Assert.Equal((3, Fault.None), writer.Write("ok\n"u8.ToArray(), Other));
        Assert.Equal(["ok"], writer.Messages.Select(Encoding.ASCII.GetString));
    }

    [Fact]
    public void Split_AfterARefusalWhoseEndDidNotCome_BeginsAMessage()
    {
        var writer = new Writer(Framing.Lines, Max);
        Assert.Equal((0, Fault.MessageTooLarge), writer.Write(new byte[100], isWhole: false));
        Assert.Equal((3, Fault.None), writer.Write("ok\n"u8.ToArray()));
        Assert.Equal(["ok"], writer.Messages.Select(Encoding.ASCII.GetString));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void EndRefusal_OfARefusedMessage_BeginsAnotherAndSaysWhatMayBeUnheard(bool isTold)
    {
        var writer = new Writer(Framing.Lines, Max);
        Assert.Equal((0, Fault.MessageTooLarge), writer.Write(new byte[100], isTold: isTold));
        Assert.Equal(Fault.None, writer.Splitter.EndRefusal(Other));
        Assert.True(writer.Splitter.IsRefusing(Owner));
        Assert.Equal(isTold ? Fault.None : Fault.MessageTooLarge, writer.Splitter.EndRefusal(Owner));
        Assert.Equal(Fault.None, writer.Splitter.EndRefusal(Owner));
        Assert.Equal((3, Fault.None), writer.Write("ok\n"u8.ToArray()));
        Assert.Equal(["ok"], writer.Messages.Select(Encoding.ASCII.GetString));
    }

    [Fact]
    public void Split_RefusalThatMayBeUnheard_IsToldToItsOwnerAlone()
    {
        var writer = new Writer(Framing.Lines, Max);
        writer.Write("0123456789"u8.ToArray(), Owner);
        Assert.Equal((0, Fault.MessageTooLarge), writer.Write("0123\n"u8.ToArray(), Owner, isTold: false));
        Assert.Equal((2, Fault.None), writer.Write("ok"u8.ToArray(), Other));
        Assert.True(writer.Splitter.IsRefusing(Owner));
        Assert.False(writer.Splitter.IsRefusing(Other));
        Assert.Equal((0, Fault.MessageTooLarge), writer.Write("0123\n"u8.ToArray(), Owner));
        Assert.False(writer.Splitter.IsRefusing(Owner));
        Assert.Equal((1, Fault.None), writer.Write("\n"u8.ToArray(), Other));
        Assert.Equal(["ok"], writer.Messages.Select(Encoding.ASCII.GetString));
    }

    [Fact]
    public void Split_MoreMessagesThanABatchHas_GoesOnInTheNextStep()
    {
        var splitter = new MessageSplitter(WrittenForm.Framed(Framing.Lines, Max));
        var batch = new MessageBatch();
        var bytes = new byte[MessageSplitter.MaxBatchMessages + 2];
        bytes.AsSpan().Fill((byte)'\n');
        bytes[^1] = (byte)'x';
        Assert.Equal(Fault.None, splitter.Split(bytes, Owner, batch, out var taken));
        Assert.Equal((MessageSplitter.MaxBatchMessages, MessageSplitter.MaxBatchMessages), (taken, batch.Count));
        splitter.Accept();
        batch.Clear();
        Assert.Equal(Fault.None, splitter.Split(bytes.AsSpan(taken), Owner, batch, out taken));
        Assert.Equal((2, 1), (taken, batch.Count));
        splitter.Accept();
        Assert.Equal(1, splitter.HeldBytes);
    }

    [Fact]
    public void Split_JsonLines_AreMessagesAndAMalformedOneIsNone()
    {
        var splitter = new MessageSplitter(WrittenForm.JsonLines(Max));
        var batch = new MessageBatch();
        var bytes = Encoding.ASCII.GetBytes("{\"value\":\"a\",\"key\":null}\nplain\n{\"value\":}\n{\"value\":\"b\"}\n");
        Assert.Equal(Fault.Invalid, splitter.Split(bytes, Owner, batch, out var taken));
        Assert.Equal((31, 2), (taken, batch.Count));
        splitter.Accept();
        batch.Clear();
        Assert.Equal(Fault.Invalid, splitter.Split(bytes.AsSpan(taken), Owner, batch, out taken));
        Assert.Equal((0, 0), (taken, batch.Count));
    }

    private static bool IsUnambiguous(Framing framing, byte[] value)
    {
        if (framing.HasSize || framing.Separator.IsEmpty)
            return true;
        // The separator is first found where it is meant, and what is not stripped by the view is not by the splitter.
        byte[] framed = [.. framing.Start.Span, .. value, .. framing.Stop.Span, .. framing.Separator.Span];
        return framed.AsSpan().IndexOf(framing.Separator.Span) == framed.Length - framing.Separator.Length;
    }

    private static byte[] View(Framing framing, IEnumerable<byte[]> values)
    {
        var bytes = new List<byte>();
        foreach (var value in values)
        {
            var size = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(size, value.Length);
            bytes.AddRange([.. framing.Start.Span, .. framing.HasSize ? size : [], .. value, .. framing.Stop.Span, .. framing.Separator.Span]);
        }
        return [.. bytes];
    }

    private static IEnumerable<byte[]> Slowly(Framing framing, byte[] bytes)
    {
        for (var rest = bytes; rest.Length > 0;)
        {
            var index = rest.AsSpan().IndexOf(framing.Separator.Span);
            yield return Stripped(framing, index < 0 ? rest : rest[..index]);
            rest = index < 0 ? [] : rest[(index + framing.Separator.Length)..];
        }
    }

    private static IEnumerable<byte[]> Accepted(Framing framing, byte[] bytes, bool[] isAccepted)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var index = bytes.AsSpan(at).IndexOf(framing.Separator.Span);
            var end = index < 0 ? bytes.Length : at + index + framing.Separator.Length;
            // The last one may be held although it is too long by its end's length: it is refused at the close.
            if (!isAccepted.AsSpan(at..end).Contains(false) && (index >= 0 || end - at <= Max))
                yield return bytes[at..(index < 0 ? end : at + index)];
            at = end;
        }
    }

    private static byte[] Stripped(Framing framing, byte[] message) =>
        message.Length >= framing.Start.Length + framing.Stop.Length &&
        message.AsSpan().StartsWith(framing.Start.Span) && message.AsSpan().EndsWith(framing.Stop.Span)
            ? message[framing.Start.Length..^framing.Stop.Length] : message;

    private static IEnumerable<byte[]> Pieces(byte[] bytes, int[] cuts)
    {
        var round = 0;
        for (var at = 0; at < bytes.Length;)
        {
            var length = Math.Min(cuts.Length == 0 ? bytes.Length : cuts[round++ % cuts.Length], bytes.Length - at);
            yield return bytes[at..(at + length)];
            at += length;
        }
    }

    private static string Show(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>Writes as a handle does.</summary>
    private sealed class Writer(Framing framing, int max)
    {
        private readonly MessageBatch _batch = new();

        public MessageSplitter Splitter { get; } = new(WrittenForm.Framed(framing, max));

        public List<byte[]> Messages { get; } = [];

        public bool FailNext { get; set; }

        public (int Taken, Fault Fault) Write(byte[] data, ulong owner = Owner, bool isTold = true, bool isWhole = true)
        {
            _batch.Clear();
            var fault = Splitter.Split(data, owner, _batch, out var taken);
            if (taken == 0)
            {
                Splitter.Refuse(data, owner, fault, isTold, isWhole);
                return (0, fault);
            }
            return Store() ? (taken, Fault.None) : (0, Fault.NoSpace);
        }

        public Fault Close()
        {
            _batch.Clear();
            var fault = Splitter.TakeRest(_batch);
            if (fault != Fault.None)
                Splitter.Clear();
            else if (!Store())
                return Fault.NoSpace;
            return fault;
        }

        private bool Store()
        {
            if (FailNext)
            {
                FailNext = false;
                return false;
            }
            for (var i = 0; i < _batch.Count; i++)
                Messages.Add(_batch[i].Value!.Value.ToArray());
            Splitter.Accept();
            return true;
        }
    }
}
