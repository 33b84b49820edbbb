using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse;

// Requests about an open file or directory. Each takes its body apart whole before it calls anything, so that a malformed
// request has no effect; an error that is returned is the answer.
public sealed partial class FuseDispatcher
{
    private Errno Read(ref RequestDecoder body, Span<byte> scratch)
    {
        if (Failed(body.Take(out ReadIn args), out var error) || Failed(body.End(), out error) || Failed(Find(args.Fh, out var handle), out error))
            return error;
        if ((long)args.Offset < 0)
            return Errno.EINVAL;
        var size = Math.Min(Length(args.Size), scratch.Length);
        handle!.Read(_call, new ReadRequest((long)args.Offset, size, args.Flags), scratch);
        return Errno.None;
    }

    private Errno Write(ref RequestDecoder body)
    {
        if (Failed(body.Take(out WriteIn args), out var error) || Failed(body.TakeBytes(args.Size, out var data), out error)
            || Failed(body.End(), out error) || Failed(Find(args.Fh, out var handle), out error))
            return error;
        if ((long)args.Offset < 0)
            return Errno.EINVAL;
        handle!.Write(_call, new WriteRequest
        {
            Offset = (long)args.Offset,
            Data = data,
            Flags = args.Flags,
            WriteFlags = args.WriteFlags,
            LockOwner = args.LockOwner,
        });
        return Errno.None;
    }

    private Errno Flush(ref RequestDecoder body)
    {
        if (Failed(body.Take(out FlushIn args), out var error) || Failed(body.End(), out error) || Failed(Find(args.Fh, out var handle), out error))
            return error;
        handle!.Flush(_call, args.LockOwner);
        return Errno.None;
    }

    private Errno FSync(ref RequestDecoder body)
    {
        if (Failed(body.Take(out FSyncIn args), out var error) || Failed(body.End(), out error) || Failed(Find(args.Fh, out var handle), out error))
            return error;
        handle!.Fsync(_call, (args.Flags & FSyncIn.DataOnly) != 0);
        return Errno.None;
    }

    private Errno Release(ref RequestDecoder body)
    {
        if (Failed(body.Take(out ReleaseIn args), out var error) || Failed(body.End(), out error))
            return error;
        if (_tree.Handles.Remove(args.Fh) is not { } handle)
            return Errno.EBADF;
        handle.Release(_call, new ReleaseRequest(args.Flags, args.ReleaseFlags, args.LockOwner));
        return Errno.None;
    }

    private Errno ReadDir(ref RequestDecoder body, Span<byte> scratch, bool plus)
    {
        if (Failed(body.Take(out ReadIn args), out var error) || Failed(body.End(), out error) || Failed(Find(args.Fh, out var handle), out error))
            return error;
        var size = Math.Min(Length(args.Size), scratch.Length);
        handle!.ReadDir(_call, new ReadDirRequest((long)args.Offset, size, plus), scratch);
        return Errno.None;
    }

    private Errno FAllocate(ref RequestDecoder body)
    {
        if (Failed(body.Take(out FAllocateIn args), out var error) || Failed(body.End(), out error) || Failed(Find(args.Fh, out var handle), out error))
            return error;
        if ((long)args.Offset < 0 || (long)args.Length < 0)
            return Errno.EINVAL;
        handle!.Fallocate(_call, new FallocateRequest((long)args.Offset, (long)args.Length, args.Mode));
        return Errno.None;
    }

    private Errno LSeek(ref RequestDecoder body)
    {
        if (Failed(body.Take(out LSeekIn args), out var error) || Failed(body.End(), out error) || Failed(Find(args.Fh, out var handle), out error))
            return error;
        handle!.Lseek(_call, new LseekRequest((long)args.Offset, args.Whence));
        return Errno.None;
    }

    private Errno CopyFileRange(ref RequestDecoder body)
    {
        if (Failed(body.Take(out CopyFileRangeIn args), out var error) || Failed(body.End(), out error)
            || Failed(Find(args.FhIn, out var source), out error) || Failed(Find(args.FhOut, out var target), out error))
            return error;
        if ((long)args.OffsetIn < 0 || (long)args.OffsetOut < 0)
            return Errno.EINVAL;
        source!.CopyFileRange(_call, new CopyFileRangeRequest((long)args.OffsetIn, target!, (long)args.OffsetOut, args.Length, args.Flags));
        return Errno.None;
    }

    private Errno Lock(ref RequestDecoder body, bool get, bool wait)
    {
        if (Failed(body.Take(out LkIn args), out var error) || Failed(body.End(), out error) || Failed(Find(args.Fh, out var handle), out error))
            return error;
        if ((long)args.Lock.Start < 0 || (long)args.Lock.End < 0)
            return Errno.EINVAL;
        var request = new LockRequest(
            args.Owner, (long)args.Lock.Start, (long)args.Lock.End, args.Lock.Type, args.Lock.Pid, (args.Flags & LkIn.Flock) != 0, wait);
        if (get)
            handle!.GetLock(_call, request);
        else
            handle!.SetLock(_call, request);
        return Errno.None;
    }

    private Errno Poll(ref RequestDecoder body)
    {
        if (Failed(body.Take(out PollIn args), out var error) || Failed(body.End(), out error) || Failed(Find(args.Fh, out var handle), out error))
            return error;
        handle!.Poll(_call, new PollRequest(args.Kh, (args.Flags & PollIn.ScheduleNotify) != 0, args.Events));
        return Errno.None;
    }

    private Errno Find(ulong fh, out Handle? handle) => (handle = _tree.Handles.Find(fh)) is null ? Errno.EBADF : Errno.None;
}
