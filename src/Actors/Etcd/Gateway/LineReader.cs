using System.Buffers;
using System.IO.Pipelines;

namespace StreamActors.Etcd.Gateway;

/// <summary>Reads a stream of JSON texts, one a line, each with a bound.</summary>
internal sealed class LineReader(Stream stream, int maxBytes) : IAsyncDisposable
{
    private readonly PipeReader _pipe = PipeReader.Create(stream);

    /// <summary>The next line; null at the stream's end.</summary>
    /// <exception cref="InvalidDataException">It is longer than allowed, or the stream ends within it.</exception>
    public async ValueTask<byte[]?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _pipe.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = read.Buffer.Slice(0, end).ToArray();
                _pipe.AdvanceTo(read.Buffer.GetPosition(1, end));
                if (line.Length > 0) return line;
                continue;
            }
            if (read.Buffer.Length > maxBytes) throw new InvalidDataException($"A message is longer than {maxBytes} bytes.");
            if (read.IsCompleted && !read.Buffer.IsEmpty) throw new InvalidDataException("The stream ends within a message.");
            if (read.IsCompleted) return null;
            _pipe.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    public ValueTask DisposeAsync() => _pipe.CompleteAsync();
}
