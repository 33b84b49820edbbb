using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Cluster;
using StreamActors.Peers;
using StreamActors.Remote;

namespace StreamActors.Simulation.Tests.Mounts;

/// <summary>
/// Brings what members tell each other, as the bytes that peers send: lost, doubled, late, in any order. What was for another
/// incarnation than the one that is there now is refused, as peers do.
/// </summary>
internal sealed class Network(MountWorld world)
{
    private const int MaxFrameBytes = 1 << 20;
    private static readonly TimeSpan MaxDelay = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<string, MountHost> _hosts = new(StringComparer.Ordinal);
    private readonly MessageCodec _codec = new();

    public int LossPerMille { get; set; }

    public int DoublePerMille { get; set; }

    /// <summary>How many of a thousand answers of the data plane break off somewhere.</summary>
    public int BreaksPerMille { get; set; }

    /// <summary>Which hosts no longer reach which others.</summary>
    public HashSet<(int From, int To)> Cuts { get; } = [];

    /// <summary>How many messages arrived.</summary>
    public long Arrived { get; private set; }

    public void Joined(string uid, MountHost host) => _hosts[uid] = host;

    public void Send(MountHost from, string? self, string to, PeerMessage message)
    {
        world.CheckThread();
        if (self is null || !_hosts.TryGetValue(to, out var host)) return;
        var bytes = new ArrayBufferWriter<byte>();
        if (Frames(self, to).Write(message, bytes) is { } refused)
        {
            After(() => Deliver(from, self, refused));
            return;
        }
        var sent = bytes.WrittenMemory;
        if (world.Chance(LossPerMille)) return;
        // What may not be done twice is sent once, over a stream that doubles nothing.
        var mayRepeat = message is not PeerMessage.Ask ask || StreamAsks.MayRepeat(ask.Message);
        for (var copies = mayRepeat && world.Chance(DoublePerMille) ? 2 : 1; copies > 0; copies--)
            After(() => Arrive(from, self, host, to, sent));
    }

    /// <summary>Asks for bytes. The answer comes in pieces, and may break off.</summary>
    public Task<Stream> OpenAsync(MountHost from, string? self, string member, byte[] request, CancellationToken cancellation)
    {
        world.CheckThread();
        var opened = new TaskCompletionSource<Stream>();
        var process = from.Process!;
        cancellation.UnsafeRegister(_ => opened.TrySetCanceled(cancellation), null);
        if (world.Chance(LossPerMille)) return opened.Task;
        After(() =>
        {
            if (self is null || !_hosts.TryGetValue(member, out var host) || host.Self != member)
                Fail();
            else if (!Cuts.Contains((from.Index, host.Index)))
                host.Process!.Run(() => _ = ServeAsync(host));
        });
        return opened.Task;

        async Task ServeAsync(MountHost host)
        {
            var answer = new MemoryStream();
            var writer = PipeWriter.Create(answer);
            await host.Readers!.ServeAsync(self, request, writer, CancellationToken.None).ConfigureAwait(false);
            await writer.CompleteAsync().ConfigureAwait(false);
            var bytes = answer.ToArray();
            if (world.Plant == Plant.DoubledBytes && bytes.Length > 200) bytes = [.. bytes[..^50], .. bytes[^100..^50]];
            var end = world.Chance(BreaksPerMille) ? world.Below(bytes.Length) : -1;
            After(() =>
            {
                if (!Cuts.Contains((host.Index, from.Index)))
                    process.Run(() => opened.TrySetResult(new ArrivingBytes(world, process, bytes, end)));
            });
        }

        void Fail() => After(() => process.Run(() => opened.TrySetException(new PeerUnavailableException($"{member} is gone."))));
    }

    private void Arrive(MountHost from, string self, MountHost host, string to, ReadOnlyMemory<byte> bytes)
    {
        if (Cuts.Contains((from.Index, host.Index)) || host.Self != to) return;
        var sequence = new ReadOnlySequence<byte>(bytes);
        var message = Frames(to, self).Read(Peers.Frames.TryRead(ref sequence, MaxFrameBytes)!, out var refused);
        if (world.Plant == Plant.ForgottenStamps) Forget(message);
        if (refused is not null) Send(host, to, self, refused);
        if (message is not null) Deliver(host, to, message);
    }

    private void Deliver(MountHost host, string uid, PeerMessage message) => host.Process?.Run(() =>
    {
        if (host.Self != uid) return;
        Arrived++;
        host.Engine!.Receive(message);
    });

    private static void Forget(PeerMessage? message)
    {
        if (message is PeerMessage.Ask { Message: StreamActors.Messages.PartitionRequest.Append append }) append.Batch.Stamp = null;
    }

    private MessageFrames Frames(string self, string other) =>
        new(_codec, self, other, ClusterNodeSettings.NewestProtocol, MaxFrameBytes, NullLogger.Instance);

    private void After(Action then) => world.After(world.Delay(MaxDelay), then);

    /// <summary>Bytes that come in pieces.</summary>
    private sealed class ArrivingBytes(MountWorld world, Process process, byte[] bytes, int breaksAt) : Stream
    {
        private static readonly TimeSpan MaxPause = TimeSpan.FromMilliseconds(5);

        private int _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (world.Chance(300))
            {
                var waited = new TaskCompletionSource();
                using var ended = cancellationToken.UnsafeRegister(_ => waited.TrySetCanceled(cancellationToken), null);
                world.After(world.Delay(MaxPause), () => process.Run(() => waited.TrySetResult()));
                await waited.Task.ConfigureAwait(false);
            }
            if (breaksAt >= 0 && _position >= breaksAt) throw new IOException("The connection is gone.");
            var count = Math.Min(buffer.Length, (breaksAt < 0 ? bytes.Length : breaksAt) - _position);
            if (count > 1) count = 1 + world.Below(count);
            bytes.AsMemory(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
