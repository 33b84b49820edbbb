using Confluent.Kafka;

namespace StreamActors.Kafka;

/// <summary>Messages that are written together, until the last of them has its answer. Safe for several threads.</summary>
/// <param name="count">How many.</param>
internal sealed class ProduceWrite(int count)
{
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private PersistenceStatus[]? _states;
    private int _failed = int.MaxValue;
    private int _answered;

    /// <summary>How many messages there are.</summary>
    public int Count => count;

    /// <summary>Ends when all have their answers.</summary>
    public Task Completed => _completed.Task;

    /// <summary>The offset of the first message, where it is stored.</summary>
    public long FirstOffset { get; private set; }

    /// <summary>Whether the producer takes no more messages.</summary>
    public bool IsFatal { get; private set; }

    /// <summary>How many of them, from the first on, are surely stored.</summary>
    public int Stored => Math.Min(_failed, count);

    /// <summary>Why the first one that is not was refused; null where all are.</summary>
    public Error? FirstError { get; private set; }

    /// <summary>Whether nothing from the first failed message on can have reached the log.</summary>
    public bool IsRestMissing => _states is null || _states.AsSpan(Stored).IndexOfAnyExcept(PersistenceStatus.NotPersisted) < 0;

    /// <summary>A message is stored.</summary>
    public void Succeed(int index, long offset)
    {
        if (index == 0)
            FirstOffset = offset;
        Leave();
    }

    /// <summary>A message is not, or may not be.</summary>
    public void Fail(int index, Error error, PersistenceStatus status)
    {
        Note(index, error, status);
        Leave();
    }

    /// <summary>No more answers come: of what has none it is unknown whether it is stored.</summary>
    public void GiveUp()
    {
        if (Completed.IsCompleted)
            return;
        Note(0, new Error(ErrorCode.Local_Destroy), PersistenceStatus.PossiblyPersisted);
        _completed.TrySetResult();
    }

    private void Note(int index, Error error, PersistenceStatus status)
    {
        lock (_gate)
        {
            if (_states is null)
            {
                _states = new PersistenceStatus[count];
                // Those of which nothing else is told.
                Array.Fill(_states, PersistenceStatus.Persisted);
            }
            _states[index] = status;
            IsFatal |= error.IsFatal || error.Code == ErrorCode.Local_Fatal;
            if (index < _failed)
                (_failed, FirstError) = (index, error);
        }
    }

    private void Leave()
    {
        if (Interlocked.Increment(ref _answered) == count)
            _completed.TrySetResult();
    }
}
