using System.Buffers;
using Google.Protobuf;
using StreamActors.Cluster;
using StreamActors.Messages;
using StreamActors.Runtime;
using StreamActors.Sharding;

namespace StreamActors.Remote;

/// <summary>
/// What hosts ask each other for, and answer, as protobuf: each closed set is one message with a case for each of its
/// records, and a number, which never changes.
/// </summary>
public sealed class MessageCodec : IPeerCodec
{
    // An unknown field is of a newer version, and skipped.
    private static readonly Dictionary<Form, FormReader> Readers = new()
    {
        [Form.VolumeRequest] = Reader(Protos.VolumeRequest.Parser, VolumeForms.Read),
        [Form.VolumeReply] = Reader(Protos.VolumeReply.Parser, VolumeForms.Read),
        [Form.StreamRequest] = Reader(Protos.StreamRequest.Parser, StreamForms.Read),
        [Form.StreamReply] = Reader(Protos.StreamReply.Parser, StreamForms.Read),
        [Form.TopicRequest] = Reader(Protos.TopicRequest.Parser, TopicForms.Read),
        [Form.TopicReply] = Reader(Protos.TopicReply.Parser, TopicForms.Read),
        [Form.PartitionRequest] = Reader(Protos.PartitionRequest.Parser, PartitionForms.Read),
        [Form.PartitionReply] = Reader(Protos.PartitionReply.Parser, PartitionReplyForms.Read),
        [Form.Failure] = Reader(Protos.Failure.Parser, FailureForms.Read),
        [Form.Thrown] = Reader(Protos.Thrown.Parser, FailureForms.Read),
        [Form.Elsewhere] = Reader(Protos.Elsewhere.Parser, ReaderForms.Read),
        [Form.VolumeAsk] = Reader(Protos.VolumeAsk.Parser, VolumeForms.Read),
    };

    private enum Form
    {
        VolumeRequest = 1,
        VolumeReply = 2,
        StreamRequest = 3,
        StreamReply = 4,
        TopicRequest = 5,
        TopicReply = 6,
        PartitionRequest = 7,
        PartitionReply = 8,
        Failure = 9,
        Thrown = 10,
        Elsewhere = 11,
        VolumeAsk = 12,
    }

    /// <inheritdoc/>
    public int Encode(object message, string to, int version, IBufferWriter<byte> target)
    {
        ArgumentNullException.ThrowIfNull(message);
        var (form, written) = FormOf(message);
        written.WriteTo(target);
        return (int)form;
    }

    /// <inheritdoc/>
    public object Decode(int form, ReadOnlySpan<byte> bytes, string from, int version)
    {
        if (!Readers.TryGetValue((Form)form, out var reader))
            throw CommonForms.Unknown($"a message of the form {form}");
        try
        {
            return reader(bytes);
        }
        catch (InvalidProtocolBufferException broken)
        {
            throw new PeerFormatException($"it is no {(Form)form}: {broken.Message}", broken);
        }
    }

    private static (Form Form, IMessage Written) FormOf(object message) => message switch
    {
        VolumeRequest request => (Form.VolumeRequest, VolumeForms.Write(request)),
        VolumeReply reply => (Form.VolumeReply, VolumeForms.Write(reply)),
        StreamRequest request => (Form.StreamRequest, StreamForms.Write(request)),
        StreamReply reply => (Form.StreamReply, StreamForms.Write(reply)),
        TopicRequest request => (Form.TopicRequest, TopicForms.Write(request)),
        TopicReply reply => (Form.TopicReply, TopicForms.Write(reply)),
        PartitionRequest request => (Form.PartitionRequest, PartitionForms.Write(request)),
        PartitionReply reply => (Form.PartitionReply, PartitionReplyForms.Write(reply)),
        Failure failure => (Form.Failure, FailureForms.Write(failure)),
        Status.Failure failure => (Form.Thrown, FailureForms.Write(failure)),
        OpenedElsewhere opened => (Form.Elsewhere, ReaderForms.Write(opened)),
        ShardingEnvelope ask => (Form.VolumeAsk, VolumeForms.Write(ask)),
        _ => throw CommonForms.Unknown($"a {message.GetType().Name}"),
    };

    private static FormReader Reader<TForm, T>(MessageParser<TForm> parser, Func<TForm, T> read)
        where TForm : IMessage<TForm>
        where T : class
    {
        var skipping = parser.WithDiscardUnknownFields(true);
        return bytes => read(skipping.ParseFrom(bytes));
    }

    private delegate object FormReader(ReadOnlySpan<byte> bytes);
}
