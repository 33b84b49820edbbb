using System.Collections.Immutable;
using System.Text;

namespace StreamActors.Logs;

/// <summary>A change of the table of names. A transaction is a list of them, in one record.</summary>
internal abstract record NamesChange
{
    /// <summary>The next incarnation id that is given.</summary>
    public sealed record NextId(ulong Value) : NamesChange;

    /// <summary>Makes or renames a stream, or sets its framing; its topics stay.</summary>
    public sealed record PutStream(ulong Id, string Name, long Created, Framing Framing) : NamesChange;

    /// <summary>Makes, renames or moves a topic, or gives it partitions.</summary>
    public sealed record PutTopic(NamedTopic Topic) : NamesChange;

    /// <summary>Forgets a stream; its topics were dropped before.</summary>
    public sealed record DropStream(ulong Id) : NamesChange;

    /// <summary>Forgets a topic.</summary>
    public sealed record DropTopic(ulong Id) : NamesChange;

    public void Write(ByteBuffer buffer)
    {
        switch (this)
        {
            case NextId next:
                buffer.Byte(1);
                buffer.UInt64(next.Value);
                break;
            case PutStream put:
                buffer.Byte(2);
                buffer.UInt64(put.Id);
                buffer.Int64(put.Created);
                buffer.Short(Encoding.UTF8.GetBytes(put.Name));
                put.Framing.Write(buffer);
                break;
            case PutTopic { Topic: var topic }:
                buffer.Byte(3);
                buffer.UInt64(topic.Id);
                buffer.UInt64(topic.Stream);
                buffer.Int64(topic.Created);
                buffer.Short(Encoding.UTF8.GetBytes(topic.Name));
                buffer.Int32(topic.Partitions.Length);
                foreach (var partition in topic.Partitions)
                    buffer.UInt64(partition.Value);
                break;
            case DropStream drop:
                buffer.Byte(4);
                buffer.UInt64(drop.Id);
                break;
            case DropTopic drop:
                buffer.Byte(5);
                buffer.UInt64(drop.Id);
                break;
        }
    }

    public static NamesChange Read(ref SpanReader reader)
    {
        switch (reader.Byte())
        {
            case 1:
                return new NextId(reader.UInt64());
            case 2:
                var stream = reader.UInt64();
                var created = reader.Int64();
                var name = Encoding.UTF8.GetString(reader.Short());
                return new PutStream(stream, name, created, FramingRecord.Read(ref reader));
            case 3:
                return new PutTopic(ReadTopic(ref reader));
            case 4:
                return new DropStream(reader.UInt64());
            case 5:
                return new DropTopic(reader.UInt64());
            default:
                throw new LogIOException(LogError.Corrupt, "a change of names is of a kind that is not known");
        }
    }

    private static NamedTopic ReadTopic(ref SpanReader reader)
    {
        var id = reader.UInt64();
        var stream = reader.UInt64();
        var created = reader.Int64();
        var name = Encoding.UTF8.GetString(reader.Short());
        var partitions = ImmutableArray.CreateBuilder<IncarnationId>();
        for (var left = reader.Int32(); left > 0; left--)
            partitions.Add(new IncarnationId(reader.UInt64()));
        return new NamedTopic(id, stream, name, created, partitions.ToImmutable());
    }
}
