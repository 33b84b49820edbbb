using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse;

// Requests about an inode. Each takes its body apart whole before it calls anything, so that a malformed request has no
// effect; an error that is returned is the answer.
public sealed partial class FuseDispatcher
{
    private Errno Lookup(Inode directory, ref RequestDecoder body)
    {
        if (Failed(body.TakeName(out var name), out var error) || Failed(body.End(), out error))
            return error;
        if (_tree.Volumes.TryFind(directory, name, out var volume))
            volume.Show(_call);
        else
            directory.Lookup(_call, name);
        return Errno.None;
    }

    private Errno GetAttr(Inode inode, ref RequestDecoder body)
    {
        if (Failed(body.Take(out GetAttrIn args), out var error) || Failed(body.End(), out error))
            return error;
        Handle? handle = null;
        if ((args.Flags & GetAttrIn.HasHandle) != 0 && Failed(Find(args.Fh, out handle), out error))
            return error;
        inode.GetAttr(_call, new GetAttrRequest(handle));
        return Errno.None;
    }

    private Errno SetAttr(Inode inode, ref RequestDecoder body)
    {
        if (Failed(body.Take(out SetAttrIn args), out var error) || Failed(body.End(), out error))
            return error;
        var valid = (SetAttrValid)args.Valid;
        Handle? handle = null;
        if (valid.HasFlag(SetAttrValid.Handle) && Failed(Find(args.Fh, out handle), out error))
            return error;
        inode.SetAttr(_call, new SetAttrRequest(
            valid,
            handle,
            args.Size,
            args.Mode,
            args.Uid,
            args.Gid,
            new Timestamp((long)args.Atime, args.AtimeNsec),
            new Timestamp((long)args.Mtime, args.MtimeNsec),
            args.LockOwner));
        return Errno.None;
    }

    private Errno ReadLink(Inode inode, ref RequestDecoder body)
    {
        if (Failed(body.End(), out var error))
            return error;
        inode.ReadLink(_call);
        return Errno.None;
    }

    private Errno Symlink(Inode directory, ref RequestDecoder body)
    {
        if (Failed(body.TakeName(out var name), out var error) || Failed(body.TakeString(out var target), out error) || Failed(body.End(), out error)
            || Failed(Free(directory, name, Errno.EEXIST), out error))
            return error;
        directory.Symlink(_call, name, target);
        return Errno.None;
    }

    private Errno MkNod(Inode directory, ref RequestDecoder body)
    {
        if (Failed(body.Take(out MkNodIn args), out var error) || Failed(body.TakeName(out var name), out error) || Failed(body.End(), out error)
            || Failed(Free(directory, name, Errno.EEXIST), out error))
            return error;
        directory.MkNod(_call, new MakeRequest { Name = name, Mode = args.Mode, Umask = args.Umask, Rdev = args.Rdev });
        return Errno.None;
    }

    private Errno MkDir(Inode directory, ref RequestDecoder body)
    {
        if (Failed(body.Take(out MkDirIn args), out var error) || Failed(body.TakeName(out var name), out error) || Failed(body.End(), out error)
            || Failed(Free(directory, name, Errno.EEXIST), out error))
            return error;
        directory.MkDir(_call, new MakeRequest { Name = name, Mode = args.Mode | Linux.S_IFDIR, Umask = args.Umask });
        return Errno.None;
    }

    private Errno Unlink(Inode directory, ref RequestDecoder body)
    {
        if (Failed(body.TakeName(out var name), out var error) || Failed(body.End(), out error)
            || Failed(Free(directory, name, Errno.EBUSY), out error))
            return error;
        directory.Unlink(_call, name);
        return Errno.None;
    }

    private Errno RmDir(Inode directory, ref RequestDecoder body)
    {
        if (Failed(body.TakeName(out var name), out var error) || Failed(body.End(), out error)
            || Failed(Free(directory, name, Errno.EBUSY), out error))
            return error;
        directory.RmDir(_call, name);
        return Errno.None;
    }

    private Errno Rename(Inode directory, ref RequestDecoder body) =>
        Failed(body.Take(out RenameIn args), out var error) ? error : Rename(directory, args.NewDirectory, 0, ref body);

    private Errno Rename2(Inode directory, ref RequestDecoder body) =>
        Failed(body.Take(out Rename2In args), out var error) ? error : Rename(directory, args.NewDirectory, args.Flags, ref body);

    private Errno Rename(Inode directory, ulong newDirectory, uint flags, ref RequestDecoder body)
    {
        if (Failed(body.TakeName(out var name), out var error) || Failed(body.TakeName(out var newName), out error) || Failed(body.End(), out error))
            return error;
        if (_tree.Inodes.Find(newDirectory) is not { } newParent)
            return Errno.ESTALE;
        if (Failed(Free(directory, name, Errno.EBUSY), out error) || Failed(Free(newParent, newName, Errno.EBUSY), out error))
            return error;
        directory.Rename(_call, new RenameRequest { Name = name, NewParent = newParent, NewName = newName, Flags = flags });
        return Errno.None;
    }

    private Errno Link(Inode directory, ref RequestDecoder body)
    {
        if (Failed(body.Take(out LinkIn args), out var error) || Failed(body.TakeName(out var name), out error) || Failed(body.End(), out error)
            || Failed(Free(directory, name, Errno.EEXIST), out error))
            return error;
        if (_tree.Inodes.Find(args.OldNodeId) is not { } source)
            return Errno.ESTALE;
        directory.Link(_call, source, name);
        return Errno.None;
    }

    private Errno Open(Inode inode, ref RequestDecoder body)
    {
        if (Failed(body.Take(out OpenIn args), out var error) || Failed(body.End(), out error))
            return error;
        inode.Open(_call, new OpenRequest(args.Flags, args.OpenFlags));
        return Errno.None;
    }

    private Errno OpenDir(Inode inode, ref RequestDecoder body)
    {
        if (Failed(body.Take(out OpenIn args), out var error) || Failed(body.End(), out error))
            return error;
        inode.OpenDir(_call, new OpenRequest(args.Flags, args.OpenFlags));
        return Errno.None;
    }

    private Errno Create(Inode directory, ref RequestDecoder body, bool named)
    {
        if (Failed(body.Take(out CreateIn args), out var error))
            return error;
        // The name that comes with TMPFILE is the kernel's placeholder, and need not be one.
        if (Failed(named ? body.TakeName(out var name) : body.TakeString(out name), out error) || Failed(body.End(), out error))
            return error;
        // The kernel looks again, and finds the volume.
        if (named && Failed(Free(directory, name, Errno.ESTALE), out error))
            return error;
        var request = new CreateRequest { Name = name, Flags = args.Flags, Mode = args.Mode, Umask = args.Umask, OpenFlags = args.OpenFlags };
        if (named)
            directory.Create(_call, request);
        else
            directory.TmpFile(_call, request);
        return Errno.None;
    }

    private Errno StatFs(Inode inode, ref RequestDecoder body)
    {
        if (Failed(body.End(), out var error))
            return error;
        inode.StatFs(_call);
        return Errno.None;
    }

    private Errno SyncFs(Inode inode, ref RequestDecoder body)
    {
        if (Failed(body.Take(out ulong _), out var error) || Failed(body.End(), out error))
            return error;
        inode.SyncFs(_call);
        return Errno.None;
    }

    private Errno SetXattr(Inode inode, ref RequestDecoder body)
    {
        SetXattrIn args;
        var taken = _tree.Connection.Features.Flags.HasFlag(InitFlags.SetxattrExt)
            ? body.Take(out args)
            : body.TakeStart(SetXattrIn.ShortSize, out args);
        if (Failed(taken, out var error) || Failed(body.TakeString(out var name), out error)
            || Failed(body.TakeBytes(args.Size, out var value), out error) || Failed(body.End(), out error))
            return error;
        inode.SetXattr(_call, new SetXattrRequest { Name = name, Value = value, Flags = args.Flags, SetXattrFlags = args.SetXattrFlags });
        return Errno.None;
    }

    private Errno GetXattr(Inode inode, ref RequestDecoder body)
    {
        if (Failed(body.Take(out GetXattrIn args), out var error) || Failed(body.TakeString(out var name), out error) || Failed(body.End(), out error))
            return error;
        inode.GetXattr(_call, name, Length(args.Size));
        return Errno.None;
    }

    private Errno ListXattr(Inode inode, ref RequestDecoder body)
    {
        if (Failed(body.Take(out GetXattrIn args), out var error) || Failed(body.End(), out error))
            return error;
        inode.ListXattr(_call, Length(args.Size));
        return Errno.None;
    }

    private Errno RemoveXattr(Inode inode, ref RequestDecoder body)
    {
        if (Failed(body.TakeString(out var name), out var error) || Failed(body.End(), out error))
            return error;
        inode.RemoveXattr(_call, name);
        return Errno.None;
    }

    private Errno Access(Inode inode, ref RequestDecoder body)
    {
        if (Failed(body.Take(out AccessIn args), out var error) || Failed(body.End(), out error))
            return error;
        inode.Access(_call, args.Mask);
        return Errno.None;
    }

    /// <summary>Names that lead to volumes are neither made nor moved nor taken away.</summary>
    private Errno Free(Inode directory, ReadOnlySpan<byte> name, Errno taken) =>
        _tree.Volumes.Has(directory, name) ? taken : Errno.None;

    private static bool Failed(Errno result, out Errno error) => (error = result) != Errno.None;

    private static int Length(uint size) => (int)Math.Min(size, int.MaxValue);
}
