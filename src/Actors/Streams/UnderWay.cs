using StreamActors.Messages;

namespace StreamActors.Streams;

/// <summary>What an entity has asked its source or other entities and waits for, by tickets. One caller at a time.</summary>
/// <typeparam name="T">What is kept with each.</typeparam>
internal sealed class UnderWay<T>(int maximum)
{
    private readonly SortedDictionary<long, T> _items = [];
    private long _lastTicket;

    /// <summary>Whether nothing is waited for.</summary>
    public bool IsEmpty => _items.Count == 0;

    /// <summary>Keeps something.</summary>
    /// <param name="item">What is kept.</param>
    /// <param name="ticket">Its ticket, from 1.</param>
    /// <returns>Null, or why it can't be kept.</returns>
    public Failure? Add(T item, out long ticket)
    {
        ticket = 0;
        if (_items.Count >= maximum)
            return new Failure(Fault.Overloaded, $"{maximum} requests are under way");
        ticket = ++_lastTicket;
        _items.Add(ticket, item);
        return null;
    }

    /// <summary>Takes something out.</summary>
    /// <returns>False where there is none: it was told of the end already.</returns>
    public bool Take(long ticket, out T? item) => _items.Remove(ticket, out item);

    /// <summary>What is kept with a ticket.</summary>
    public bool Find(long ticket, out T? item) => _items.TryGetValue(ticket, out item);

    /// <summary>Takes all out, in the order in which they came.</summary>
    public IReadOnlyList<T> Clear()
    {
        T[] items = [.. _items.Values];
        _items.Clear();
        return items;
    }
}
