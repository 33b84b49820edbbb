using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using StreamActors.Peers;
using StreamActors.Peers.Wire;
using StreamActors.TestKit;

namespace StreamActors.Cluster.Tests.Peers;

/// <summary>Speaks to a host's socket, and says what a member would not.</summary>
internal sealed class RawPeer(PeerHost host) : IDisposable
{
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler());
    private readonly OpenContent _content = new();
    private PipeReader? _answer;
    private Stream? _output;

    public async Task<HttpStatusCode> PostAsync(string path, string? authorization, byte[] body)
    {
        using var request = Request(path, new ByteArrayContent(body));
        if (authorization is not null) request.Headers.TryAddWithoutValidation("authorization", authorization);
        using var response = await _client.SendAsync(request, CancellationToken.None).WaitAsync(TestKitBase.Deadline);
        return response.StatusCode;
    }

    /// <summary>Begins a stream of messages; the client sends nothing of the request before there is something in it.</summary>
    public async Task<HttpStatusCode> ConnectAsync(byte[] first)
    {
        var sent = _client.SendAsync(Request("/messages", _content), CancellationToken.None);
        _output = await _content.Begun.WaitAsync(TestKitBase.Deadline);
        await SendAsync(first);
        var response = await sent.WaitAsync(TestKitBase.Deadline);
        _answer = PipeReader.Create(await response.Content.ReadAsStreamAsync());
        return response.StatusCode;
    }

    public Task<HttpStatusCode> ConnectAsync(Frame first) => ConnectAsync(BytesOf(first));

    public Task SendAsync(Frame frame) => SendAsync(BytesOf(frame));

    public async Task SendAsync(byte[] bytes)
    {
        await _output!.WriteAsync(bytes);
        await _output.FlushAsync();
    }

    /// <summary>The next frame; null at the end.</summary>
    public async Task<Frame?> ReadAsync()
    {
        using var deadline = new CancellationTokenSource(TestKitBase.Deadline);
        return await Frames.ReadAsync(_answer!, 1 << 20, deadline.Token);
    }

    public async Task<Refusal.Types.Reason?> RefusalAsync() => (await ReadAsync())?.Refusal?.Reason;

    public void Dispose()
    {
        _content.Dispose();
        _client.Dispose();
    }

    private static byte[] BytesOf(Frame frame)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Frames.Write(buffer, frame);
        return buffer.WrittenSpan.ToArray();
    }

    private HttpRequestMessage Request(string path, HttpContent content) =>
        new(HttpMethod.Post, $"http://{host.Record.Address}{path}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
}
