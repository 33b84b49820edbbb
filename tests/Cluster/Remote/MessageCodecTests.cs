using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using StreamActors.Messages;
using StreamActors.Remote;
using StreamActors.Runtime;
using StreamActors.Sharding;

namespace StreamActors.Cluster.Tests.Remote;

public sealed class MessageCodecTests
{
    private const int Version = ClusterNodeSettings.NewestProtocol;
    private static readonly Guid Owner = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
    private static readonly PartitionId Partition = new("p0");

    private readonly MessageCodec _codec = new();

    public static TheoryData<string> Records => [.. Samples.Types.Select(type => type.FullName!)];

    /// <summary>What must not change: a host of this version talks to hosts of the next.</summary>
    public static TheoryData<object, int, string> Golden => new()
    {
        { new PartitionRequest.Wait(Partition, new HandleId(Owner, 5), new WaiterId(7), 300, true), 7, "0A02703082011D0A140A1000112233445566778899AABBCCDDEEFF1005100718AC022001" },
        { new PartitionRequest.FindView(Partition, ViewKind.Json, new StartPlace.Last(100)), 7, "0A0270301206080112021064" },
        { new PartitionReply.Grown(300), 8, "38AC02" },
        { new PartitionReply.Appended(0), 8, "2800" },
        { new StreamRequest.FindTopic(new StreamId("s"), new EntityName("comedy")), 3, "0A01732206636F6D656479" },
        { new VolumeReply.Done(), 2, "1A00" },
        { new TopicReply.Found(Partition), 6, "12027030" },
        { new ShardingEnvelope("%2Fs:", new VolumeRequest.ListStreams()), 12, "0A05253246733A12020A00" },
        { new Failure(Fault.UnknownHandle, "no"), 9, "080C12026E6F" },
    };

    [Theory]
    [MemberData(nameof(Records))]
    public void Record_AnyParts_ComesBackEqual(string name)
    {
        var type = Samples.Types.Single(type => type.FullName == name);
        Check.QuickThrowOnFailure(Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var record = new Samples(new Random(seed)).Make(type);
            var (form, bytes) = Encode(record);
            var read = _codec.Decode(form, bytes, "a", Version);
            Assert.IsType(type, read);
            Assert.Equal(Same.Text(record), Same.Text(read));
        }));
    }

    [Theory]
    [MemberData(nameof(Golden))]
    public void Record_Golden_HasTheseBytes(object record, int form, string hex)
    {
        Assert.Equal((form, hex), (Encode(record).Form, Convert.ToHexString(Encode(record).Bytes)));
        Assert.Equal(record, _codec.Decode(form, Convert.FromHexString(hex), "a", Version));
    }

    [Fact]
    public void Sets_AllOfThem_HaveRecordsAndEachItsOwnForm()
    {
        var forms = Samples.Types.Select(type => (type.DeclaringType ?? type, Encode(new Samples(new Random(1)).Make(type)).Form)).Distinct().ToArray();
        Assert.Equal(forms.Length, forms.Select(form => form.Form).Distinct().Count());
        Assert.True(Samples.Types.Count > 55);
    }

    [Theory]
    [InlineData(typeof(AskTimeoutException))]
    [InlineData(typeof(TooManyAsksException))]
    [InlineData(typeof(OperationCanceledException))]
    [InlineData(typeof(RemoteException))]
    public void Thrown_WhatAskersTellApart_StaysWhatItIs(Type type)
    {
        var thrown = (Exception)Activator.CreateInstance(type, "why")!;
        var (form, bytes) = Encode(new Status.Failure(thrown));
        var cause = Assert.IsType<Status.Failure>(_codec.Decode(form, bytes, "a", Version)).Cause;
        Assert.IsType(type, cause);
        Assert.Contains("why", cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Thrown_AnythingElse_IsTextWithItsBounds()
    {
        var (form, bytes) = Encode(new Status.Failure(new FormatException(new string('x', 1 << 20))));
        Assert.InRange(bytes.Length, 1000, 10_000);
        Assert.IsType<RemoteException>(Assert.IsType<Status.Failure>(_codec.Decode(form, bytes, "a", Version)).Cause);
    }

    [Fact]
    public void Failure_CauseAndLongReason_AreTextThatIsCut()
    {
        var (form, bytes) = Encode(new Failure(Fault.InputOutput, new string('r', 10_000), new IOException("the disk")));
        var read = Assert.IsType<Failure>(_codec.Decode(form, bytes, "a", Version));
        Assert.Equal((Fault.InputOutput, 4096), (read.Fault, read.Reason.Length));
        Assert.Contains("the disk", read.Cause!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_FieldOfANewerVersion_IsSkipped()
    {
        var (form, bytes) = Encode(new PartitionReply.Grown(300));
        // Field 1000, a varint.
        byte[] newer = [.. bytes, 0xC0, 0x3E, 0x01];
        Assert.Equal(new PartitionReply.Grown(300), _codec.Decode(form, newer, "a", Version));
    }

    [Theory]
    [InlineData(7, "0A027030C23E00")] // a case of a newer version
    [InlineData(7, "0A027030")] // none
    [InlineData(8, "")]
    [InlineData(99, "")]
    [InlineData(0, "")]
    [InlineData(-1, "00")]
    [InlineData(7, "12061001120210640A")] // ends within a field
    [InlineData(7, "0A02702012060801")] // ends within another
    [InlineData(7, "12002200")] // no id
    [InlineData(7, "0A0170120208" + "05")]
    [InlineData(7, "0A01707A060A0401020304")] // a handle's owner that is too short
    [InlineData(7, "0A0170820100")] // a wait without a handle
    [InlineData(8, "38FFFFFFFFFFFFFFFFFF01")] // an end that is negative
    [InlineData(2, "1209" + "0A0173120173188001" + "1A")]
    public void Decode_WhatIsNoMessage_IsRefused(int form, string hex) =>
        Assert.Throws<PeerFormatException>(() => _codec.Decode(form, Convert.FromHexString(hex), "a", Version));

    [Fact]
    public void Decode_FaultOfANewerVersion_IsAFailureThatSaysSo()
    {
        var read = Assert.IsType<Failure>(_codec.Decode(9, Convert.FromHexString("08E80712026E6F"), "a", Version));
        Assert.Equal((Fault.Crashed, "fault 1000, which this version does not know: no"), (read.Fault, read.Reason));
    }

    [Fact]
    public void Encode_WhatDoesNotGoBetweenHosts_IsRefused()
    {
        Assert.Throws<PeerFormatException>(() => Encode("text"));
        Assert.Throws<PeerFormatException>(() => Encode(new PartitionReply.Opened(null!)));
    }

    [Fact]
    public void Decode_AnyBytes_IsAMessageOrRefused() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            Decodes(1 + random.Next(11), bytes);
        }));

    [Fact]
    public void Decode_DamagedMessage_IsAMessageOrRefused() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var (form, bytes) = Encode(new Samples(random).Make(Samples.Types[random.Next(Samples.Types.Count)]));
            for (var i = random.Next(1, 4); i > 0 && bytes.Length > 0; i--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            Decodes(form, random.Next(2) == 0 ? bytes : bytes[..random.Next(bytes.Length + 1)]);
        }));

    private void Decodes(int form, byte[] bytes)
    {
        try
        {
            _codec.Decode(form, bytes, "a", Version);
        }
        catch (PeerFormatException)
        {
            // As it should.
        }
    }

    private (int Form, byte[] Bytes) Encode(object record)
    {
        var target = new ArrayBufferWriter<byte>();
        return (_codec.Encode(record, "b", Version, target), target.WrittenSpan.ToArray());
    }
}
