using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;
using StreamActors.Cluster;
using StreamActors.Messages;

namespace StreamActors.Remote;

/// <summary>What can be asked of a reader on another host.</summary>
internal enum RangeKind
{
    /// <summary>Bytes, or only the state where they are none.</summary>
    Bytes,

    /// <summary>The message at a position.</summary>
    Message,

    /// <summary>Where messages lie.</summary>
    Spans,
}

/// <summary>What one host asks another one of a reader.</summary>
/// <param name="Kind">What.</param>
/// <param name="Reader">The reader's number there.</param>
/// <param name="From">Where from, position in bytes; of <see cref="RangeKind.Spans"/> how many messages lie before.</param>
/// <param name="Count">How many bytes or messages at most.</param>
internal readonly record struct RangeRequest(RangeKind Kind, long Reader, long From, int Count = 0);

/// <summary>What stands before the bytes of an answer.</summary>
/// <param name="Fault">None, or why there are none.</param>
/// <param name="State">What the reader was just before; null where there is none.</param>
/// <param name="Offset">The message's offset, where it was asked.</param>
/// <param name="Begin">Where the message begins, where that is known.</param>
/// <param name="Length">How many bytes follow.</param>
internal sealed record RangeHead(Fault Fault, ReaderState? State, long Offset = 0, long? Begin = null, int Length = 0);

/// <summary>The forms of the data plane.</summary>
internal static class RangeForms
{
    /// <summary>The longest answer, in bytes.</summary>
    public const int MaxLength = 1 << 30;

    /// <summary>The most messages of one answer that says where they lie.</summary>
    public const int MaxSpans = 4096;

    /// <summary>How many bytes say where a message lies.</summary>
    public const int SpanBytes = 20;

    // Of the text in it only so much is sent.
    private const int MaxHeadBytes = 64 << 10;

    public static byte[] Write(in RangeRequest request)
    {
        var form = new Protos.RangeRequest { Reader = request.Reader };
        switch (request.Kind)
        {
            case RangeKind.Bytes:
                form.Range = new() { Position = request.From, Length = request.Count };
                break;
            case RangeKind.Message:
                form.OffsetAt = request.From;
                break;
            default:
                form.Spans = new() { Message = request.From, Count = request.Count };
                break;
        }
        return form.ToByteArray();
    }

    public static RangeRequest ReadRequest(ReadOnlySpan<byte> bytes)
    {
        var form = Parsed(Protos.RangeRequest.Parser, bytes);
        return form.RequestCase switch
        {
            Protos.RangeRequest.RequestOneofCase.Range when form.Range.Length <= MaxLength => new RangeRequest(
                RangeKind.Bytes, form.Reader, CommonForms.NotNegative(form.Range.Position), CommonForms.NotNegative(form.Range.Length)),
            Protos.RangeRequest.RequestOneofCase.OffsetAt => new RangeRequest(RangeKind.Message, form.Reader, CommonForms.NotNegative(form.OffsetAt)),
            Protos.RangeRequest.RequestOneofCase.Spans when form.Spans.Count <= MaxSpans => new RangeRequest(
                RangeKind.Spans, form.Reader, CommonForms.NotNegative(form.Spans.Message), CommonForms.NotNegative(form.Spans.Count)),
            _ => throw CommonForms.Unknown("a request for bytes"),
        };
    }

    public static void Write(ReadOnlySpan<MessageSpan> spans, IBufferWriter<byte> target)
    {
        foreach (var span in spans)
        {
            var bytes = target.GetSpan(SpanBytes);
            BinaryPrimitives.WriteInt64BigEndian(bytes, span.Time);
            BinaryPrimitives.WriteInt64BigEndian(bytes[8..], span.Position);
            BinaryPrimitives.WriteInt32BigEndian(bytes[16..], span.Length);
            target.Advance(SpanBytes);
        }
    }

    public static void ReadSpans(ReadOnlySpan<byte> bytes, Span<MessageSpan> target)
    {
        for (var i = 0; i < target.Length; i++, bytes = bytes[SpanBytes..])
            target[i] = new MessageSpan(
                BinaryPrimitives.ReadInt64BigEndian(bytes), CommonForms.NotNegative(BinaryPrimitives.ReadInt64BigEndian(bytes[8..])),
                CommonForms.NotNegative(BinaryPrimitives.ReadInt32BigEndian(bytes[16..])));
    }

    public static void Write(RangeHead head, IBufferWriter<byte> target)
    {
        var form = new Protos.RangeHead
        {
            Fault = EnumNumbers<Fault, Protos.Fault>.Write(head.Fault),
            State = head.State is { } state ? ReaderForms.Write(state) : null,
            Offset = head.Offset,
            Length = head.Length,
        };
        if (head.Begin is { } begin)
            form.Begin = begin;
        BinaryPrimitives.WriteInt32BigEndian(target.GetSpan(sizeof(int)), form.CalculateSize());
        target.Advance(sizeof(int));
        form.WriteTo(target);
    }

    public static async Task<RangeHead> ReadHeadAsync(Stream answer, CancellationToken cancellation)
    {
        var prefix = new byte[sizeof(int)];
        await answer.ReadExactlyAsync(prefix, cancellation).ConfigureAwait(false);
        var length = BinaryPrimitives.ReadInt32BigEndian(prefix);
        if (length is < 0 or > MaxHeadBytes)
            throw CommonForms.Refused($"the head of an answer has {MaxHeadBytes} bytes at most, not {length}");
        var bytes = new byte[length];
        await answer.ReadExactlyAsync(bytes, cancellation).ConfigureAwait(false);
        var form = Parsed(Protos.RangeHead.Parser, bytes);
        return new RangeHead(
            EnumNumbers<Fault, Protos.Fault>.Read(form.Fault) ?? Fault.Crashed,
            form.State is null ? null : ReaderForms.Read(form.State), form.Offset,
            form.HasBegin ? CommonForms.NotNegative(form.Begin) : null, CommonForms.NotNegative(form.Length));
    }

    private static T Parsed<T>(MessageParser<T> parser, ReadOnlySpan<byte> bytes)
        where T : IMessage<T>
    {
        try
        {
            return parser.WithDiscardUnknownFields(true).ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException broken)
        {
            throw new PeerFormatException($"it is no {typeof(T).Name}: {broken.Message}", broken);
        }
    }
}
