using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Messages.Writing;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// An open <c>.configuration</c>: its text as it was, and what is written over it. Each close of a descriptor takes what was
/// written since the last time; so does fsync.
/// </summary>
internal sealed class ConfigurationHandle : StreamHandle
{
    private readonly Lock _gate = new();
    private readonly ConfigurationFile _file;
    private byte[] _text;
    private long _version;
    private long _taken;

    public ConfigurationHandle(ConfigurationFile file, byte[] text)
        : base(file)
    {
        _file = file;
        _text = text;
    }

    /// <inheritdoc/>
    public override void Read(Call call, in ReadRequest request, Span<byte> buffer)
    {
        lock (_gate)
            call.Data(_text.AsSpan((int)Math.Min(request.Offset, _text.Length), (int)Math.Min(request.Size, Math.Max(0, _text.Length - request.Offset))));
    }

    /// <inheritdoc/>
    public override void Write(Call call, in WriteRequest request)
    {
        if (request.Offset + request.Data.Length > FramingDocument.MaxBytes)
        {
            call.Finish(Errno.EFBIG);
            return;
        }
        lock (_gate)
        {
            var end = (int)request.Offset + request.Data.Length;
            if (end > _text.Length)
                Array.Resize(ref _text, end);
            request.Data.CopyTo(_text.AsSpan((int)request.Offset));
            _version++;
        }
        call.Written(request.Data.Length);
    }

    /// <inheritdoc/>
    public override void Flush(Call call, ulong lockOwner)
    {
        Unlock(lockOwner);
        Take(call);
    }

    /// <inheritdoc/>
    public override void Fsync(Call call, bool dataOnly) => Take(call);

    /// <summary>Cuts or lengthens the text; what is then written counts, not the cut by itself.</summary>
    public Errno Truncate(ulong size)
    {
        if (size > FramingDocument.MaxBytes)
            return Errno.EFBIG;
        lock (_gate)
            Array.Resize(ref _text, (int)size);
        return Errno.None;
    }

    private void Take(Call call)
    {
        byte[] text;
        long version;
        lock (_gate)
            (text, version) = ([.. _text], _version);
        // A shell closes a copy of the descriptor before it writes; and a child that inherited one closes it in between.
        if (version == Volatile.Read(ref _taken))
            call.Finish(Errno.None);
        else if (FramingDocument.Read(text, out var framing) is { } reason)
            _file.Refuse(call, reason);
        else
            _file.Set(call.Park(), framing, () => Volatile.Write(ref _taken, version));
    }
}
