using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// An object of SOURCE: what all kinds of objects have in common. Objects that are only that are fifos, devices and
/// sockets, which the kernel opens itself and the server never does.
/// </summary>
internal class OverlayInode : LocatedInode
{
    /// <summary>Makes an inode that its maker holds.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="identity">What it stands for.</param>
    public OverlayInode(OverlayVolume volume, in Identity identity)
        : base(volume, identity)
    {
    }

    /// <inheritdoc/>
    public override void GetAttr(Call call, in GetAttrRequest request)
    {
        var error = Stat(out var stat);
        if (error == Errno.None)
            call.Attr(this, Volume.Attr(stat));
        else
            call.Finish(error);
    }

    /// <inheritdoc/>
    public override void SetAttr(Call call, in SetAttrRequest request)
    {
        if (!TryReach(out var self, out var error))
        {
            call.Finish(error);
            return;
        }
        using (new Reached(self))
        {
            error = AttributeChange.Apply(this, self, call.Caller, request);
            if (error == Errno.None && (error = OverlayVolume.StatOf(self, out var stat)) == Errno.None)
            {
                call.Attr(this, Volume.Attr(stat));
                return;
            }
        }
        call.Finish(error);
    }

    /// <inheritdoc/>
    public override void StatFs(Call call)
    {
        if (!TryReach(out var self, out var error))
        {
            call.Finish(error);
            return;
        }
        StatFs stat;
        using (new Reached(self))
            error = Syscall.FStatFs(self, out stat);
        if (error == Errno.None)
            call.Struct(FileSystemSpace.Of(stat));
        else
            call.Finish(error);
    }

    /// <summary>Asked where the kernel does not check (no default_permissions): then the server's own rights decide, as in every other call.</summary>
    /// <inheritdoc/>
    public override void Access(Call call, uint mask)
    {
        if (!TryReach(out var self, out var error))
        {
            call.Finish(error);
            return;
        }
        using (new Reached(self))
            error = Syscall.FAccessAt(self, default, (int)mask, Linux.AT_EMPTY_PATH | Linux.AT_EACCESS);
        call.Finish(error);
    }

    /// <inheritdoc/>
    public override void SetXattr(Call call, in SetXattrRequest request)
    {
        if (!TryReach(out var self, out var error))
        {
            call.Finish(error);
            return;
        }
        using (new Reached(self))
            error = ExtendedAttributes.Set(self, request);
        call.Finish(error);
    }

    /// <inheritdoc/>
    public override void GetXattr(Call call, ReadOnlySpan<byte> name, int size)
    {
        if (!TryReach(out var self, out var error))
        {
            call.Finish(error);
            return;
        }
        using (new Reached(self))
            ExtendedAttributes.Get(call, self, name, size);
    }

    /// <inheritdoc/>
    public override void ListXattr(Call call, int size)
    {
        if (!TryReach(out var self, out var error))
        {
            call.Finish(error);
            return;
        }
        using (new Reached(self))
            ExtendedAttributes.List(call, self, size);
    }

    /// <inheritdoc/>
    public override void RemoveXattr(Call call, ReadOnlySpan<byte> name)
    {
        if (!TryReach(out var self, out var error))
        {
            call.Finish(error);
            return;
        }
        using (new Reached(self))
            error = ExtendedAttributes.Remove(self, name);
        call.Finish(error);
    }
}
