using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using StreamActors.Peers;
using StreamActors.Runtime;
using StreamActors.TestKit;

namespace StreamActors.Cluster.Tests.Peers;

/// <summary>A host on a real socket of loopback: keeps what it receives and logs, and serves bytes as it is told.</summary>
internal sealed class PeerHost : IPeerByteServer, ILogger, IAsyncDisposable
{
    private const string Reach = "reach";

    public const string Secret = "a secret of sixteen bytes or more";

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly SemaphoreSlim _logged = new(0);
    private readonly ActorSystem _system;

    private PeerHost(string name, PeerOptions options)
    {
        Name = name;
        _system = ActorSystem.Create("peers", new ActorSystemOptions { Logger = this });
        Network = new PeerNetwork(_system, options, new TextCodec());
        Network.ReceiveBy(message => (message is PeerMessage.NotSent ? GivenBack : Received).Writer.TryWrite(message));
    }

    public string Name { get; }

    public PeerNetwork Network { get; }

    public Channel<PeerMessage> Received { get; } = Channel.CreateUnbounded<PeerMessage>();

    /// <summary>What surely was not sent.</summary>
    public Channel<PeerMessage> GivenBack { get; } = Channel.CreateUnbounded<PeerMessage>();

    public IEnumerable<string> Lines => _lines;

    /// <summary>What is done with requests for bytes: who asks, what, where to, when it is taken back.</summary>
    public Func<string, ReadOnlyMemory<byte>, PipeWriter, CancellationToken, Task> Serve { get; set; } = (_, _, _, _) => Task.CompletedTask;

    public MemberRecord Record => new(Name, $"{Name}-1", $"127.0.0.1:{Network.EndPoint.Port}", [], 1, 1, 1, false);

    public static async Task<PeerHost> StartAsync(string name, Func<PeerOptions, PeerOptions>? change = null)
    {
        var options = new PeerOptions
        {
            ClusterName = "films",
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            Secret = new PeerSecret(Secret),
            ConnectTimeout = TestKitBase.Deadline,
        };
        var host = new PeerHost(name, change?.Invoke(options) ?? options);
        await host.Network.StartAsync(host, request => Task.FromResult(request == "who" ? name : null));
        return host;
    }

    /// <summary>Lets hosts know each other as members.</summary>
    public static void Join(params PeerHost[] hosts)
    {
        foreach (var host in hosts) host.Network.MembersAre(host.Record.Uid, [.. hosts.Select(each => each.Record)]);
    }

    public void Tell(PeerHost to, string text, long id = 1) =>
        Network.Send(to.Record.Uid, new PeerMessage.Ask("topics", Record.Uid, id, 0, text));

    public async Task<PeerMessage> ReceiveAsync()
    {
        using var deadline = new CancellationTokenSource(TestKitBase.Deadline);
        while (true)
            if (await Received.Reader.ReadAsync(deadline.Token) is var message && message is not PeerMessage.Ask { Message: Reach }) return message;
    }

    public async Task<PeerMessage> GivenBackAsync()
    {
        using var deadline = new CancellationTokenSource(TestKitBase.Deadline);
        return await GivenBack.Reader.ReadAsync(deadline.Token);
    }

    /// <summary>Sends until something arrives: what is sent while the stream is not there is lost.</summary>
    public async Task ReachAsync(PeerHost to)
    {
        using var deadline = new CancellationTokenSource(TestKitBase.Deadline);
        while (to.Received.Reader.TryRead(out _))
        {
        }
        var arrives = to.Received.Reader.ReadAsync(deadline.Token).AsTask();
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        do Tell(to, Reach);
        while (!arrives.IsCompleted && await again.WaitForNextTickAsync(deadline.Token));
        Assert.Equal(Reach, Assert.IsType<PeerMessage.Ask>(await arrives).Message);
    }

    /// <summary>Waits until something was logged.</summary>
    public async Task<string> LoggedAsync(string part)
    {
        while (true)
        {
            if (_lines.FirstOrDefault(line => line.Contains(part, StringComparison.Ordinal)) is { } found) return found;
            Assert.True(await _logged.WaitAsync(TestKitBase.Deadline), $"nothing is logged with \"{part}\": {string.Join("; ", _lines)}");
        }
    }

    public Task ServeAsync(string from, ReadOnlyMemory<byte> request, PipeWriter answer, CancellationToken cancellationToken) =>
        Serve(from, request, answer, cancellationToken);

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _lines.Enqueue($"{logLevel}: {formatter(state, exception)}");
        _logged.Release();
    }

    public async ValueTask DisposeAsync()
    {
        await Network.DisposeAsync();
        await _system.Terminate();
        _logged.Dispose();
    }
}
