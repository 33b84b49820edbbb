using System.Buffers.Binary;
using System.Net.Sockets;
using System.Threading.Channels;

namespace StreamActors.Kafka.Tests.Front;

/// <summary>A client's connection to a broker of the front, and the one to the mock behind it. Answers keep the order of their requests.</summary>
internal sealed class FrontConnection(ClusterFront front, int broker, TcpClient client) : IDisposable
{
    private readonly Channel<Task<byte[]>> _answers = Channel.CreateBounded<Task<byte[]>>(1000);
    private readonly CancellationTokenSource _ended = new();
    private BackConnection? _back;

    /// <summary>Cancelled when the client has gone.</summary>
    public CancellationToken Ended => _ended.Token;

    public bool IsAuthenticated { get; set; }

    /// <summary>Serves it until one side has enough.</summary>
    public async Task Run()
    {
        var stream = client.GetStream();
        var answering = Answer(stream);
        try
        {
            while (await Frames.Read(stream) is { } frame)
                await _answers.Writer.WriteAsync(front.Handle(new Request(frame), broker, this));
        }
        catch (Exception lost) when (Frames.IsLoss(lost))
        {
            // The client went, or was sent away.
        }
        _answers.Writer.TryComplete();
        await _ended.CancelAsync();
        front.Groups.Lost(this);
        _back?.Dispose();
        await answering;
        client.Dispose();
    }

    /// <summary>Has the mock answer.</summary>
    public Task<byte[]> Forward(Request request) => (_back ??= new BackConnection(front.PortOf(broker))).Ask(request.Frame);

    public void Dispose() => client.Close();

    private async Task Answer(NetworkStream stream)
    {
        try
        {
            await foreach (var answer in _answers.Reader.ReadAllAsync())
                await Frames.Write(stream, await answer);
        }
        catch (Exception lost) when (Frames.IsLoss(lost))
        {
            // A broker that is down, or a refusal: the client finds its connection closed.
            client.Close();
            await foreach (var answer in _answers.Reader.ReadAllAsync())
                answer.Dismiss();
        }
    }
}

/// <summary>A connection to a broker of the mock.</summary>
internal sealed class BackConnection : IDisposable
{
    private readonly TcpClient _client = new();
    private readonly Queue<TaskCompletionSource<byte[]>> _waiting = [];
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Task _connected;
    private Exception? _lost;

    public BackConnection(int port) => _connected = Connect(port);

    public async Task<byte[]> Ask(byte[] frame)
    {
        await _connected;
        var answer = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _turn.WaitAsync();
        try
        {
            lock (_waiting)
            {
                if (_lost is not null)
                    throw new IOException("the broker is gone", _lost);
                _waiting.Enqueue(answer);
            }
            await Frames.Write(_client.GetStream(), frame);
        }
        finally
        {
            _turn.Release();
        }
        return await answer.Task;
    }

    public void Dispose() => _client.Close();

    private async Task Connect(int port)
    {
        _client.NoDelay = true;
        await _client.ConnectAsync("127.0.0.1", port);
        _ = Read(_client.GetStream());
    }

    private async Task Read(NetworkStream stream)
    {
        Exception? lost = null;
        try
        {
            while (await Frames.Read(stream) is { } frame)
            {
                TaskCompletionSource<byte[]> next;
                lock (_waiting)
                    next = _waiting.Dequeue();
                next.SetResult(frame);
            }
        }
        catch (Exception failed) when (Frames.IsLoss(failed))
        {
            lost = failed;
        }
        lock (_waiting)
        {
            _lost = lost ?? new EndOfStreamException();
            foreach (var waiting in _waiting)
                waiting.SetException(new IOException("the broker is gone", _lost));
            _waiting.Clear();
        }
    }
}

/// <summary>Frames of the protocol: four bytes of length, and so many bytes.</summary>
internal static class Frames
{
    private const int MaxBytes = 200 << 20;

    public static bool IsLoss(Exception failed) => failed is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException;

    /// <summary>The next frame; null at the end.</summary>
    public static async Task<byte[]?> Read(NetworkStream stream)
    {
        var size = new byte[4];
        if (await stream.ReadAtLeastAsync(size, size.Length, throwOnEndOfStream: false) < size.Length)
            return null;
        var length = BinaryPrimitives.ReadInt32BigEndian(size);
        if (length is < 0 or > MaxBytes)
            throw new IOException($"a frame of {length} bytes");
        var frame = new byte[length];
        await stream.ReadExactlyAsync(frame);
        return frame;
    }

    public static async Task Write(NetworkStream stream, byte[] frame)
    {
        var whole = new byte[4 + frame.Length];
        BinaryPrimitives.WriteInt32BigEndian(whole, frame.Length);
        frame.CopyTo(whole, 4);
        await stream.WriteAsync(whole);
    }

    /// <summary>Nobody waits for it any more: its failure is no news.</summary>
    public static void Dismiss(this Task task) => task.ContinueWith(ended => ended.Exception, TaskScheduler.Default);
}
