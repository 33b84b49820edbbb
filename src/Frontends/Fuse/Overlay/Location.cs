namespace StreamActors.Fuse.Overlay;

/// <summary>One name of an object: where it was last seen. Whoever uses it verifies that the object is still there.</summary>
/// <param name="parent">The directory.</param>
/// <param name="name">The name in it.</param>
internal sealed class Location(LocatedInode parent, byte[] name)
{
    /// <summary>The directory.</summary>
    public LocatedInode Parent { get; } = parent;

    /// <summary>The name in it.</summary>
    public byte[] Name { get; } = name;

    /// <summary>Whether this is that name in that directory.</summary>
    /// <param name="parent">A directory.</param>
    /// <param name="name">A name.</param>
    /// <returns>Whether both are the same.</returns>
    public bool Is(LocatedInode parent, ReadOnlySpan<byte> name) => Parent == parent && name.SequenceEqual(Name);
}
