using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>All partitions of a topic as one. They are fetched while it is open.</summary>
internal sealed class KafkaMergedReader : IPartitionReader
{
    private readonly IReadOnlyList<KafkaReader> _parts;
    private readonly MergedView _view;
    private readonly Action _changed;
    private int _disposed;

    private KafkaMergedReader(IReadOnlyList<KafkaReader> parts, MergedView view, Action changed)
    {
        (_parts, _view, _changed) = (parts, view, changed);
        foreach (var part in parts)
            part.Watch(changed);
    }

    /// <summary>Opens it.</summary>
    /// <param name="parts">The partitions in the order of their indexes; they are this reader's where it is opened.</param>
    /// <param name="changed">Called on any thread when one has grown or ended.</param>
    /// <returns>The reader, or why it can't be had.</returns>
    public static Result<IPartitionReader> Open(IReadOnlyList<KafkaReader> parts, Action changed)
    {
        var view = MergedView.Open([.. parts.Select(part => part.View)]);
        return view.Succeeded
            ? new Result<IPartitionReader>(new KafkaMergedReader(parts, view.Value, changed)) : MirrorFaults.FailureOf(view.Fault);
    }

    /// <inheritdoc/>
    public PartitionStat Stat
    {
        get
        {
            var parts = _parts.Select(part => part.Stat).ToArray();
            return new PartitionStat(_view.Length, parts.Max(part => part.ModifiedAt), parts.Sum(part => part.Messages));
        }
    }

    /// <inheritdoc/>
    public long End => _view.Length;

    /// <inheritdoc/>
    public bool IsEnded => _parts.Any(part => part.IsEnded);

    /// <inheritdoc/>
    public bool IsComplete => _parts.All(part => part.IsComplete);

    /// <inheritdoc/>
    public Failure? Stalled => _parts.Select(part => part.Stalled).FirstOrDefault(failure => failure is not null);

    /// <inheritdoc/>
    public Fault Read(long position, Span<byte> target, out int count)
    {
        count = 0;
        if (IsEnded)
            return Fault.InputOutput;
        var read = _view.Read(position, target);
        if (read.Fault?.Evicted is { } evicted)
            _parts.First(part => part.View.Reader.Now.Id == evicted.Partition).Want(evicted.Ordinal);
        if (!read.Succeeded)
            return MirrorFaults.FailureOf(read.Fault).Fault;
        count = read.Value;
        return Fault.None;
    }

    /// <inheritdoc/>
    public bool IsHere(long position) => Read(position, stackalloc byte[1], out _) != Fault.NotHere;

    /// <summary>Messages of several partitions have no offset in common.</summary>
    public MessagePlace MessageAt(long position) => new(Fault.Invalid, 0);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        foreach (var part in _parts)
        {
            part.Unwatch(_changed);
            part.Dispose();
        }
    }
}
