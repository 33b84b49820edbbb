using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Messages;
using StreamActors.Messages.Writing;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// <c>.configuration</c>: the framing of a stream, as one line of JSON. What was written is taken when a descriptor is closed,
/// while the stream never had a message.
/// </summary>
internal sealed class ConfigurationFile : StreamInode
{
    private const uint AccessModes = 0x3;
    private const uint Truncates = 0x200;

    private readonly StreamDirectory _directory;
    private readonly StreamId _stream;

    private ConfigurationFile(StreamsContext context, StreamDirectory directory, StreamId stream)
        : base(context, InodeKind.Configuration, stream.Value)
    {
        _directory = directory;
        _stream = stream;
    }

    /// <summary>Its name.</summary>
    public static ReadOnlySpan<byte> Name => ".configuration"u8;

    /// <inheritdoc/>
    protected internal override StreamAttributes Look => _directory.Attributes;

    /// <summary>Answers a look-up with it.</summary>
    /// <param name="context">What the inodes share.</param>
    /// <param name="parked">The look-up.</param>
    /// <param name="directory">The stream's directory.</param>
    /// <param name="stream">The stream.</param>
    public static void Show(StreamsContext context, Call parked, StreamDirectory directory, StreamId stream)
    {
        var file = context.Inode(InodeKind.Configuration, stream.Value, () => new ConfigurationFile(context, directory, stream));
        file.WithText(parked, text => parked.Entry(file, file.Attr(text)));
    }

    /// <inheritdoc/>
    public override void GetAttr(Call call, in GetAttrRequest request)
    {
        var parked = call.Park();
        WithText(parked, text => parked.Attr(this, Attr(text)));
    }

    /// <inheritdoc/>
    /// <remarks>Only what is open can be truncated: there has to be a close after it. Times can be set, and are not kept; mode and owner to what they are.</remarks>
    public override void SetAttr(Call call, in SetAttrRequest request)
    {
        if (Context.Options.IsReadOnly || Changes(request.Valid & ~SetAttrValid.Size, request, Look.OfFile(Number, 0)))
        {
            call.Finish(Refusal);
            return;
        }
        if ((request.Valid & SetAttrValid.Size) != 0)
        {
            var error = request.Handle is ConfigurationHandle handle ? handle.Truncate(request.Size) : Errno.EPERM;
            if (error != Errno.None)
            {
                call.Finish(error);
                return;
            }
        }
        GetAttr(call, default);
    }

    /// <inheritdoc/>
    public override void Open(Call call, in OpenRequest request)
    {
        var (writes, truncates) = ((request.Flags & AccessModes) != 0, (request.Flags & Truncates) != 0);
        if ((writes || truncates) && Context.Options.IsReadOnly)
        {
            call.Finish(Errno.EROFS);
            return;
        }
        var parked = call.Park();
        WithText(parked, text => parked.Opened(new ConfigurationHandle(this, truncates ? [] : text), OpenReplyFlags.DirectIo));
    }

    /// <summary>Takes a new framing.</summary>
    /// <param name="parked">The call to answer.</param>
    /// <param name="framing">The framing.</param>
    /// <param name="taken">Told before the answer, where it was taken.</param>
    public void Set(Call parked, Framing framing, Action taken) =>
        Context.Ask<StreamReply.Done>(
            parked, Context.Addresses.Streams, new StreamRequest.SetFraming(_stream, framing),
            _ =>
            {
                taken();
                parked.Finish(Errno.None);
            },
            failure =>
            {
                Refuse(parked, failure);
                return true;
            });

    /// <summary>Answers with EINVAL: what was written is no framing.</summary>
    public void Refuse(Call call, string reason) => Refuse(call, new Failure(Fault.Invalid, reason));

    private void Refuse(Call call, Failure failure) => Context.RefuseAtClose(call, failure, $".configuration of stream {_stream}");

    private void WithText(Call parked, Action<byte[]> known) =>
        Context.Ask<StreamReply.Described>(
            parked, Context.Addresses.Streams, new StreamRequest.Describe(_stream),
            described => known(FramingDocument.Write(described.Framing)));

    private FuseAttr Attr(byte[] text) => Look.OfFile(Number, text.Length);
}
