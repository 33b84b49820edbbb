using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>An open file of messages whose readers wait at the end.</summary>
internal sealed class FollowHandle : ReadHandle
{
    private readonly TailPoll _poll;
    private long _position;

    public FollowHandle(StreamFile file, OpenReader open)
        : base(file, open) => _poll = new TailPoll(open);

    /// <inheritdoc/>
    public override void Read(Call call, in ReadRequest request, Span<byte> buffer)
    {
        var reader = Reader;
        // Asked before the bytes are: an end that was told together with them is the last one.
        var isEnded = reader.IsEnded;
        var fault = reader.Read(request.Offset, buffer[..request.Size], out var count);
        Volatile.Write(ref _position, request.Offset + count);
        if (IsElsewhere(reader, fault))
        {
            Fetch(call.Park(), request.Offset, request.Size, untilComplete: false, (request.Flags & NonBlocking) == 0);
            return;
        }
        if (fault != Fault.NotHere && (fault != Fault.None || count > 0 || isEnded))
            Answer(call, fault, buffer[..count]);
        else if ((request.Flags & NonBlocking) != 0)
            call.Finish(Errno.EAGAIN);
        else
            Wait(call.Park(), request.Offset, request.Size, untilComplete: false);
    }

    /// <inheritdoc/>
    /// <remarks>A poll has no position: it is taken to be where the last read ended.</remarks>
    public override void Poll(Call call, in PollRequest request) => _poll.Poll(call, request, Volatile.Read(ref _position), Reader);

    /// <inheritdoc/>
    protected override bool IsAll(IPartitionReader reader) => reader.IsEnded;

    /// <inheritdoc/>
    protected override void HasRead(long position) => Volatile.Write(ref _position, position);
}
