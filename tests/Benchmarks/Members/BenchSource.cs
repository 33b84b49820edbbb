using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Benchmarks.Members;

/// <summary>Partitions that take every message at once and keep none.</summary>
internal sealed class BenchSource : IStreamSource
{
    public Task<Result<ISourceStream>> OpenStream(StreamId stream) => throw new NotSupportedException();

    public Task<Result<ISourceTopic>> OpenTopic(TopicId topic) => throw new NotSupportedException();

    public Task<Result<IPartitionSource>> OpenPartition(PartitionId partition) => Task.FromResult(new Result<IPartitionSource>(new Partition()));

    private sealed class Partition : IPartitionSource
    {
        public bool IsEnded => false;

        public TimeSpan? UntilNext => null;

        public IDisposable Watch(Action changed) => this;

        public Task<Result<PartitionReply.Appended>> Append(MessageBatch batch) => Task.FromResult<Result<PartitionReply.Appended>>(new PartitionReply.Appended(0));

        public Task<Result<PartitionReply.Found>> FindView(ViewKind kind, StartPlace? start) => throw new NotSupportedException();

        public Task<Result<PartitionReply.Stated>> Stat(ViewId view) => throw new NotSupportedException();

        public Task<Result<PartitionReply.Described>> Describe() => throw new NotSupportedException();

        public Task<Result<IPartitionReader>> OpenReader(ViewId view) => throw new NotSupportedException();

        public Task<Result<IPartitionReader>> OpenCursor(EntityName cursor, ViewKind kind) => throw new NotSupportedException();

        public Task<Failure?> Sync() => throw new NotSupportedException();

        public Task<Result<PartitionReply.CursorAt>> FindCursor(EntityName cursor) => throw new NotSupportedException();

        public Task<Failure?> CreateCursor(EntityName cursor) => throw new NotSupportedException();

        public Task<Failure?> MoveCursor(EntityName cursor, StartPlace place) => throw new NotSupportedException();

        public Task<Failure?> Acknowledge(EntityName cursor, long offset) => throw new NotSupportedException();

        public Task<Failure?> ForgetCursor(EntityName cursor) => throw new NotSupportedException();

        public void Dispose()
        {
            // It holds nothing.
        }
    }
}
