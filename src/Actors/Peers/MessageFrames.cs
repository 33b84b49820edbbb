using System.Buffers;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using StreamActors.Cluster;
using StreamActors.Peers.Wire;
using StreamActors.Runtime;

namespace StreamActors.Peers;

/// <summary>Messages between members as frames, and the other way round, in the version that two of them have agreed on.</summary>
/// <param name="codec">Knows what is asked and answered.</param>
/// <param name="self">The incarnation of this host.</param>
/// <param name="other">That of the other member.</param>
/// <param name="version">The version.</param>
/// <param name="maxFrameBytes">The longest frame.</param>
/// <param name="log">Told of a codec that throws what it should not.</param>
internal sealed class MessageFrames(IPeerCodec codec, string self, string other, int version, int maxFrameBytes, ILogger log)
{
    // The version in which asks say how long their askers wait.
    private const int PatientVersion = 2;

    // Ten years, in milliseconds: more is as good as no end.
    private const long LongestPatience = 10L * 365 * 24 * 60 * 60 * 1000;

    // A buffer that one large message made is not kept.
    private const int KeptBufferBytes = 1 << 20;

    private ArrayBufferWriter<byte> _body = new();

    /// <summary>The version.</summary>
    public int Version => version;

    /// <summary>Writes a message. One thread at a time.</summary>
    /// <param name="message">The message.</param>
    /// <param name="target">Where to.</param>
    /// <returns>What this host is to take in its place, where it can't be sent; null where it is written.</returns>
    public PeerMessage? Write(PeerMessage message, IBufferWriter<byte> target)
    {
        // It was asked by an incarnation that this host no longer is, and is asked anew by the next.
        if (message is PeerMessage.Ask { From: var from } late && from != self) return late.Id == 0 ? null : new PeerMessage.NotSent(late.TypeName, late.Id);
        // Whoever goes does without the word of a member that does not know of farewells.
        if (message is (PeerMessage.Farewell or PeerMessage.FarewellHeard) && version < ClusterNodeSettings.FarewellProtocol) return null;
        var (frame, problem) = FrameOf(message);
        if (problem is null && frame.CalculateSize() > maxFrameBytes)
            problem = $"It has {frame.CalculateSize()} bytes, and {maxFrameBytes} can be sent.";
        if (problem is not null)
        {
            if (message is PeerMessage.Ask ask)
                return ask.Id == 0 ? null : new PeerMessage.Answered(ask.TypeName, ask.Id, NotSendable(problem));
            frame = new Frame { Answered = new Answered { TypeName = message.TypeName, Id = ((PeerMessage.Answered)message).Id, NotSendable = problem } };
        }
        Frames.Write(target, frame);
        if (_body.Capacity > KeptBufferBytes) _body = new ArrayBufferWriter<byte>();
        return null;
    }

    /// <summary>Reads what came after the greeting.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="refused">What is to be sent back, because the message can't be read; null for nothing.</param>
    /// <returns>The message; null where there is none to be taken.</returns>
    /// <exception cref="PeerFormatException">It is no message at all.</exception>
    public PeerMessage? Read(Frame frame, out PeerMessage? refused)
    {
        refused = null;
        switch (frame.ContentCase)
        {
            case Frame.ContentOneofCase.Ask:
                var ask = frame.Ask;
                var message = Decode(ask.Body, out var unread);
                if (message is not null) return new PeerMessage.Ask(ask.TypeName, other, ask.Id, ask.Shard, message) { Patience = PatienceOf(ask) };
                if (ask.Id != 0) refused = new PeerMessage.Answered(ask.TypeName, ask.Id, NotSendable(unread!));
                return null;
            case Frame.ContentOneofCase.Withdraw:
                return new PeerMessage.Withdraw(frame.Withdraw.TypeName, other, frame.Withdraw.Id);
            case Frame.ContentOneofCase.Answered:
                var answered = frame.Answered;
                var answer = answered.AnswerCase == Answered.AnswerOneofCase.NotSendable
                    ? NotSendable(answered.NotSendable) : Decode(answered.Body, out unread) ?? NotSendable(unread!);
                return new PeerMessage.Answered(answered.TypeName, answered.Id, answer);
            case Frame.ContentOneofCase.NotOwner:
                return new PeerMessage.NotOwner(frame.NotOwner.TypeName, frame.NotOwner.Id);
            case Frame.ContentOneofCase.Farewell:
                return new PeerMessage.Farewell(frame.Farewell.TypeName, other);
            case Frame.ContentOneofCase.FarewellHeard:
                return new PeerMessage.FarewellHeard(frame.FarewellHeard.TypeName, other);
            default:
                throw new PeerFormatException($"A frame came that is no message ({frame.ContentCase}).");
        }
    }

    private (Frame Frame, string? Problem) FrameOf(PeerMessage message)
    {
        switch (message)
        {
            case PeerMessage.Ask ask:
                var (asked, problem) = Encode(ask.Message);
                var patience = version >= PatientVersion && ask.Patience is { } left ? Math.Max(1, (long)Math.Ceiling(left.TotalMilliseconds)) : 0;
                return (new Frame { Ask = new Ask { TypeName = ask.TypeName, Id = ask.Id, Shard = ask.Shard, Body = asked, Patience = patience } }, problem);
            case PeerMessage.Withdraw withdraw:
                return (new Frame { Withdraw = new Withdraw { TypeName = withdraw.TypeName, Id = withdraw.Id } }, null);
            case PeerMessage.Answered answered:
                // What could not be read here goes back as it is.
                if (answered.Answer is Status.Failure { Cause: PeerFormatException unread })
                    return (new Frame(), unread.Message);
                var (answer, unsendable) = Encode(answered.Answer);
                return (new Frame { Answered = new Answered { TypeName = answered.TypeName, Id = answered.Id, Body = answer } }, unsendable);
            case PeerMessage.NotOwner not:
                return (new Frame { NotOwner = new NotOwner { TypeName = not.TypeName, Id = not.Id } }, null);
            case PeerMessage.Farewell farewell:
                return (new Frame { Farewell = new Farewell { TypeName = farewell.TypeName } }, null);
            case PeerMessage.FarewellHeard heard:
                return (new Frame { FarewellHeard = new FarewellHeard { TypeName = heard.TypeName } }, null);
            default:
                throw new ArgumentOutOfRangeException(nameof(message), message, "Not one of the closed set.");
        }
    }

    private static TimeSpan? PatienceOf(Ask ask) => ask.Patience is > 0 and < LongestPatience ? TimeSpan.FromMilliseconds(ask.Patience) : null;

    // The bytes are lent: the frame is written before the next message is.
    private (Body? Body, string? Problem) Encode(object message)
    {
        _body.ResetWrittenCount();
        try
        {
            var form = codec.Encode(message, other, version, _body);
            return (new Body { Form = form, Bytes = UnsafeByteOperations.UnsafeWrap(_body.WrittenMemory) }, null);
        }
        catch (PeerFormatException unknown)
        {
            return (null, unknown.Message);
        }
        catch (Exception cause)
        {
            // One bad message must not cost the stream.
            log.NotEncoded(cause, message.GetType());
            return (null, $"It can't be sent: {cause.Message}");
        }
    }

    private object? Decode(Body? body, out string? problem)
    {
        problem = null;
        try
        {
            if (body is null) throw new PeerFormatException("It is empty.");
            return codec.Decode(body.Form, body.Bytes.Span, other, version);
        }
        catch (PeerFormatException unknown)
        {
            problem = unknown.Message;
            return null;
        }
        catch (Exception cause)
        {
            log.NotUnderstood(cause, other);
            problem = $"It can't be read: {cause.Message}";
            return null;
        }
    }

    private static Status.Failure NotSendable(string problem) => new(new PeerFormatException(problem));
}
