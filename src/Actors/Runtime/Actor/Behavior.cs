using System.Collections.Concurrent;

namespace StreamActors.Runtime;

/// <summary>The handlers of one behavior of a <see cref="ReceiveActor"/>, in the order of their registration.</summary>
internal sealed class Behavior
{
    private MessageHandler[] _handlers = [];
    private int _count;
    private BehaviorShape _shape = BehaviorShape.Empty;

    // Most often the next message is of the type of the last one.
    private Type? _lastType;
    private int[] _handlersOfLast = [];

    public void Add(MessageHandler handler)
    {
        if (_count == _handlers.Length) Array.Resize(ref _handlers, Math.Max(4, _count * 2));
        _handlers[_count++] = handler;
        _shape = _shape.With(handler.MessageType);
        _lastType = null;
    }

    public bool TryHandle(object message)
    {
        var type = message.GetType();
        if (type != _lastType) (_lastType, _handlersOfLast) = (type, _shape.HandlersOf(type));
        foreach (var index in _handlersOfLast)
            if (_handlers[index].TryHandle(message)) return true;
        return false;
    }
}

/// <summary>The types of a behavior's handlers, in order. All actors whose behaviors have the same types share
/// one shape, and with it the answer to which handlers a concrete type of message concerns, so that an actor
/// carries no table of its own.</summary>
internal sealed class BehaviorShape
{
    public static readonly BehaviorShape Empty = new([]);

    private readonly Type[] _types;
    private readonly ConcurrentDictionary<Type, BehaviorShape> _longer = new();
    private readonly ConcurrentDictionary<Type, int[]> _handlersOfType = new();

    private BehaviorShape(Type[] types) => _types = types;

    public BehaviorShape With(Type type) =>
        _longer.GetOrAdd(type, static (added, _shape) => new BehaviorShape([.. _shape._types, added]), this);

    public int[] HandlersOf(Type type) =>
        _handlersOfType.TryGetValue(type, out var handlers) ? handlers : Resolve(type);

    private int[] Resolve(Type type)
    {
        var matching = new List<int>();
        for (var i = 0; i < _types.Length; i++)
            if (_types[i].IsAssignableFrom(type)) matching.Add(i);
        return _handlersOfType.GetOrAdd(type, [.. matching]);
    }
}

/// <summary>One registered handler. The message that it gets is of its type.</summary>
internal abstract class MessageHandler
{
    public abstract Type MessageType { get; }

    public abstract bool TryHandle(object message);
}

internal sealed class ConditionalHandler<T>(Action<T> handler, Predicate<T>? condition) : MessageHandler
{
    public override Type MessageType => typeof(T);

    public override bool TryHandle(object message)
    {
        var typed = (T)message;
        if (condition is not null && !condition(typed)) return false;
        handler(typed);
        return true;
    }
}

internal sealed class OfferingHandler<T>(Func<T, bool> handler) : MessageHandler
{
    public override Type MessageType => typeof(T);

    public override bool TryHandle(object message) => handler((T)message);
}
