using StreamActors.Logs;

namespace StreamActors.Kafka;

/// <summary>What there is of a view of a whole generation, in bytes of the view and in messages.</summary>
/// <param name="Begin">Where its log begins: later than at 0 where the cache has lost what is before.</param>
/// <param name="Shown">Up to where it can be read.</param>
/// <param name="ShownMessages">How many messages lie before that.</param>
/// <param name="End">Its size: what was there before the cache lost it counts.</param>
/// <param name="Messages">How many messages that is.</param>
internal readonly record struct Extent(long Begin, long Shown, long ShownMessages, long End, long Messages)
{
    /// <summary>That of a view.</summary>
    /// <param name="mirror">The mirror.</param>
    /// <param name="view">The view of its log, from the log's beginning on.</param>
    /// <param name="from">Where the log begins.</param>
    public static Extent Of(PartitionMirror mirror, PartitionView view, MirrorCheckpoint from)
    {
        var begin = from.At(view.Kind);
        if (mirror.Pending is (var verified, var recorded))
            return new Extent(begin, Math.Max(begin, verified.At(view.Kind)), Math.Max(from.Ordinal, verified.Ordinal), recorded.At(view.Kind), recorded.Ordinal);
        var (messages, bytes) = view.Size;
        return new Extent(begin, begin + bytes, from.Ordinal + messages, begin + bytes, from.Ordinal + messages);
    }

    /// <summary>Whether it is known what a byte is of, or that it is yet to come.</summary>
    public bool Has(long position) => position >= Begin && (position < Shown || Shown == End);
}
