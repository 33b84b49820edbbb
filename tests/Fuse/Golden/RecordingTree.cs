using System.Globalization;
using System.Text;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse.Tests.Golden;

/// <summary>Says what it was asked, and answers with fixed values.</summary>
internal sealed class RecordingInode(List<string> calls) : Inode
{
    public static readonly FuseAttr Attributes = new()
    {
        Ino = 77,
        Size = 4097,
        Blocks = 16,
        Atime = 1,
        Mtime = 2,
        Ctime = 3,
        AtimeNsec = 4,
        MtimeNsec = 5,
        CtimeNsec = 6,
        Mode = 0x81A4,
        Nlink = 1,
        Uid = 1000,
        Gid = 100,
        Rdev = 9,
        Blksize = 4096,
        Flags = 0,
    };

    /// <summary>What the next call does instead of its answer.</summary>
    public Action<Call>? Instead { get; set; }

    /// <summary>What look-ups find, and opens open.</summary>
    public Inode? Child { get; set; }

    public Handle? Handle { get; set; }

    public int ReferencedCount { get; private set; }

    public int ForgottenCount { get; private set; }

    public override void Lookup(Call call, ReadOnlySpan<byte> name) => Does(call, $"lookup {Text(name)}", () => call.Entry(Child!, Attributes));

    public override void GetAttr(Call call, in GetAttrRequest request) =>
        Does(call, $"getattr handle={request.Handle is not null}", () => call.Attr(this, Attributes));

    public override void SetAttr(Call call, in SetAttrRequest request) => Does(
        call,
        string.Create(CultureInfo.InvariantCulture, $"setattr {(uint)request.Valid:x} handle={request.Handle is not null} {request.Size} {request.Mode:x} {request.Uid} {request.Gid} {request.Atime.Seconds}.{request.Atime.Nanoseconds} {request.Mtime.Seconds}.{request.Mtime.Nanoseconds} {request.LockOwner}"),
        () => call.Attr(this, Attributes));

    public override void ReadLink(Call call) => Does(call, "readlink", () => call.Data("target"u8));

    public override void MkNod(Call call, in MakeRequest request) => Does(call, $"mknod {Made(request)}", () => call.Entry(Child!, Attributes));

    public override void MkDir(Call call, in MakeRequest request) => Does(call, $"mkdir {Made(request)}", () => call.Entry(Child!, Attributes));

    public override void Symlink(Call call, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target) =>
        Does(call, $"symlink {Text(name)} {Text(target)}", () => call.Entry(Child!, Attributes));

    public override void Link(Call call, Inode source, ReadOnlySpan<byte> name) =>
        Does(call, $"link {source.NodeId} {Text(name)}", () => call.Entry(source, Attributes));

    public override void Unlink(Call call, ReadOnlySpan<byte> name) => Does(call, $"unlink {Text(name)}", () => call.Finish(Errno.None));

    public override void RmDir(Call call, ReadOnlySpan<byte> name) => Does(call, $"rmdir {Text(name)}", () => call.Finish(Errno.None));

    public override void Rename(Call call, in RenameRequest request) =>
        Does(call, $"rename {Text(request.Name)} {request.NewParent.NodeId} {Text(request.NewName)} {request.Flags}", () => call.Finish(Errno.None));

    public override void Open(Call call, in OpenRequest request) =>
        Does(call, $"open {request.Flags:x} {request.OpenFlags}", () => call.Opened(Handle!, OpenReplyFlags.DirectIo));

    public override void OpenDir(Call call, in OpenRequest request) =>
        Does(call, $"opendir {request.Flags:x} {request.OpenFlags}", () => call.Opened(Handle!, OpenReplyFlags.CacheDir));

    public override void Create(Call call, in CreateRequest request) => Does(
        call,
        $"create {Text(request.Name)} {request.Flags:x} {request.Mode:x} {request.Umask:x} {request.OpenFlags} group={call.Caller.SupplementaryGroup}",
        () => call.Created(Child!, Attributes, Handle!, OpenReplyFlags.Passthrough, 5));

    public override void TmpFile(Call call, in CreateRequest request) => Does(
        call, $"tmpfile {request.Flags:x} {request.Mode:x} {request.Umask:x}", () => call.Created(Child!, Attributes, Handle!, OpenReplyFlags.None));

    public override void StatFs(Call call) => Does(
        call, "statfs", () => call.Struct(new FuseKStatFs { Blocks = 1, Bfree = 2, Bavail = 3, Files = 4, Ffree = 5, Bsize = 6, Namelen = 255, Frsize = 7 }));

    public override void SyncFs(Call call) => Does(call, "syncfs", () => call.Finish(Errno.None));

    public override void SetXattr(Call call, in SetXattrRequest request) =>
        Does(call, $"setxattr {Text(request.Name)}={Text(request.Value)} {request.Flags} {request.SetXattrFlags}", () => call.Finish(Errno.None));

    public override void GetXattr(Call call, ReadOnlySpan<byte> name, int size) => Does(call, $"getxattr {Text(name)} {size}", () =>
    {
        if (size == 0)
            call.XattrSize(5);
        else
            call.Data("value"u8);
    });

    public override void ListXattr(Call call, int size) => Does(call, $"listxattr {size}", () => call.Data("user.a\0user.b\0"u8));

    public override void RemoveXattr(Call call, ReadOnlySpan<byte> name) => Does(call, $"removexattr {Text(name)}", () => call.Finish(Errno.None));

    public override void Access(Call call, uint mask) => Does(call, $"access {mask}", () => call.Finish(Errno.EACCES));

    protected internal override void Referenced() => ReferencedCount++;

    protected internal override void Forgotten() => ForgottenCount++;

    internal static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    private static string Made(in MakeRequest request) => $"{Text(request.Name)} {request.Mode:x} {request.Umask:x} {request.Rdev}";

    private void Does(Call call, string what, Action answer)
    {
        calls.Add(what);
        if (Instead is { } instead)
            instead(call);
        else
            answer();
    }
}

/// <summary>Says what it was asked, and answers with fixed values.</summary>
internal sealed class RecordingHandle(Inode inode, List<string> calls) : Handle(inode)
{
    /// <summary>What the next call does instead of its answer.</summary>
    public Action<Call>? Instead { get; set; }

    public int AbandonedCount { get; private set; }

    public override void Read(Call call, in ReadRequest request, Span<byte> buffer)
    {
        var size = request.Size;
        Assertion(buffer.Length >= size);
        Does(call, $"read {request.Offset}+{size} {request.Flags:x}", () => call.Data("some bytes"u8[..Math.Min(size, 10)]));
    }

    public override void Write(Call call, in WriteRequest request)
    {
        var length = request.Data.Length;
        Does(
            call,
            $"write {request.Offset} {RecordingInode.Text(request.Data)} {request.Flags:x} {request.WriteFlags} {request.LockOwner}",
            () => call.Written(length));
    }

    public override void Flush(Call call, ulong lockOwner) => Does(call, $"flush {lockOwner}", () => call.Finish(Errno.None));

    public override void Fsync(Call call, bool dataOnly) => Does(call, $"fsync {dataOnly}", () => call.Finish(Errno.None));

    public override void ReadDir(Call call, in ReadDirRequest request, Span<byte> buffer)
    {
        calls.Add($"readdir {request.Offset}+{request.Size} plus={request.Plus}");
        var writer = new DirectoryWriter(call.Tree, buffer[..request.Size], request.Plus);
        writer.TryAdd("."u8, 1, 4, 1);
        writer.TryAdd("name"u8, Inode, RecordingInode.Attributes, 2);
        call.Data(writer.Written);
    }

    public override void Fallocate(Call call, in FallocateRequest request) =>
        Does(call, $"fallocate {request.Offset}+{request.Length} {request.Mode}", () => call.Finish(Errno.None));

    public override void Lseek(Call call, in LseekRequest request) =>
        Does(call, $"lseek {request.Offset} {request.Whence}", () => call.Position(8192));

    public override void CopyFileRange(Call call, in CopyFileRangeRequest request)
    {
        var length = (int)request.Length;
        Does(
            call,
            $"copy {request.OffsetIn} same={ReferenceEquals(request.Target, this)} {request.OffsetOut}+{request.Length} {request.Flags}",
            () => call.Written(length));
    }

    public override void GetLock(Call call, in LockRequest request) =>
        Does(call, $"getlk {Lock(request)}", () => call.Struct(new FuseFileLock { Start = 10, End = 19, Type = 1, Pid = 33 }));

    public override void SetLock(Call call, in LockRequest request) => Does(call, $"setlk {Lock(request)}", () => call.Finish(Errno.EAGAIN));

    public override void Poll(Call call, in PollRequest request) =>
        Does(call, $"poll {request.Kh} {request.ScheduleNotify} {request.Events:x}", () => call.Polled(Linux.POLLIN));

    public override void Release(Call call, in ReleaseRequest request)
    {
        calls.Add($"release {request.Flags:x} {request.ReleaseFlags} {request.LockOwner}");
        base.Release(call, request);
    }

    public override void Abandon() => AbandonedCount++;

    private static string Lock(in LockRequest request) =>
        $"{request.Owner} {request.Start}-{request.End} {request.Type} {request.Pid} flock={request.Flock} wait={request.Wait}";

    private static void Assertion(bool holds) => Xunit.Assert.True(holds);

    private void Does(Call call, string what, Action answer)
    {
        calls.Add(what);
        if (Instead is { } instead)
            instead(call);
        else
            answer();
    }
}
