using StreamActors.Fuse.Kernel;

namespace StreamActors.Fuse.Overlay;

/// <summary>A symbolic link: told to the kernel, which follows it, and never followed here.</summary>
internal sealed class OverlayLink(OverlayVolume volume, in Identity identity) : OverlayInode(volume, identity)
{
    /// <inheritdoc/>
    public override void ReadLink(Call call)
    {
        if (!TryReach(out var self, out var error))
        {
            call.Finish(error);
            return;
        }
        // PATH_MAX: a target has at most 4,095 bytes.
        Span<byte> target = stackalloc byte[4096];
        int length;
        using (new Reached(self))
            error = Syscall.ReadLinkAt(self, default, target, out length);
        if (error == Errno.None)
            call.Data(target[..length]);
        else
            call.Finish(error);
    }
}
