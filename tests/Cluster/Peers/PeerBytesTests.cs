using System.Net;
using System.Text;
using StreamActors.TestKit;

namespace StreamActors.Cluster.Tests.Peers;

/// <summary>Bytes beside the messages, over real sockets.</summary>
public sealed class PeerBytesTests : IAsyncLifetime
{
    private PeerHost _a = null!;
    private PeerHost _b = null!;

    public async ValueTask InitializeAsync()
    {
        (_a, _b) = (await PeerHost.StartAsync("a"), await PeerHost.StartAsync("b"));
        PeerHost.Join(_a, _b);
    }

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task Open_Bytes_ComeFromWhoWasAsked()
    {
        _b.Serve = async (from, request, answer, cancellationToken) =>
            await answer.WriteAsync(Encoding.UTF8.GetBytes($"{Encoding.UTF8.GetString(request.Span)} for {from}"), cancellationToken);
        using var reader = new StreamReader(await OpenAsync("three bytes"));
        Assert.Equal("three bytes for a-1", await reader.ReadToEndAsync().WaitAsync(TestKitBase.Deadline));
    }

    [Fact]
    public async Task Open_AskerDoesNotRead_ServerWaitsAndNobodyElseDoes()
    {
        const int Chunk = 64 << 10;
        const long Chunks = 4096;
        long sent = 0;
        var stuck = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _b.Serve = async (_, request, answer, cancellationToken) =>
        {
            if (request.Length == 0)
            {
                await answer.WriteAsync(new byte[1], cancellationToken);
                return;
            }
            for (; sent < Chunks; sent++)
            {
                answer.GetMemory(Chunk);
                answer.Advance(Chunk);
                var flushed = answer.FlushAsync(cancellationToken).AsTask();
                if (await Task.WhenAny(flushed, Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken)) != flushed) stuck.TrySetResult();
                await flushed;
            }
        };
        var slow = await OpenAsync("much");
        await stuck.Task.WaitAsync(TestKitBase.Deadline);
        Assert.True(sent < Chunks);

        using var quick = await OpenAsync("");
        Assert.Equal(0, quick.ReadByte());
        _a.Tell(_b, "and messages go on");
        Assert.Equal("and messages go on", Assert.IsType<PeerMessage.Ask>(await _b.ReceiveAsync()).Message);

        long read = 0;
        var buffer = new byte[Chunk];
        while (await slow.ReadAsync(buffer).AsTask().WaitAsync(TestKitBase.Deadline) is var count and > 0) read += count;
        Assert.Equal(Chunks * Chunk, read);
        await slow.DisposeAsync();
    }

    [Fact]
    public async Task Close_BeforeTheEnd_TakesTheRequestBack()
    {
        var takenBack = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _b.Serve = async (_, _, answer, cancellationToken) =>
        {
            await answer.WriteAsync(new byte[1], cancellationToken);
            cancellationToken.Register(takenBack.SetResult);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        };
        var stream = await OpenAsync("for ever");
        Assert.Equal(0, stream.ReadByte());
        await stream.DisposeAsync();
        await takenBack.Task.WaitAsync(TestKitBase.Deadline);
    }

    [Fact]
    public async Task Serve_Throws_AskerDoesNotTakeItForTheEnd()
    {
        _b.Serve = async (_, _, answer, cancellationToken) =>
        {
            await answer.WriteAsync(new byte[10], cancellationToken);
            throw new InvalidOperationException("as told");
        };
        using var stream = await OpenAsync("half");
        await Assert.ThrowsAnyAsync<IOException>(() => stream.CopyToAsync(Stream.Null).WaitAsync(TestKitBase.Deadline));
        await _b.LoggedAsync("Bytes for member a ended early");
    }

    [Fact]
    public async Task Member_IsNoneAnyMore_ItsBytesEndWithAnError()
    {
        _b.Serve = async (_, _, answer, cancellationToken) =>
        {
            await answer.WriteAsync(new byte[1], cancellationToken);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        };
        using var stream = await OpenAsync("for ever");
        Assert.Equal(0, stream.ReadByte());
        _b.Network.MembersAre(_b.Record.Uid, [_b.Record]);
        await Assert.ThrowsAnyAsync<IOException>(() => stream.CopyToAsync(Stream.Null).WaitAsync(TestKitBase.Deadline));
    }

    [Fact]
    public async Task Open_OfNobody_IsUnavailable()
    {
        await Assert.ThrowsAsync<PeerUnavailableException>(() => _a.Network.OpenAsync("nobody", default, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => _a.Network.OpenAsync(_b.Record.Uid, new byte[IPeerByteClient.MaxRequestBytes + 1], CancellationToken.None));
        var gone = _b.Record;
        await _b.DisposeAsync();
        await Assert.ThrowsAsync<PeerUnavailableException>(() => _a.Network.OpenAsync(gone.Uid, default, CancellationToken.None).WaitAsync(TestKitBase.Deadline));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("StreamActors a-1 0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("StreamActors a-1")]
    [InlineData("StreamActors  ")]
    [InlineData("Bearer x")]
    public async Task Request_WithoutTheToken_IsRefused(string? authorization)
    {
        // The session is there.
        using (await OpenAsync("")) { }
        using var client = new RawPeer(_b);
        Assert.Equal(HttpStatusCode.Unauthorized, await client.PostAsync("/bytes", authorization, []));
    }

    [Fact]
    public async Task Ask_AboutAMember_ItAnswersWhatItKnows()
    {
        Assert.Equal("b", await _a.Network.AskAsync(_b.Record.Uid, "who", CancellationToken.None).WaitAsync(TestKitBase.Deadline));
        await Assert.ThrowsAsync<PeerUnavailableException>(() => _a.Network.AskAsync(_b.Record.Uid, "what", CancellationToken.None));
        using var client = new RawPeer(_b);
        Assert.Equal(HttpStatusCode.Unauthorized, await client.PostAsync("/admin", null, []));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/other")]
    public async Task Request_ForSomethingElse_IsNotFound(string path)
    {
        using var client = new RawPeer(_b);
        Assert.Equal(HttpStatusCode.NotFound, await client.PostAsync(path, null, []));
    }

    private Task<Stream> OpenAsync(string request) =>
        _a.Network.OpenAsync(_b.Record.Uid, Encoding.UTF8.GetBytes(request), CancellationToken.None).WaitAsync(TestKitBase.Deadline);
}
