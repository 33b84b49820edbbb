using StreamActors.Fuse.Kernel;

namespace StreamActors.Fuse.Overlay;

/// <summary>Ends the use of an acquired descriptor at the end of a <c>using</c> block.</summary>
/// <param name="descriptor">The descriptor.</param>
internal readonly ref struct Reached(FileDescriptor descriptor)
{
    /// <summary>Gives the descriptor back.</summary>
    public void Dispose() => descriptor.Return();
}
