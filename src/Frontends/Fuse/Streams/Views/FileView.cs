using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>What the dot directories on the way to a file make of it.</summary>
/// <param name="Kind">How messages become its bytes (<c>.json</c>, <c>.size</c>).</param>
/// <param name="Follows">Whether a read at the end waits (<c>.follow</c>).</param>
/// <param name="Start">Where it begins (<c>.at</c>); null for the oldest message.</param>
/// <param name="Cursor">The named cursor that it is read by (<c>.cursors</c>); null for none. Then there is no start.</param>
internal sealed record FileView(ViewKind Kind, bool Follows, StartPlace? Start, EntityName? Cursor)
{
    /// <summary>The file as it is without a dot directory.</summary>
    public static FileView Plain { get; } = new(ViewKind.Default, false, null, null);

    /// <summary>Whether lines or bytes can be written by it: what begins elsewhere, waits or is read by a cursor is only read.</summary>
    public bool IsWritable => this == Plain with { Kind = Kind };
}
