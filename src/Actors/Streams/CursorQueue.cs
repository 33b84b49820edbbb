using StreamActors.Messages;

namespace StreamActors.Streams;

/// <summary>The requests that wait until nobody reads by a named cursor, by tickets, in their order. One caller at a time.</summary>
/// <typeparam name="TAsker">Who asks; only handed back.</typeparam>
internal sealed class CursorQueue<TAsker>(int maximum)
{
    private readonly SortedDictionary<long, Waiting> _waiting = [];
    private long _lastTicket;

    /// <summary>Keeps a request.</summary>
    /// <param name="cursor">The cursor that it waits for.</param>
    /// <param name="request">The request.</param>
    /// <param name="opens">The handle that it opens; null where it opens none.</param>
    /// <param name="asker">Who asks.</param>
    /// <param name="ticket">Its ticket, from 1.</param>
    /// <returns>Null, or why it can't be kept.</returns>
    public Failure? Add(EntityName cursor, PartitionRequest request, HandleId? opens, TAsker asker, out long ticket)
    {
        ticket = 0;
        if (_waiting.Count >= maximum)
            return new Failure(Fault.Overloaded, $"{maximum} requests wait for cursors");
        ticket = ++_lastTicket;
        _waiting.Add(ticket, new Waiting(cursor, request, opens, asker));
        return null;
    }

    /// <summary>Who waits for a cursor, in the order in which they came.</summary>
    public IReadOnlyList<long> TicketsOf(EntityName cursor) =>
        [.. _waiting.Where(waiting => waiting.Value.Cursor.Equals(cursor)).Select(waiting => waiting.Key)];

    /// <summary>Takes something out.</summary>
    /// <returns>Null where it does not wait any more.</returns>
    public Waiting? Take(long ticket) => _waiting.Remove(ticket, out var waiting) ? waiting : null;

    /// <summary>Takes out what is to open a handle.</summary>
    public IReadOnlyList<Waiting> Take(HandleId handle)
    {
        if (_waiting.Count == 0)
            return [];
        long[] tickets = [.. _waiting.Where(waiting => waiting.Value.Opens == handle).Select(waiting => waiting.Key)];
        return [.. tickets.Select(ticket => Take(ticket)!)];
    }

    /// <summary>Takes all out, in the order in which they came.</summary>
    public IReadOnlyList<Waiting> Clear()
    {
        Waiting[] waiting = [.. _waiting.Values];
        _waiting.Clear();
        return waiting;
    }

    /// <summary>A request that waits.</summary>
    internal sealed record Waiting(EntityName Cursor, PartitionRequest Request, HandleId? Opens, TAsker Asker);
}
