namespace StreamActors.Runtime;

/// <summary>Runs actors on the process's thread pool, and on the threads of those who ask in place.</summary>
public sealed class ThreadPoolDispatcher : MessageDispatcher
{
    private readonly int? throughput;
    private readonly BlockingThreads blocking = new();

    /// <summary>Makes a dispatcher.</summary>
    /// <param name="throughput">How many messages an actor handles in one go; null for the default.</param>
    public ThreadPoolDispatcher(int? throughput = null) => this.throughput = throughput;

    /// <inheritdoc/>
    public override int Throughput => throughput ?? base.Throughput;

    /// <inheritdoc/>
    public override void Execute(IThreadPoolWorkItem item)
    {
        if (!TurnsInPlace.TryAdd(item)) ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: true);
    }

    /// <summary>A turn takes microseconds, as waking another thread for it does.</summary>
    /// <param name="item">What is due.</param>
    public override void ExecuteFromTimer(IThreadPoolWorkItem item) => item.Execute();

    /// <summary>The local queue is last in, first out: it would run the same item again at once.</summary>
    /// <param name="item">What has run.</param>
    public override void Yield(IThreadPoolWorkItem item)
    {
        if (!TurnsInPlace.TryAdd(item)) ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
    }

    /// <inheritdoc/>
    public override void ExecuteBlocking(IThreadPoolWorkItem item) => blocking.Execute(item);

    /// <inheritdoc/>
    public override void TellInPlace(ICanTell recipient, object message, IActorRef? sender) =>
        TurnsInPlace.Run(recipient, message, sender);
}
