using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>An open file of messages: reads are served where its bytes lie, without a message.</summary>
internal class ReadHandle : Handle
{
    private const uint SeekData = 3;

    public ReadHandle(StreamFile file, OpenReader open)
        : base(file) => Open = open;

    protected OpenReader Open { get; }

    protected ReaderLink Link => Open.Link;

    protected IPartitionReader Reader => Open.Reader;

    /// <summary>Answers SEEK_DATA and SEEK_HOLE of a file without holes.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    /// <param name="end">Its end.</param>
    public static void Seek(Call call, in LseekRequest request, long end)
    {
        if (request.Offset < 0 || request.Offset >= end)
            call.Finish(Errno.ENXIO);
        else
            call.Position(request.Whence == SeekData ? request.Offset : end);
    }

    /// <inheritdoc/>
    public override void Read(Call call, in ReadRequest request, Span<byte> buffer)
    {
        var fault = Reader.Read(request.Offset, buffer[..request.Size], out var count);
        Answer(call, fault, buffer[..count]);
    }

    /// <inheritdoc/>
    public override void Lseek(Call call, in LseekRequest request) => Seek(call, request, Reader.End);

    /// <inheritdoc/>
    public override void Abandon() => Open.GiveBack();

    /// <summary>Answers a READ with what the reader gave.</summary>
    protected void Answer(Call call, Fault fault, ReadOnlySpan<byte> bytes)
    {
        if (fault == Fault.None)
            call.Data(bytes);
        else
            Link.Context.Refuse(call, new Failure(fault, "the bytes can't be read"), Link.OpenRequest);
    }
}
