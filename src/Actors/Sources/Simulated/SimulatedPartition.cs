using StreamActors.Messages;

namespace StreamActors.Sources.Simulated;

/// <summary>The one partition of a simulated topic: it grows by the release clock, and has its default view only.</summary>
internal sealed class SimulatedPartition(
    MessageEnds schedule, IReleaseClock clock, Lifetime lifetime, Framing framing, Func<Result<SimulatedTopic>> load) : IPartitionSource
{
    private const string NoCursor = "cursor of a simulated partition";
    private const string NoView = "such view of a simulated partition";

    public PartitionStat Now
    {
        get
        {
            var released = Released;
            return new PartitionStat(schedule.End(released), clock.ReleasedAt(released), released);
        }
    }

    public long End => schedule.End(Released);

    public bool IsEnded => lifetime.IsEnded;

    public TimeSpan? UntilNext => lifetime.IsEnded ? null : clock.UntilNext(clock.Elapsed, schedule.Count);

    private int Released => clock.Released(lifetime.Clip(clock.Elapsed), schedule.Count);

    public IDisposable Watch(Action changed) =>
        new Watching(lifetime.Deleted.UnsafeRegister(static changed => ((Action)changed!)(), changed), clock.Watch(changed));

    public Task<Result<PartitionReply.Found>> FindView(ViewKind kind, StartPlace? start) => kind == ViewKind.Default && start is null
        ? Task.FromResult<Result<PartitionReply.Found>>(new PartitionReply.Found(ViewId.Default, Now))
        : ReadOnlyAnswers.NotFound<PartitionReply.Found>(NoView);

    public Task<Result<PartitionReply.Stated>> Stat(ViewId view) => view == ViewId.Default
        ? Task.FromResult<Result<PartitionReply.Stated>>(new PartitionReply.Stated(Now))
        : ReadOnlyAnswers.NotFound<PartitionReply.Stated>(NoView);

    public Task<Result<PartitionReply.Described>> Describe()
    {
        var released = Released;
        return Task.FromResult<Result<PartitionReply.Described>>(new PartitionReply.Described(new PartitionDescription(
            FirstOffset: 0,
            NextOffset: released,
            Messages: released,
            Bytes: schedule.End(released),
            CreatedAt: clock.StartedAt,
            FirstAt: released > 0 ? clock.ReleasedAt(1) : null,
            LastAt: released > 0 ? clock.ReleasedAt(released) : null,
            Framing: framing,
            Generation: 0,
            IsComplete: true)));
    }

    public Task<Result<IPartitionReader>> OpenReader(ViewId view)
    {
        if (view != ViewId.Default)
            return ReadOnlyAnswers.NotFound<IPartitionReader>(NoView);
        var topic = load();
        return Task.FromResult<Result<IPartitionReader>>(
            topic.Value is { } loaded ? new SimulatedPartitionReader(this, loaded.Bytes) : topic.Failure!);
    }

    public Task<Result<IPartitionReader>> OpenCursor(EntityName cursor, ViewKind kind) => ReadOnlyAnswers.NotFound<IPartitionReader>(NoCursor);

    public Task<Result<PartitionReply.Appended>> Append(MessageBatch batch) =>
        ReadOnlyAnswers.Refused<PartitionReply.Appended>("a simulated partition");

    public Task<Failure?> Sync() => Task.FromResult<Failure?>(null);

    public Task<Result<PartitionReply.CursorAt>> FindCursor(EntityName cursor) => ReadOnlyAnswers.NotFound<PartitionReply.CursorAt>(NoCursor);

    public Task<Failure?> CreateCursor(EntityName cursor) => ReadOnlyAnswers.Refused("a simulated partition");

    public Task<Failure?> MoveCursor(EntityName cursor, StartPlace place) => NotFound();

    public Task<Failure?> Acknowledge(EntityName cursor, long offset) => NotFound();

    public Task<Failure?> ForgetCursor(EntityName cursor) => NotFound();

    public void Dispose()
    {
        // The bytes are memory that the source keeps.
    }

    /// <summary>The message that a byte belongs to.</summary>
    public long OffsetAt(long position) => schedule.IndexAt(position, Released);

    private static Task<Failure?> NotFound() => Task.FromResult<Failure?>(new Failure(Fault.NotFound, $"there is no {NoCursor}"));

    private sealed class Watching(IDisposable end, IDisposable? releases) : IDisposable
    {
        public void Dispose()
        {
            end.Dispose();
            releases?.Dispose();
        }
    }
}
