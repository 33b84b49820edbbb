using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Tests.Golden;
using Xunit;

namespace StreamActors.Fuse.Tests.Kernel;

/// <summary>A connection whose kernel is the test, over a socket in place of /dev/fuse.</summary>
public sealed class ConnectionTests : IDisposable
{
    private readonly FileDescriptor _kernel;
    private readonly FuseConnection _connection;
    private readonly EchoServer _server = new();
    private readonly LogRecorder _logger = new();

    public ConnectionTests()
    {
        Assert.Equal(Errno.None, Syscall.SocketPair(out var ours, out var theirs));
        _kernel = ours!;
        _connection = new FuseConnection(theirs!, new FuseConnectionOptions { Threads = 3, MaxWrite = 65536 }, _server, _logger);
        _connection.Start();
    }

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public async Task Init_Agreed_ServesOnOneDescriptorWhereItCannotBeCloned()
    {
        Send(Init(7, 45));
        var answer = Receive();
        Assert.Equal((80, 0), (answer.Length, BitConverter.ToInt32(answer, 4)));
        Assert.Equal(45, (await _connection.Ready).Minor);
        Assert.Same(_connection, _server.Connection);
        for (var unique = 10UL; unique < 20; unique++)
        {
            Send(ByteWriter.Request(3, 1, new byte[16], unique: unique));
            Assert.Equal(Convert.ToHexString(ByteWriter.Reply(0, unique: unique)), Convert.ToHexString(Receive()));
        }
        Assert.Equal(3, _server.Workers);
        Assert.Contains(_logger.Lines, line => line.EndsWith("3 threads, 0 of them with a descriptor of their own", StringComparison.Ordinal));
    }

    /// <summary>What is read for a READ begins where the data of a WRITE does: at a page, 80 bytes behind the request's start.</summary>
    [Theory]
    [InlineData(40, 80, 65536)]
    [InlineData(80, 80, 65536)]
    [InlineData(300, 300, 65536 - 220)]
    public async Task Scratch_OfARequest_IsBehindIt(int length, int start, int bytes)
    {
        Send(Init(7, 45));
        Receive();
        await _connection.Ready;
        Send(ByteWriter.Request(3, 1, new byte[length - InHeader.Size]));
        Receive();
        Assert.Equal((start, bytes), _server.Scratch);
    }

    [Fact]
    public void Read_WokenInVainAgainAndAgain_WaitsForTheRequest()
    {
        Assert.Equal(Errno.None, Syscall.SocketPair(out var ours, out var theirs));
        using var device = new FuseDevice(ours!);
        using var kernel = theirs!;
        var wakes = 0;
        var found = DeviceLoop.TryRead(device, new byte[100], () =>
        {
            if (++wakes == 3 * DeviceLoop.MaxFailures)
                Syscall.WriteV(kernel, new byte[7], default, default);
        }, _logger, out var length);
        Assert.Equal((true, 7, 3 * DeviceLoop.MaxFailures), (found, length, wakes));
        Assert.Empty(_logger.Lines);
    }

    [Fact]
    public async Task Device_Failing_EndsTheConnection()
    {
        Send(Init(7, 45));
        Receive();
        await _connection.Ready;
        _kernel.Dispose();
        await _connection.Ended.WaitAsync(TestContext.Current.CancellationToken);
        Assert.True(_server.HasEnded);
        Assert.Equal(Errno.ENODEV, _server.Channel!.Write(new byte[16], default, default));
    }

    [Fact]
    public async Task Init_OfANewerMajor_IsAskedForAgain()
    {
        Send(Init(8, 1));
        Assert.Equal(7, BitConverter.ToInt32(Receive(), 16));
        Assert.False(_connection.Ready.IsCompleted);
        Send(Init(7, 45));
        Receive();
        Assert.Equal(45, (await _connection.Ready).Minor);
    }

    [Fact]
    public async Task Init_TooOld_IsRefusedAndEndsTheConnection()
    {
        Send(Init(7, 12));
        Assert.Equal(-(int)Errno.EPROTO, BitConverter.ToInt32(Receive(), 4));
        var refusal = await Assert.ThrowsAsync<FuseProtocolException>(() => _connection.Ready);
        Assert.Equal("the kernel can't be served: it speaks FUSE 7.12, and 7.31 (Linux 5.4) is the oldest that is served", refusal.Message);
        await _connection.Ended.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Request_BeforeInit_GetsEio()
    {
        Send(ByteWriter.Request(3, 1, new byte[16]));
        Assert.Equal(Convert.ToHexString(ByteWriter.Reply(5)), Convert.ToHexString(Receive()));
        Send(Init(7, 45));
        Receive();
        await _connection.Ready;
    }

    [Fact]
    public async Task Mount_GoneBeforeInit_FailsReady()
    {
        _kernel.Dispose();
        var failure = await Assert.ThrowsAsync<FuseProtocolException>(() => _connection.Ready);
        Assert.Equal("the mount ended before the kernel had agreed", failure.Message);
    }

    [Fact]
    public async Task Backing_WithoutPassthrough_IsNotSupported()
    {
        Send(new ByteWriter().Append(ByteWriter.Request(26, 0, new ByteWriter().U32(7, 31, 4096, 0x1FFFFFF).ToArray())).ToArray());
        Receive();
        Assert.False((await _connection.Ready).Passthrough);
        Assert.Equal(Errno.EOPNOTSUPP, _connection.OpenBacking(_kernel, out var id));
        Assert.Equal(0, id);
    }

    private static byte[] Init(uint major, uint minor) =>
        ByteWriter.Request(26, 0, new ByteWriter().U32(major, minor, 131072, uint.MaxValue, uint.MaxValue).Zero(44).ToArray());

    private void Send(byte[] request) => Assert.Equal(Errno.None, Syscall.WriteV(_kernel, request, default, default));

    private byte[] Receive()
    {
        var buffer = new byte[4096];
        Assert.Equal(Errno.None, Syscall.Read(_kernel, buffer, out var length));
        return buffer[..length];
    }

    /// <summary>Answers every request with success.</summary>
    private sealed class EchoServer : IRequestServer
    {
        private int _workers;

        public IFuseConnection? Connection { get; private set; }

        public IFuseChannel? Channel { get; private set; }

        public bool HasEnded { get; private set; }

        public int Workers => _workers;

        /// <summary>Where the last request's scratch began, counted from the request, and its length.</summary>
        public (int Start, int Length) Scratch { get; private set; }

        public IRequestWorker CreateWorker(IFuseChannel channel)
        {
            Interlocked.Increment(ref _workers);
            Channel = channel;
            return new Worker(this, channel);
        }

        public void Started(IFuseConnection connection) => Connection = connection;

        public void Ended() => HasEnded = true;

        private sealed class Worker(EchoServer server, IFuseChannel channel) : IRequestWorker
        {
            public void Serve(ReadOnlySpan<byte> request, Span<byte> scratch)
            {
                server.Scratch = ((int)Unsafe.ByteOffset(in request[0], in scratch[0]), scratch.Length);
                channel.Write(ByteWriter.Reply(0, unique: MemoryMarshal.Read<ulong>(request[8..])), default, default);
            }
        }
    }
}
