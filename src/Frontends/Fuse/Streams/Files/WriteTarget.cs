using StreamActors.Fuse.Tree;
using StreamActors.Messages;
using StreamActors.Messages.Writing;

namespace StreamActors.Fuse.Streams;

/// <summary>Where what a handle writes goes, and what its bytes are.</summary>
internal abstract class WriteTarget
{
    protected WriteTarget(StreamsContext context, ViewKind kind)
    {
        Context = context;
        Kind = kind;
    }

    /// <summary>What the inodes share.</summary>
    public StreamsContext Context { get; }

    /// <summary>In which form is written.</summary>
    protected ViewKind Kind { get; }

    /// <summary>Appends messages.</summary>
    /// <param name="batch">The messages; theirs is the batch until the reply.</param>
    /// <returns>Null, or why not; the task does not fail.</returns>
    public abstract Task<Failure?> AppendAsync(MessageBatch batch);

    /// <summary>Tells the kernel what has grown, where it may not know.</summary>
    /// <param name="writtenTo">The file to which the WRITE went that is answered next; null where none is.</param>
    public abstract void HasGrown(Inode? writtenTo);

    /// <summary>Makes everything that was appended survive power loss.</summary>
    /// <returns>Null, or why not; the task does not fail.</returns>
    public abstract Task<Failure?> SyncAsync();

    /// <summary>What the written bytes are.</summary>
    /// <returns>The form, or why it is not known; the task does not fail.</returns>
    public async Task<(WrittenForm? Form, Failure? Failure)> FormAsync()
    {
        var max = Context.Options.MessageMaxBytes;
        switch (Kind)
        {
            case ViewKind.Json:
                return (WrittenForm.JsonLines(max), null);
            case ViewKind.Size:
                return (WrittenForm.Framed(new Framing([], true, [], []), max), null);
        }
        var (framing, failure) = await FramingAsync().ConfigureAwait(false);
        return framing is null ? (null, failure) : (WrittenForm.Framed(framing, max), null);
    }

    protected abstract Task<(Framing? Framing, Failure? Failure)> FramingAsync();

    /// <summary>Asks for something that is done or not.</summary>
    protected async Task<Failure?> AskAsync<TReply>(IActorRef actor, object request) =>
        await Context.AskAsync(actor, request).ConfigureAwait(false) is var reply && reply is TReply ? null : StreamsContext.FailureOf(reply);

    /// <summary>One partition.</summary>
    internal sealed class OfPartition(StreamsContext context, PartitionId partition, ViewKind kind) : WriteTarget(context, kind)
    {
        private volatile Framing? _framing;

        public override Task<Failure?> AppendAsync(MessageBatch batch) =>
            AskAsync<PartitionReply.Appended>(Context.Addresses.Partitions, new PartitionRequest.Append(partition, batch));

        public override void HasGrown(Inode? writtenTo) => Context.KeptSizes.Grown(partition, writtenTo);

        public override Task<Failure?> SyncAsync() =>
            AskAsync<PartitionReply.Done>(Context.Addresses.Partitions, new PartitionRequest.Sync(partition));

        protected override async Task<(Framing? Framing, Failure? Failure)> FramingAsync()
        {
            if (_framing is { } known)
                return (known, null);
            var reply = await Context.AskAsync(Context.Addresses.Partitions, new PartitionRequest.Describe(partition)).ConfigureAwait(false);
            if (reply is not PartitionReply.Described described)
                return (null, StreamsContext.FailureOf(reply));
            // It is fixed as soon as there was a message.
            if (described.Value.NextOffset > 0)
                _framing = described.Value.Framing;
            return (described.Value.Framing, null);
        }
    }

    /// <summary>A topic, which chooses the partition.</summary>
    internal sealed class OfTopic(StreamsContext context, StreamId stream, TopicId topic, ViewKind kind) : WriteTarget(context, kind)
    {
        public override Task<Failure?> AppendAsync(MessageBatch batch) =>
            AskAsync<TopicReply.Done>(Context.Addresses.Topics, new TopicRequest.Append(topic, batch));

        public override void HasGrown(Inode? writtenTo) => Context.KeptSizes.Changed();

        public override Task<Failure?> SyncAsync() => AskAsync<TopicReply.Done>(Context.Addresses.Topics, new TopicRequest.Sync(topic));

        protected override async Task<(Framing? Framing, Failure? Failure)> FramingAsync()
        {
            var reply = await Context.AskAsync(Context.Addresses.Streams, new StreamRequest.Describe(stream)).ConfigureAwait(false);
            return reply is StreamReply.Described described ? (described.Framing, null) : (null, StreamsContext.FailureOf(reply));
        }
    }
}
