using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// UNLINK, RMDIR and RENAME. An object that may lose its last name is opened before (O_PATH), so that what is open, or
/// somebody's working directory, goes on to work; an object that moves learns its new name.
/// </summary>
internal static class NameChange
{
    /// <summary>UNLINK and RMDIR.</summary>
    /// <param name="call">The call to answer.</param>
    /// <param name="parent">The directory.</param>
    /// <param name="name">The name.</param>
    /// <param name="directory">Whether a directory is to be removed.</param>
    public static void Remove(Call call, OverlayDirectory parent, ReadOnlySpan<byte> name, bool directory)
    {
        if (!parent.TryReach(out var self, out var error))
        {
            call.Finish(error);
            return;
        }
        using (new Reached(self))
        {
            var volume = parent.Volume;
            var victim = Victim.Find(volume, self, name);
            if (directory && victim.IsRegular && volume.Streams.Claims(name))
            {
                var file = new SimulatedFile(parent, name, victim.Stat);
                victim.Dispose();
                volume.Streams.Remove(call, file);
                return;
            }
            volume.BeginRename();
            error = volume.IsWayToVolume(victim.Stat) ? Errno.EBUSY : Syscall.UnlinkAt(self, name, directory ? Linux.AT_REMOVEDIR : 0);
            if (error == Errno.None)
                victim.LostName(parent, name);
            volume.EndRename();
            victim.Dispose();
        }
        call.Finish(error);
    }

    /// <summary>RENAME.</summary>
    /// <param name="call">The call to answer.</param>
    /// <param name="parent">The directory of the old name.</param>
    /// <param name="request">The arguments.</param>
    public static void Rename(Call call, OverlayDirectory parent, in RenameRequest request)
    {
        var volume = parent.Volume;
        if (request.NewParent is not OverlayDirectory newParent || newParent.Volume != volume)
        {
            call.Finish(Errno.EXDEV);
            return;
        }
        if (!parent.TryReach(out var from, out var error))
        {
            call.Finish(error);
            return;
        }
        using (new Reached(from))
        {
            if (newParent.TryReach(out var to, out error))
            {
                using (new Reached(to))
                    error = Rename(parent, from, newParent, to, request);
            }
        }
        call.Finish(error);
        if (error == Errno.None)
            Revalidate(call.Tree.Connection.Notifier, parent, newParent, request);
    }

    private static Errno Rename(OverlayDirectory parent, FileDescriptor from, OverlayDirectory newParent, FileDescriptor to, in RenameRequest request)
    {
        var volume = parent.Volume;
        var swap = (request.Flags & Linux.RENAME_EXCHANGE) != 0;
        var victim = swap ? default : Victim.Find(volume, to, request.NewName);
        volume.BeginRename();
        var error = !swap && volume.IsWayToVolume(victim.Stat)
            ? Errno.EBUSY
            : Syscall.RenameAt2(from, request.Name, to, request.NewName, request.Flags);
        if (error == Errno.None)
        {
            victim.LostName(newParent, request.NewName);
            Moved(parent, request.Name, newParent, to, request.NewName);
            if (swap)
                Moved(newParent, request.NewName, parent, from, request.Name);
        }
        volume.EndRename();
        victim.Dispose();
        return error;
    }

    /// <summary>Tells the inode of what is now under the new name, if the kernel knows it.</summary>
    private static void Moved(OverlayDirectory parent, ReadOnlySpan<byte> name, OverlayDirectory newParent, FileDescriptor to, ReadOnlySpan<byte> newName)
    {
        if (OverlayVolume.StatAt(to, newName, out var stat) != Errno.None)
            return;
        var inode = parent.Volume.Known.Hold(Identity.Of(stat));
        if (inode is null)
            return;
        inode.Lost(parent, name);
        inode.Seen(newParent, newName, stat.IsDirectory ? 1 : stat.Links);
        inode.LetGo();
    }

    /// <summary>
    /// A name that streams claim stands for a stream or for a file, whichever it is; the kernel took the inode along with
    /// the name, so it has to look again.
    /// </summary>
    private static void Revalidate(INotifier notifier, OverlayDirectory parent, OverlayDirectory newParent, in RenameRequest request)
    {
        var volume = parent.Volume;
        if (!volume.Streams.Claims(request.Name) && !volume.Streams.Claims(request.NewName))
            return;
        notifier.InvalidateEntry(newParent.NodeId, request.NewName);
        if ((request.Flags & Linux.RENAME_EXCHANGE) != 0)
            notifier.InvalidateEntry(parent.NodeId, request.Name);
    }
}
