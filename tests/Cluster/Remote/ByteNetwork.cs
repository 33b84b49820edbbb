using System.IO.Pipelines;

namespace StreamActors.Cluster.Tests.Remote;

/// <summary>Brings the data plane's requests from one host to others, in memory.</summary>
internal sealed class ByteNetwork(string self) : IPeerByteClient
{
    private readonly Dictionary<string, IPeerByteServer> _servers = new(StringComparer.Ordinal);

    public int Requests { get; private set; }

    /// <summary>How many bytes came, heads and all.</summary>
    public long Bytes { get; private set; }

    /// <summary>Answers that nobody reads or breaks off.</summary>
    public int Open { get; private set; }

    /// <summary>Requests are lost without an error.</summary>
    public bool IsSilent { get; set; }

    /// <summary>After how many bytes an answer is broken off.</summary>
    public long BreaksAfter { get; set; } = long.MaxValue;

    public void Add(string member, IPeerByteServer server) => _servers[member] = server;

    public void Remove(string member) => _servers.Remove(member);

    public async Task<Stream> OpenAsync(string member, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        Requests++;
        if (IsSilent) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        if (!_servers.TryGetValue(member, out var server)) throw new PeerUnavailableException($"{member} is gone.");
        // Flow control: who serves waits for who reads.
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 256 << 10, resumeWriterThreshold: 128 << 10));
        Open++;
        var closed = new CancellationTokenSource();
        _ = ServeAsync();
        return new Answer(this, pipe.Reader, closed);

        async Task ServeAsync()
        {
            try
            {
                await server.ServeAsync(self, request, pipe.Writer, closed.Token);
                await pipe.Writer.CompleteAsync();
            }
            catch (Exception broken)
            {
                await pipe.Writer.CompleteAsync(new IOException("broken off", broken));
            }
        }
    }

    private sealed class Answer(ByteNetwork network, PipeReader reader, CancellationTokenSource closed) : Stream
    {
        private readonly Stream _bytes = reader.AsStream();
        private long _read;
        private bool _isClosed;

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
            if (_read >= network.BreaksAfter) throw new IOException("the connection is gone");
            var count = await _bytes.ReadAsync(buffer, cancellationToken);
            _read += count;
            network.Bytes += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (!_isClosed)
            {
                _isClosed = true;
                network.Open--;
                closed.Cancel();
                _bytes.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
