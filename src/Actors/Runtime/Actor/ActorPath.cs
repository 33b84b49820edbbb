namespace StreamActors.Runtime;

/// <summary>The place of an actor in the tree of its system (Akka: <c>Akka.Actor.ActorPath</c>).</summary>
public sealed class ActorPath : IEquatable<ActorPath>
{
    /// <summary>The longest name of an actor, in UTF-16 code units.</summary>
    public const int MaxNameLength = 1024;

    private string? _text;

    private ActorPath(ActorPath? parent, string name, long uid) => (Parent, Name, Uid) = (parent, name, uid);

    /// <summary>The path above; null at the root.</summary>
    public ActorPath? Parent { get; }

    /// <summary>The last element; at the root, the name of the system.</summary>
    public string Name { get; }

    /// <summary>Tells two incarnations at the same path apart; not part of the equality of paths.</summary>
    public long Uid { get; }

    /// <summary>The root of the tree of the system <paramref name="systemName"/>.</summary>
    public static ActorPath Root(string systemName) => new(null, systemName, 0);

    /// <summary>The path of a child.</summary>
    public static ActorPath operator /(ActorPath path, string name) => new(path, name, 0);

    /// <summary>Whether <paramref name="name"/> can be a path's element: not empty, no <c>/</c>, printable,
    /// at most <see cref="MaxNameLength"/>, not starting with <c>$</c>, which marks generated names.</summary>
    public static bool IsValidPathElement(string name)
    {
        if (string.IsNullOrEmpty(name) || name.Length > MaxNameLength || name[0] == '$') return false;
        foreach (var c in name)
            if (c == '/' || char.IsControl(c)) return false;
        return true;
    }

    /// <summary>The elements below the root, each behind a <c>/</c>.</summary>
    public string ToStringWithoutAddress() =>
        Parent is null ? "/" : Parent.Parent is null ? "/" + Name : Parent.ToStringWithoutAddress() + "/" + Name;

    /// <summary><c>akka://system/user/parent/child</c>.</summary>
    public override string ToString() =>
        _text ??= Parent is null ? "akka://" + Name : Parent + "/" + Name;

    /// <inheritdoc/>
    public bool Equals(ActorPath? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ActorPath);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    internal ActorPath Child(string name, long uid) => new(this, name, uid);
}
