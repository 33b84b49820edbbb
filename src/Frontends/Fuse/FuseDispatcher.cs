using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse;

/// <summary>
/// Serves one device thread: takes a request apart, finds the inode or the handle, and calls it. Whatever happens there,
/// the request is answered, and the next one can come.
/// </summary>
public sealed partial class FuseDispatcher : IRequestWorker
{
    private readonly FuseTree _tree;
    private readonly ParkedReplies _parked;
    private readonly ILogger _logger;
    private readonly DirectReply _reply;
    private readonly Call _call;

    /// <summary>Makes the dispatcher of one device thread.</summary>
    /// <param name="tree">The mounted tree.</param>
    /// <param name="channel">Where the thread answers.</param>
    /// <param name="parked">The parked requests of the mount.</param>
    /// <param name="logger">Told of malformed requests and of handlers that fail.</param>
    public FuseDispatcher(FuseTree tree, IFuseChannel channel, ParkedReplies parked, ILogger logger)
    {
        _tree = tree;
        _parked = parked;
        _logger = logger;
        _reply = new DirectReply(channel, parked);
        _call = new Call(tree, _reply);
    }

    /// <inheritdoc/>
    public void Serve(ReadOnlySpan<byte> request, Span<byte> scratch)
    {
        if (request.Length < InHeader.Size)
        {
            LogRunt(_logger, request.Length);
            return;
        }
        var header = MemoryMarshal.Read<InHeader>(request);
        _reply.Begin(header.Unique, header.Opcode.MayWait());
        if (header.Opcode.WantsNoAnswer())
            _reply.NoAnswer();
        try
        {
            var error = Dispatch(in header, request, scratch);
            if (error != Errno.None)
                _reply.Fail(error);
            else if (!_reply.IsSettled)
            {
                LogUnanswered(_logger, header.Opcode, header.NodeId);
                _reply.Fail(Errno.EIO);
            }
        }
        catch (Exception exception)
        {
            // Whatever a handler throws is a fault of ours; its caller gets an error, and everyone else is served on.
            LogFailed(_logger, exception, header.Opcode, header.NodeId);
            _reply.Fail(Errno.EIO);
        }
        finally
        {
            _reply.End();
        }
    }

    private Errno Dispatch(in InHeader header, ReadOnlySpan<byte> request, Span<byte> scratch)
    {
        if (header.Length != (uint)request.Length)
        {
            LogMalformed(_logger, header.Opcode, header.NodeId, request.Length);
            return Errno.EIO;
        }
        var body = new RequestDecoder(request[InHeader.Size..]);
        _call.Caller = new Caller(header.Uid, header.Gid, header.Pid, body.TakeExtensions(in header));
        var error = Dispatch(in header, ref body, scratch);
        if (body.IsMalformed)
            LogMalformed(_logger, header.Opcode, header.NodeId, request.Length);
        return error;
    }

    private Errno Dispatch(in InHeader header, ref RequestDecoder body, Span<byte> scratch)
    {
        if (body.IsMalformed)
            return Errno.EINVAL;
        switch (header.Opcode)
        {
            case Opcode.Forget: return Forget(header.NodeId, ref body);
            case Opcode.BatchForget: return BatchForget(ref body);
            case Opcode.Interrupt: return Interrupt(ref body);
            case Opcode.NotifyReply: return Errno.None;
            case Opcode.Destroy: return Destroy();
            case Opcode.Init: return Errno.EIO;
            case Opcode.IoCtl: return Errno.ENOTTY;

            case Opcode.Read: return Read(ref body, scratch);
            case Opcode.Write: return Write(ref body);
            case Opcode.Flush: return Flush(ref body);
            case Opcode.FSync or Opcode.FSyncDir: return FSync(ref body);
            case Opcode.Release or Opcode.ReleaseDir: return Release(ref body);
            case Opcode.ReadDir: return ReadDir(ref body, scratch, plus: false);
            case Opcode.ReadDirPlus: return ReadDir(ref body, scratch, plus: true);
            case Opcode.FAllocate: return FAllocate(ref body);
            case Opcode.LSeek: return LSeek(ref body);
            case Opcode.CopyFileRange or Opcode.CopyFileRange64: return CopyFileRange(ref body);
            case Opcode.GetLk: return Lock(ref body, get: true, wait: false);
            case Opcode.SetLk: return Lock(ref body, get: false, wait: false);
            case Opcode.SetLkW: return Lock(ref body, get: false, wait: true);
            case Opcode.Poll: return Poll(ref body);
        }
        return _tree.Inodes.Find(header.NodeId) is { } inode
            ? DispatchInode(header.Opcode, inode, ref body)
            : IsKnown(header.Opcode) ? Errno.ESTALE : Errno.ENOSYS;
    }

    private Errno DispatchInode(Opcode opcode, Inode inode, ref RequestDecoder body) => opcode switch
    {
        Opcode.Lookup => Lookup(inode, ref body),
        Opcode.GetAttr => GetAttr(inode, ref body),
        Opcode.SetAttr => SetAttr(inode, ref body),
        Opcode.ReadLink => ReadLink(inode, ref body),
        Opcode.Symlink => Symlink(inode, ref body),
        Opcode.MkNod => MkNod(inode, ref body),
        Opcode.MkDir => MkDir(inode, ref body),
        Opcode.Unlink => Unlink(inode, ref body),
        Opcode.RmDir => RmDir(inode, ref body),
        Opcode.Rename => Rename(inode, ref body),
        Opcode.Rename2 => Rename2(inode, ref body),
        Opcode.Link => Link(inode, ref body),
        Opcode.Open => Open(inode, ref body),
        Opcode.OpenDir => OpenDir(inode, ref body),
        Opcode.Create => Create(inode, ref body, named: true),
        Opcode.TmpFile => Create(inode, ref body, named: false),
        Opcode.StatFs => StatFs(inode, ref body),
        Opcode.SyncFs => SyncFs(inode, ref body),
        Opcode.SetXattr => SetXattr(inode, ref body),
        Opcode.GetXattr => GetXattr(inode, ref body),
        Opcode.ListXattr => ListXattr(inode, ref body),
        Opcode.RemoveXattr => RemoveXattr(inode, ref body),
        Opcode.Access => Access(inode, ref body),
        _ => Errno.ENOSYS,
    };

    // What we have no handler for is unknown, whichever inode it is about: the kernel then stops asking.
    private static bool IsKnown(Opcode opcode) =>
        opcode is >= Opcode.Lookup and <= Opcode.TmpFile and not (Opcode.BMap or Opcode.SetupMapping or Opcode.RemoveMapping)
        && opcode is not ((Opcode)7 or (Opcode)19);

    private Errno Forget(ulong nodeId, ref RequestDecoder body)
    {
        if (body.Take(out ForgetIn forget) is var error && error != Errno.None)
            return error;
        if (body.End() is var end && end != Errno.None)
            return end;
        _tree.Inodes.Forget(nodeId, forget.Lookups);
        return Errno.None;
    }

    private Errno BatchForget(ref RequestDecoder body)
    {
        if (body.Take(out BatchForgetIn batch) is var error && error != Errno.None)
            return error;
        // The request's own length bounds the loop: a count that is too high ends at the first entry that is missing.
        for (uint i = 0; i < batch.Count; i++)
        {
            if (body.Take(out ForgetOne one) is var missing && missing != Errno.None)
                return missing;
            _tree.Inodes.Forget(one.NodeId, one.Lookups);
        }
        return body.End();
    }

    private Errno Interrupt(ref RequestDecoder body)
    {
        if (body.Take(out InterruptIn interrupt) is var error && error != Errno.None)
            return error;
        if (body.End() is var end && end != Errno.None)
            return end;
        _parked.Interrupt(interrupt.Unique);
        return Errno.None;
    }

    private Errno Destroy()
    {
        _call.Finish(Errno.None);
        return Errno.None;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "a request of {Length} bytes is too short to be answered")]
    private static partial void LogRunt(ILogger logger, int length);

    [LoggerMessage(Level = LogLevel.Warning, Message = "malformed {Opcode} of node {NodeId}, {Length} bytes")]
    private static partial void LogMalformed(ILogger logger, Opcode opcode, ulong nodeId, int length);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Opcode} of node {NodeId} was neither answered nor parked; its caller got EIO")]
    private static partial void LogUnanswered(ILogger logger, Opcode opcode, ulong nodeId);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Opcode} of node {NodeId} failed; its caller got EIO")]
    private static partial void LogFailed(ILogger logger, Exception exception, Opcode opcode, ulong nodeId);
}
