using System.Buffers.Binary;
using System.Runtime.InteropServices;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse;

/// <summary>Who asks.</summary>
/// <param name="Uid">User of the file system calls (fsuid).</param>
/// <param name="Gid">Group of the file system calls (fsgid).</param>
/// <param name="Pid">Thread id; 0 where it is outside the server's pid namespace.</param>
/// <param name="SupplementaryGroup">
/// Of a request that makes a file: the parent directory's group, if the caller is in it (FUSE_CREATE_SUPP_GROUP); else null.
/// </param>
public readonly record struct Caller(uint Uid, uint Gid, uint Pid, uint? SupplementaryGroup = null);

/// <summary>
/// One request as inodes and handles see it: who asks, and the one answer, in typed form. Valid during the call of the
/// handler; whoever answers later takes a <see cref="Park"/>ed one. A parked call may be answered by several (its actor,
/// an interrupt, the unmount): the first wins, and what a later one had registered for its answer is taken back.
/// </summary>
public sealed class Call
{
    /// <summary>Makes the call of a device thread, or of a parked request.</summary>
    /// <param name="tree">The mounted tree.</param>
    /// <param name="reply">Takes the answer.</param>
    public Call(FuseTree tree, Reply reply)
    {
        Tree = tree;
        Reply = reply;
    }

    /// <summary>The mounted tree.</summary>
    public FuseTree Tree { get; }

    /// <summary>Who asks.</summary>
    public Caller Caller { get; internal set; }

    /// <summary>The untyped answer.</summary>
    public Reply Reply { get; }

    /// <summary>A call that may be answered after the handler has returned, from any thread.</summary>
    /// <returns>The call to answer instead of this one; its <see cref="Reply"/> is a <see cref="ParkedReply"/>.</returns>
    public Call Park() => Reply is ParkedReply ? this : new Call(Tree, Reply.Park()) { Caller = Caller };

    /// <summary>Answers with an error, or with success where there is nothing to tell.</summary>
    /// <param name="error">None for success.</param>
    /// <returns>Whether the kernel took it.</returns>
    public bool Finish(Errno error) => Answer(error);

    /// <summary>Answers LOOKUP, MKNOD, MKDIR, SYMLINK or LINK, and counts the look-up.</summary>
    /// <param name="inode">What the name stands for.</param>
    /// <param name="attr">Its attributes.</param>
    /// <param name="entryTimeout">How long this name may be cached; null for the inode's own time.</param>
    public void Entry(Inode inode, in FuseAttr attr, TimeSpan? entryTimeout = null)
    {
        Tree.Inodes.Reference(inode);
        var entry = Tree.Entry(inode, attr, entryTimeout);
        if (!Answer(Errno.None, Bytes(in entry)))
            Tree.Inodes.Forget(inode.NodeId, 1);
    }

    /// <summary>Answers CREATE and TMPFILE: counts the look-up and registers the handle.</summary>
    /// <param name="inode">The new file.</param>
    /// <param name="attr">Its attributes.</param>
    /// <param name="handle">The open file.</param>
    /// <param name="flags">How the kernel treats it.</param>
    /// <param name="backingId">Id of the backing file with <see cref="OpenReplyFlags.Passthrough"/>.</param>
    public void Created(Inode inode, in FuseAttr attr, Handle handle, OpenReplyFlags flags, int backingId = 0)
    {
        Tree.Inodes.Reference(inode);
        var entry = Tree.Entry(inode, attr);
        var open = new FuseOpenOut { Fh = Tree.Handles.Add(handle), OpenFlags = flags, BackingId = backingId };
        if (Answer(Errno.None, Bytes(in entry), Bytes(in open)))
            return;
        Tree.Handles.Remove(open.Fh);
        handle.Abandon();
        Tree.Inodes.Forget(inode.NodeId, 1);
    }

    /// <summary>Answers OPEN and OPENDIR, and registers the handle.</summary>
    /// <param name="handle">The open file.</param>
    /// <param name="flags">How the kernel treats it.</param>
    /// <param name="backingId">Id of the backing file with <see cref="OpenReplyFlags.Passthrough"/>.</param>
    public void Opened(Handle handle, OpenReplyFlags flags, int backingId = 0)
    {
        if (Tree.Volumes.In(handle.Inode) is { Count: > 0 } volumes)
            handle = new VolumesHandle(handle, volumes);
        var open = new FuseOpenOut { Fh = Tree.Handles.Add(handle), OpenFlags = flags, BackingId = backingId };
        if (Answer(Errno.None, Bytes(in open)))
            return;
        Tree.Handles.Remove(open.Fh);
        handle.Abandon();
    }

    /// <summary>Answers GETATTR and SETATTR.</summary>
    /// <param name="inode">The inode; it says how long its attributes may be cached.</param>
    /// <param name="attr">Its attributes.</param>
    /// <param name="areKept">Whether these may be cached as long as the mount allows, whatever the inode says.</param>
    public void Attr(Inode inode, in FuseAttr attr, bool areKept = false)
    {
        var answer = Tree.AttrOut(inode, attr, areKept);
        Answer(Errno.None, Bytes(in answer));
    }

    /// <summary>Answers with bytes: READ, READLINK, READDIR, GETXATTR and LISTXATTR with a buffer.</summary>
    /// <param name="data">The bytes.</param>
    /// <returns>Whether the kernel took them.</returns>
    public bool Data(ReadOnlySpan<byte> data) => Answer(Errno.None, data);

    /// <summary>Answers WRITE and COPY_FILE_RANGE.</summary>
    /// <param name="bytes">Bytes that were taken.</param>
    public void Written(int bytes)
    {
        Span<byte> answer = stackalloc byte[8];
        answer.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(answer, bytes);
        Answer(Errno.None, answer);
    }

    /// <summary>Answers GETXATTR and LISTXATTR that asked for the size alone.</summary>
    /// <param name="size">Bytes of the value or the list.</param>
    public void XattrSize(int size) => Written(size);

    /// <summary>Answers LSEEK.</summary>
    /// <param name="offset">The position, bytes.</param>
    public void Position(long offset)
    {
        Span<byte> answer = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(answer, offset);
        Answer(Errno.None, answer);
    }

    /// <summary>Answers POLL.</summary>
    /// <param name="events">The events that are ready.</param>
    public void Polled(uint events) => Written((int)events);

    /// <summary>Answers with any struct of <c>linux/fuse.h</c> (STATFS, GETLK).</summary>
    /// <param name="answer">The struct.</param>
    /// <typeparam name="T">A blittable struct in the kernel's layout.</typeparam>
    public void Struct<T>(in T answer)
        where T : unmanaged => Answer(Errno.None, Bytes(in answer));

    private bool Answer(Errno error, ReadOnlySpan<byte> head = default, ReadOnlySpan<byte> payload = default) =>
        Reply is ParkedReply parked ? parked.TrySend(error, head, payload) : Reply.Send(error, head, payload);

    private static ReadOnlySpan<byte> Bytes<T>(in T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
}
