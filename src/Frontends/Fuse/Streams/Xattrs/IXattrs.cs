namespace StreamActors.Fuse.Streams;

/// <summary>The extended attributes of an object of a stream: which there are is known without asking anybody.</summary>
internal interface IXattrs
{
    /// <summary>The names, without <see cref="XattrCalls.Prefix"/>.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Gets the values from the actors.</summary>
    /// <param name="parked">The parked call that wants one; answered here where that fails.</param>
    /// <param name="described">Gets the values, in the order of <see cref="Names"/>.</param>
    void Describe(Call parked, Action<IReadOnlyList<string>> described);

    /// <summary>Sets one of the attributes.</summary>
    /// <param name="call">The call to answer.</param>
    /// <param name="name">Its name, without the prefix.</param>
    /// <param name="value">The new value.</param>
    /// <returns>Whether it is one that can be set; else the call is not answered.</returns>
    bool TrySet(Call call, string name, ReadOnlySpan<byte> value) => false;
}
