namespace StreamActors.Runtime;

/// <summary>The turns that a message makes ready, run on the thread that told it (Akka:
/// <c>Akka.TestKit.CallingThreadDispatcher</c>). What another thread runs already stays there, so that an actor has one
/// thread at a time as ever; and the turns are run one after the other, so that none comes into another's middle.</summary>
internal sealed class TurnsInPlace
{
    /// <summary>Turns after which the pool goes on, so that nobody works for others without end.</summary>
    public const int MaxTurns = 16;

    [ThreadStatic]
    private static TurnsInPlace? _ofThread;

    private readonly Queue<IThreadPoolWorkItem> _ready = new();
    private bool _isRunning;

    /// <summary>Takes a turn that was made ready, where this thread runs them.</summary>
    public static bool TryAdd(IThreadPoolWorkItem item)
    {
        if (_ofThread is not { _isRunning: true } turns) return false;
        turns._ready.Enqueue(item);
        return true;
    }

    /// <summary>Tells a message, and runs what that makes ready. In the turn of an actor it only tells: the turn comes to its end first.</summary>
    public static void Run(ICanTell recipient, object message, IActorRef? sender)
    {
        var turns = _ofThread ??= new TurnsInPlace();
        if (turns._isRunning || ActorCell.Current is not null)
        {
            recipient.Tell(message, sender);
            return;
        }
        turns._isRunning = true;
        try
        {
            recipient.Tell(message, sender);
            for (var turn = 0; turn < MaxTurns && turns._ready.TryDequeue(out var item); turn++) item.Execute();
        }
        finally
        {
            turns._isRunning = false;
            while (turns._ready.TryDequeue(out var rest)) ThreadPool.UnsafeQueueUserWorkItem(rest, preferLocal: false);
        }
    }
}
