using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;
using StreamActors.Cluster;
using StreamActors.Messages;

namespace StreamActors.Remote;

/// <summary>What one host asks another one of a reader.</summary>
/// <param name="Reader">The reader's number there.</param>
/// <param name="Position">Where from, position in bytes.</param>
/// <param name="Length">How many bytes at most; 0 where only the state is asked, null where the message at the position is.</param>
internal readonly record struct RangeRequest(long Reader, long Position, int? Length);

/// <summary>What stands before the bytes of an answer.</summary>
/// <param name="Fault">None, or why there are none.</param>
/// <param name="State">What the reader was just before; null where there is none.</param>
/// <param name="Offset">The message's offset, where it was asked.</param>
/// <param name="Length">How many bytes follow.</param>
internal sealed record RangeHead(Fault Fault, ReaderState? State, long Offset = 0, int Length = 0);

/// <summary>The forms of the data plane.</summary>
internal static class RangeForms
{
    /// <summary>The longest answer, in bytes.</summary>
    public const int MaxLength = 1 << 30;

    // Of the text in it only so much is sent.
    private const int MaxHeadBytes = 64 << 10;

    public static byte[] Write(in RangeRequest request) => (request.Length is { } length
        ? new Protos.RangeRequest { Reader = request.Reader, Range = new() { Position = request.Position, Length = length } }
        : new Protos.RangeRequest { Reader = request.Reader, OffsetAt = request.Position }).ToByteArray();

    public static RangeRequest ReadRequest(ReadOnlySpan<byte> bytes)
    {
        var form = Parsed(Protos.RangeRequest.Parser, bytes);
        return form.RequestCase switch
        {
            Protos.RangeRequest.RequestOneofCase.Range when form.Range.Length <= MaxLength => new RangeRequest(
                form.Reader, CommonForms.NotNegative(form.Range.Position), CommonForms.NotNegative(form.Range.Length)),
            Protos.RangeRequest.RequestOneofCase.OffsetAt => new RangeRequest(form.Reader, CommonForms.NotNegative(form.OffsetAt), null),
            _ => throw CommonForms.Unknown("a request for bytes"),
        };
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
            form.State is null ? null : ReaderForms.Read(form.State), form.Offset, CommonForms.NotNegative(form.Length));
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
