using Microsoft.Win32.SafeHandles;
using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>A view of a partition of a log, open.</summary>
internal sealed class LogPartitionReader(LogSource source, NamedTopic topic, IncarnationId id, PartitionView view) : IPartitionReader
{
    private int _isDisposed;

    public PartitionStat Stat => StatOf(view);

    public long End => view.Length;

    public bool IsEnded => view.Reader.Now.Deleted;

    public bool IsUnlinked => IsEnded || !source.Names.Topics.ContainsKey(topic.Id);

    public bool IsLost => !source.MayAnswer;

    public SafeFileHandle? BackingFile => source.GivesFiles ? view.BackingFile : null;

    /// <summary>Size and time of a view.</summary>
    public static PartitionStat StatOf(PartitionView view)
    {
        var (messages, bytes) = view.Size;
        return new PartitionStat(bytes, ModifiedAt(view.Reader.Now), messages);
    }

    /// <summary>When the last message came; before the first, when the partition was made.</summary>
    public static DateTimeOffset ModifiedAt(PartitionSnapshot now) => TimeOf(now.End.Ordinal > 0 ? now.MaxTimestamp : now.Created);

    /// <summary>A time of a message, as far as one can be said: a writer may give any number.</summary>
    public static DateTimeOffset TimeOf(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(
        milliseconds, DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));

    public Fault Read(long position, Span<byte> target, out int count)
    {
        var read = view.Read(position, target);
        // Where another host may have removed the head since, what was read is not sure.
        if (!source.MayAnswer)
        {
            count = 0;
            return Fault.UnknownHandle;
        }
        count = read.Succeeded ? read.Value : 0;
        return read.Succeeded ? Fault.None : LogFailures.FaultOf(read.Fault.Error);
    }

    public MessagePlace MessageAt(long position)
    {
        var found = view.MessageAt(position);
        if (!source.MayAnswer)
            return new MessagePlace(Fault.UnknownHandle, 0);
        return found.Succeeded
            ? new MessagePlace(Fault.None, found.Value.Place.Offset, found.Value.Position)
            : new MessagePlace(LogFailures.FaultOf(found.Fault.Error), 0);
    }

    public Fault ReadSpans(long message, Span<MessageSpan> target, out int count)
    {
        var read = view.ReadSpans(message, target);
        count = 0;
        if (!source.MayAnswer)
            return Fault.UnknownHandle;
        if (!read.Succeeded)
            return LogFailures.FaultOf(read.Fault.Error);
        count = read.Value;
        return Fault.None;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        view.Reader.Dispose();
        source.Open.Leave([id]);
    }
}
