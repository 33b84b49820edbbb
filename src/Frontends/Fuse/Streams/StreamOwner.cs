using StreamActors.Fuse.Kernel;

namespace StreamActors.Fuse.Streams;

/// <summary>Whom the objects of a volume belong to: one user, and nobody else may do anything with them.</summary>
/// <param name="Uid">The user.</param>
/// <param name="Gid">The group.</param>
/// <param name="Since">When the volume began.</param>
public sealed record StreamOwner(uint Uid, uint Gid, DateTimeOffset Since)
{
    private const uint ReadAndWriteByOwner = 0x180;

    /// <summary>What objects of a stream look like.</summary>
    /// <param name="createdAt">When the stream was made.</param>
    internal StreamAttributes LookOf(DateTimeOffset createdAt) =>
        new StreamAttributes(new FuseAttr { Mode = ReadAndWriteByOwner, Uid = Uid, Gid = Gid }).Since(createdAt);
}
