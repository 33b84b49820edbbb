using System.Collections.Concurrent;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>A file of messages. It only ever grows, by what is appended.</summary>
internal abstract class StreamFile : StreamInode
{
    protected const uint AccessModes = 0x3;
    protected const uint WriteOnly = 0x1;
    protected const uint Truncates = 0x200;

    private const uint Read = 4;
    private const uint Write = 2;

    private readonly StreamDirectory _stream;
    private readonly ConcurrentDictionary<HandleId, OpenReader> _open = new();

    protected StreamFile(StreamsContext context, StreamDirectory stream, InodeKind kind, string id)
        : base(context, kind, id) => _stream = stream;

    /// <inheritdoc/>
    protected internal override StreamAttributes Look => _stream.Attributes;

    /// <summary>Whether a cut is ignored; else it is refused where it would change bytes.</summary>
    protected virtual bool IgnoresCuts => false;

    /// <inheritdoc/>
    public override void GetAttr(Call call, in GetAttrRequest request) => Tell(call, (known, attr) => known.Attr(this, attr));

    /// <inheritdoc/>
    /// <remarks>
    /// Times can be set, as touch and cp do, and are not kept. A size, mode or owner can be set that it has already: that
    /// changes nothing.
    /// </remarks>
    public override void SetAttr(Call call, in SetAttrRequest request)
    {
        var (valid, wanted) = (request.Valid, request);
        if (IgnoresCuts)
            valid &= ~SetAttrValid.Size;
        if (Context.Options.IsReadOnly && (valid & (Times | Kept)) != 0)
            call.Finish(Refusal);
        else if ((valid & Kept) == 0)
            GetAttr(call, default);
        else
            Tell(call, (known, attr) =>
            {
                if (Changes(valid, wanted, attr))
                    known.Finish(Refusal);
                else
                    known.Attr(this, attr);
            });
    }

    /// <summary>Tells what it looks like; where that can't be told the call is answered.</summary>
    /// <param name="call">The call.</param>
    /// <param name="known">Gets the call, which may be parked by then, and what the file looks like.</param>
    protected abstract void Tell(Call call, Action<Call, FuseAttr> known);

    /// <summary>Opens a reader; where that fails the call is answered.</summary>
    /// <param name="parked">The parked OPEN or CREATE.</param>
    /// <param name="link">Who is asked.</param>
    /// <param name="opened">Answers the call.</param>
    protected void OpenReader(Call parked, ReaderLink link, Action<OpenReader> opened) => _ = OpenReaderAsync(parked, link, opened);

    /// <summary>A reader was given back.</summary>
    /// <param name="open">The reader.</param>
    protected virtual void Closed(OpenReader open) => _open.TryRemove(open.Link.Id, out _);

    /// <summary>Whether the caller may open it, where the kernel has not checked that; else the call is answered.</summary>
    /// <param name="call">The OPEN.</param>
    /// <param name="writes">Whether it is to be written; else read.</param>
    protected bool MayOpen(Call call, bool writes)
    {
        var isAllowed = Context.Options.KernelChecksPermissions ||
            StreamAttributes.Allow(Look.OfFile(Number, 0), call.Caller, writes ? Write : Read);
        if (!isAllowed)
            call.Finish(Errno.EACCES);
        return isAllowed;
    }

    /// <summary>Whether a file that is only ever read may be opened so; else the call is answered.</summary>
    /// <param name="call">The OPEN.</param>
    /// <param name="flags">Flags of <c>open(2)</c>.</param>
    protected bool MayOpenToRead(Call call, uint flags)
    {
        if ((flags & (AccessModes | Truncates)) == 0)
            return MayOpen(call, writes: false);
        call.Finish(Context.Options.IsReadOnly ? Errno.EROFS : Errno.EACCES);
        return false;
    }

    /// <summary>What it looks like.</summary>
    protected virtual FuseAttr Attr(PartitionStat stat, bool isDeleted = false) => Look.OfPartition(Number, stat, isDeleted);

    /// <summary>
    /// Tells what it looks like to who has it open, if somebody has. The kernel names no handle in fstat(2): whoever has one
    /// sees what it reads, after a delete too.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="known">As in <see cref="Tell"/>.</param>
    /// <returns>False where nobody has it open.</returns>
    protected bool TryTellOpen(Call call, Action<Call, FuseAttr> known)
    {
        OpenReader? handle = null;
        foreach (var (_, open) in _open)
        {
            handle = open;
            // What only writes may know less of what is there.
            if (!open.Link.OnlyWrites)
                break;
        }
        if (handle is null)
            return false;
        // The right to the bytes is asked for when their size is known, as behind each read.
        var reader = handle.Reader;
        var (stat, isUnlinked) = (reader.Stat, reader.IsUnlinked);
        if (reader is { IsElsewhere: true } or { IsLost: true })
            _ = TellElsewhereAsync(call.Park(), handle, known);
        else
            known(call, Attr(stat, isUnlinked));
        return true;
    }

    /// <summary>Of bytes that lie on another host, or that this host has lost: their host has to be asked how many they are now.</summary>
    private async Task TellElsewhereAsync(Call parked, OpenReader handle, Action<Call, FuseAttr> known)
    {
        var outcome = await handle.ReadAsync(0, Memory<byte>.Empty, CancellationToken.None).ConfigureAwait(false);
        if (outcome.Fault == Fault.None)
            known(parked, Attr(handle.Reader.Stat, handle.Reader.IsUnlinked));
        // It was closed meanwhile: another handle, or the actor, tells.
        else if (!_open.ContainsKey(handle.Link.Id))
            Tell(parked, known);
        else
            Context.Refuse(parked, new Failure(outcome.Fault, "its size can't be told"), handle.Link.OpenRequest);
    }

    private async Task OpenReaderAsync(Call parked, ReaderLink link, Action<OpenReader> opened)
    {
        var reply = await link.OpenAsync().ConfigureAwait(false);
        if (ReaderLink.ReaderIn(reply) is { } reader)
        {
            var open = new OpenReader(link, reader, Closed);
            _open[link.Id] = open;
            opened(open);
            return;
        }
        // It may be opened after all, once nobody waits for it any more.
        link.Close();
        Context.Refuse(parked, StreamsContext.FailureOf(reply), link.OpenRequest);
    }
}
