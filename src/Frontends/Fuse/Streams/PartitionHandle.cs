using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>An open partition: reads are served where its bytes lie, without a message.</summary>
internal class PartitionHandle : Handle
{
    private const uint SeekData = 3;

    private readonly PartitionFile _file;
    private IPartitionReader _reader;
    private int _isGivenBack;

    public PartitionHandle(PartitionFile file, StreamsContext context, PartitionId partition, HandleId id, IPartitionReader reader)
        : base(file)
    {
        _file = file;
        Context = context;
        Partition = partition;
        Id = id;
        _reader = reader;
    }

    /// <summary>The bytes.</summary>
    public IPartitionReader Reader => Volatile.Read(ref _reader);

    protected StreamsContext Context { get; }

    protected PartitionId Partition { get; }

    protected HandleId Id { get; }

    /// <inheritdoc/>
    public override void Read(Call call, in ReadRequest request, Span<byte> buffer)
    {
        var fault = Reader.Read(request.Offset, buffer[..request.Size], out var count);
        Answer(call, fault, buffer[..count]);
    }

    /// <inheritdoc/>
    public override void Lseek(Call call, in LseekRequest request)
    {
        var end = Reader.End;
        if (request.Offset < 0 || request.Offset >= end)
            call.Finish(Errno.ENXIO);
        else
            call.Position(request.Whence == SeekData ? request.Offset : end);
    }

    /// <inheritdoc/>
    public override void Abandon()
    {
        if (Interlocked.Exchange(ref _isGivenBack, 1) != 0)
            return;
        _file.Closed(Id);
        Context.Addresses.Partitions.Tell(new PartitionRequest.Close(Partition, Id), null);
        Reader.Dispose();
    }

    /// <summary>Answers a READ with what the reader gave.</summary>
    protected void Answer(Call call, Fault fault, ReadOnlySpan<byte> bytes)
    {
        if (fault == Fault.None)
            call.Data(bytes);
        else
            Context.Refuse(call, new Failure(fault, $"partition {Partition} can't be read"), nameof(Read));
    }

    /// <summary>Takes the reader of a handle that was opened again.</summary>
    protected void Replace(IPartitionReader reader) => Interlocked.Exchange(ref _reader, reader).Dispose();
}
