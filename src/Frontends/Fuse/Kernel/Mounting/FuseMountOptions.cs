namespace StreamActors.Fuse.Kernel;

/// <summary>Where and how a tree is mounted.</summary>
public sealed record FuseMountOptions
{
    /// <summary>The directory to mount on.</summary>
    public required string Mountpoint { get; init; }

    /// <summary>Directories that the mountpoint must not be, be in or hold: those that the server works in.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>What <c>/proc/mounts</c> shows as the source.</summary>
    public string FileSystemName { get; init; } = "streamactors";

    /// <summary>Whether users other than the mounter may enter.</summary>
    public bool AllowOther { get; init; }

    /// <summary>Whether the kernel checks permissions by mode, owner and group.</summary>
    public bool DefaultPermissions { get; init; } = true;

    /// <summary>Whether nothing can be written.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Whether set-id bits do nothing. Only root may undo it.</summary>
    public bool NoSuid { get; init; } = true;

    /// <summary>Whether device files do nothing. Only root may undo it.</summary>
    public bool NoDev { get; init; } = true;

    /// <summary>Whether nothing can be run.</summary>
    public bool NoExec { get; init; }

    /// <summary>Whether reading changes no access times.</summary>
    public bool NoAtime { get; init; }

    /// <summary>Whether a directory that is not empty is mounted over.</summary>
    public bool NonEmpty { get; init; }
}
