using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using StreamActors.Cluster;
using StreamActors.Peers.Wire;

namespace StreamActors.Peers;

/// <summary>Answers what other members send to this host: streams of messages, and requests for bytes.</summary>
internal sealed class PeerServer(PeerContext context, PeerSessions sessions, IPeerByteServer bytes, Func<string, Task<string?>> admin, Action<string, PeerMessage> reply)
{
    // Who tries over and over must not fill the log.
    private static readonly TimeSpan RefusalsToldEvery = TimeSpan.FromSeconds(10);

    private int _handshakes;
    private long _toldAt = long.MinValue;

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        if (!HttpMethods.IsPost(http.Request.Method) || !HttpProtocol.IsHttp2(http.Request.Protocol)) http.Response.StatusCode = StatusCodes.Status404NotFound;
        else if (http.Request.Path == PeerConnections.MessagesPath) await TakeMessagesAsync(http).ConfigureAwait(false);
        else if (http.Request.Path == PeerConnections.BytesPath) await ServeBytesAsync(http).ConfigureAwait(false);
        else if (http.Request.Path == PeerConnections.AdminPath) await ServeAdminAsync(http).ConfigureAwait(false);
        else http.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    private async Task TakeMessagesAsync(HttpContext http)
    {
        if (await GreetAsync(http).ConfigureAwait(false) is not { } greeted) return;
        var (session, frames) = greeted;
        try
        {
            while (await Frames.ReadAsync(http.Request.BodyReader, context.Options.MaxFrameBytes, session.Ended).ConfigureAwait(false) is { } frame)
            {
                if (frames.Read(frame, out var refused) is { } message) context.Receive(message);
                if (refused is not null) reply(session.Uid, refused);
            }
        }
        catch (PeerFormatException rubbish)
        {
            context.Log.NotUnderstood(rubbish, NameOf(session.Uid));
            await RefuseAsync(http, Refusal.Types.Reason.BrokenProtocol).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await RefuseAsync(http, Refusal.Types.Reason.NotAMember).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The connection broke: its other end begins anew.
        }
        finally
        {
            sessions.End(session);
        }
    }

    // One who has not proven itself gets little memory, and little time.
    private async Task<(PeerSession, MessageFrames)?> GreetAsync(HttpContext http)
    {
        if (Interlocked.Increment(ref _handshakes) > context.Options.MaxHandshakes)
        {
            Interlocked.Decrement(ref _handshakes);
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return null;
        }
        using var deadline = new CancellationTokenSource(context.Options.ConnectTimeout, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, http.RequestAborted);
        try
        {
            await BeginAsync(http, either.Token).ConfigureAwait(false);
            var first = await Frames.ReadAsync(http.Request.BodyReader, Frames.MaxGreetingBytes, either.Token).ConfigureAwait(false);
            if (first?.ContentCase != Frame.ContentOneofCase.Hello) throw new PeerFormatException("There is no hello.");
            var hello = first.Hello;
            if (RefusalOf(hello) is { } refusal)
            {
                await RefuseAsync(http, refusal).ConfigureAwait(false);
                return null;
            }
            var version = Handshake.VersionOf(context.Options.OldestProtocol, context.Options.NewestProtocol, hello)!.Value;
            var nonce = Handshake.Nonce();
            var proof = Handshake.WelcomeProof(context.Options.Secret, hello, version, nonce);
            Frames.Write(http.Response.BodyWriter, new Frame { Welcome = new Welcome { Version = version, Nonce = nonce, Proof = ByteString.CopyFrom(proof) } });
            await http.Response.BodyWriter.FlushAsync(either.Token).ConfigureAwait(false);
            var second = await Frames.ReadAsync(http.Request.BodyReader, Frames.MaxGreetingBytes, either.Token).ConfigureAwait(false);
            if (second is null) return null;
            if (second.ContentCase != Frame.ContentOneofCase.Proof) throw new PeerFormatException("There is no proof.");
            if (!Handshake.Matches(Handshake.HelloProof(context.Options.Secret, hello, version, nonce), second.Proof.Proof_))
            {
                await RefuseAsync(http, Refusal.Types.Reason.WrongSecret).ConfigureAwait(false);
                return null;
            }
            var token = Handshake.Token(context.Options.Secret, hello, version, nonce);
            if (sessions.TryBegin(hello.To, hello.From, token, http.RequestAborted) is { } session)
            {
                Frames.Write(http.Response.BodyWriter, new Frame { Accepted = new Accepted() });
                await http.Response.BodyWriter.FlushAsync(either.Token).ConfigureAwait(false);
                context.Changed();
                return (session, new MessageFrames(context.Codec, hello.To, hello.From, version, context.Options.MaxFrameBytes, context.Log));
            }
            await RefuseAsync(http, Refusal.Types.Reason.NotAMember).ConfigureAwait(false);
        }
        catch (PeerFormatException)
        {
            await RefuseAsync(http, Refusal.Types.Reason.BrokenProtocol).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            http.Abort();
        }
        finally
        {
            Interlocked.Decrement(ref _handshakes);
        }
        return null;
    }

    private Refusal.Types.Reason? RefusalOf(Hello hello)
    {
        var members = sessions.Members;
        if (hello.Cluster != context.Options.ClusterName) return Refusal.Types.Reason.WrongCluster;
        if (hello.Nonce.Length != Handshake.NonceBytes) return Refusal.Types.Reason.BrokenProtocol;
        if (members.Self is null || hello.To != members.Self) return Refusal.Types.Reason.AnotherMember;
        if (!members.Others.ContainsKey(hello.From)) return Refusal.Types.Reason.NotAMember;
        return Handshake.VersionOf(context.Options.OldestProtocol, context.Options.NewestProtocol, hello) is null
            ? Refusal.Types.Reason.NoCommonVersion : null;
    }

    private async Task RefuseAsync(HttpContext http, Refusal.Types.Reason reason)
    {
        // Those two are passing things: one of both does not know yet that the other is a member.
        if (reason is not (Refusal.Types.Reason.AnotherMember or Refusal.Types.Reason.NotAMember) && IsToBeTold())
            context.Log.Refused(new IPEndPoint(http.Connection.RemoteIpAddress ?? IPAddress.None, http.Connection.RemotePort), reason);
        try
        {
            Frames.Write(http.Response.BodyWriter, new Frame { Refusal = new Refusal { Reason = reason } });
            await http.Response.BodyWriter.FlushAsync().ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or InvalidOperationException)
        {
            // Nobody is there to be told.
        }
    }

    private bool IsToBeTold()
    {
        var now = context.Time.GetTimestamp();
        var last = Volatile.Read(ref _toldAt);
        return (last == long.MinValue || context.Time.GetElapsedTime(last, now) >= RefusalsToldEvery)
            && Interlocked.CompareExchange(ref _toldAt, now, last) == last;
    }

    private async Task ServeBytesAsync(HttpContext http)
    {
        if (SessionOf(http) is not { } session)
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }
        using var either = CancellationTokenSource.CreateLinkedTokenSource(session.Ended, http.RequestAborted);
        try
        {
            if (await ReadRequestAsync(http.Request.BodyReader, either.Token).ConfigureAwait(false) is not { } request)
            {
                http.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
                return;
            }
            await BeginAsync(http, either.Token).ConfigureAwait(false);
            await bytes.ServeAsync(session.Uid, request, http.Response.BodyWriter, either.Token).ConfigureAwait(false);
        }
        catch (Exception broken)
        {
            // The other end must not take what it got for the whole.
            if (broken is not (OperationCanceledException or IOException)) context.Log.BytesBroken(broken, NameOf(session.Uid));
            http.Abort();
        }
    }

    private async Task ServeAdminAsync(HttpContext http)
    {
        if (SessionOf(http) is null) http.Response.StatusCode = StatusCodes.Status401Unauthorized;
        else if (await ReadRequestAsync(http.Request.BodyReader, http.RequestAborted).ConfigureAwait(false) is not { } request)
            http.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        else if (await admin(Encoding.UTF8.GetString(request)).ConfigureAwait(false) is { } answer)
            await http.Response.WriteAsync(answer, http.RequestAborted).ConfigureAwait(false);
        else http.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    // The head of the answer goes at once, however long its first byte may take.
    private static async Task BeginAsync(HttpContext http, CancellationToken cancellationToken)
    {
        await http.Response.StartAsync(cancellationToken).ConfigureAwait(false);
        await http.Response.BodyWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private PeerSession? SessionOf(HttpContext http) =>
        http.Request.Headers.Authorization is [{ } header] && header.Split(' ') is [PeerConnections.Scheme, var uid, var token]
            && sessions.TryFind(uid, token, out var session) ? session : null;

    private static async Task<byte[]?> ReadRequestAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (result.Buffer.Length > IPeerByteClient.MaxRequestBytes) return null;
            if (result.IsCompleted)
            {
                var request = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                return request;
            }
            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    private string NameOf(string uid) => sessions.Members.Others.GetValueOrDefault(uid)?.Name ?? uid;
}
