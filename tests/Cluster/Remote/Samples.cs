using System.Reflection;
using StreamActors.Messages;
using StreamActors.Remote;

namespace StreamActors.Cluster.Tests.Remote;

/// <summary>Makes records of the closed sets with parts from a seed. A part of a type that it does not know fails the test that asks.</summary>
internal sealed class Samples(Random random)
{
    private const string Ascii = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!~./-";

    /// <summary>All records that go between hosts. A reader does not: <see cref="OpenedElsewhere"/> stands for it.</summary>
    public static IReadOnlyList<Type> Types { get; } =
    [
        .. new[] { typeof(VolumeRequest), typeof(VolumeReply), typeof(StreamRequest), typeof(StreamReply), typeof(TopicRequest),
                typeof(TopicReply), typeof(PartitionRequest), typeof(PartitionReply) }
            .SelectMany(set => set.GetNestedTypes().Where(type => type.IsSubclassOf(set)))
            .Except([typeof(PartitionReply.Opened), typeof(TopicReply.Opened)]),
        typeof(Failure),
        typeof(OpenedElsewhere),
    ];

    public static IEnumerable<Type> PlaceTypes => typeof(StartPlace).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(StartPlace)));

    public object Make(Type type)
    {
        var constructor = type.GetConstructors().OrderByDescending(made => made.GetParameters().Length).First();
        return constructor.Invoke([.. constructor.GetParameters().Select(Part)]);
    }

    private object? Part(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        var isNullable = Nullable.GetUnderlyingType(type) is not null ||
            new NullabilityInfoContext().Create(parameter).ReadState == NullabilityState.Nullable;
        if (parameter.Name == nameof(OpenedElsewhere.Member)) return Id();
        return isNullable && random.Next(3) == 0 ? null : Value(Nullable.GetUnderlyingType(type) ?? type);
    }

    private object Value(Type type)
    {
        if (type.IsEnum)
        {
            var values = Enum.GetValuesAsUnderlyingType(type);
            return Enum.ToObject(type, values.GetValue(random.Next(values.Length))!);
        }
        if (type == typeof(bool)) return random.Next(2) == 0;
        if (type == typeof(int)) return random.Next(4) == 0 ? int.MaxValue : random.Next(1000);
        if (type == typeof(long)) return random.Next(4) == 0 ? long.MaxValue : random.NextInt64(1 << 20);
        if (type == typeof(string)) return Text(random.Next(20));
        if (type == typeof(Guid)) return Guid.Parse($"{random.Next():x8}-0102-0304-0506-{random.NextInt64(1L << 47):x12}");
        if (type == typeof(DateTimeOffset)) return new DateTimeOffset(random.NextInt64(DateTimeOffset.MaxValue.UtcTicks), TimeSpan.Zero);
        if (type == typeof(TimeSpan)) return new TimeSpan(random.NextInt64(TimeSpan.MaxValue.Ticks));
        if (type == typeof(EntityName)) return new EntityName(Bytes(random.Next(40)));
        if (type == typeof(StreamId)) return new StreamId(Id());
        if (type == typeof(TopicId)) return new TopicId(Id());
        if (type == typeof(PartitionId)) return new PartitionId(Id());
        if (type == typeof(Framing)) return new Framing(Bytes(random.Next(4)), random.Next(2) == 0, Bytes(random.Next(4)), Bytes(random.Next(4)));
        if (type == typeof(MessageBatch)) return Batch();
        if (type == typeof(StartPlace)) return Make(PlaceTypes.ElementAt(random.Next(PlaceTypes.Count())));
        if (type == typeof(Exception)) return new RemoteException(Text(10));
        if (type == typeof(IReadOnlyList<StreamEntry>)) return List<StreamEntry>();
        if (type == typeof(IReadOnlyList<TopicEntry>)) return List<TopicEntry>();
        if (type == typeof(IReadOnlyList<PartitionId>)) return List<PartitionId>();
        if (type == typeof(IReadOnlyList<EntityName>)) return List<EntityName>();
        if (type == typeof(IReadOnlyList<int>)) return List<int>();
        if (type.Namespace is "StreamActors.Messages" or "StreamActors.Remote") return Make(type);
        throw new InvalidOperationException($"Nobody knows how to make a {type}: teach it here, and the codec, too.");
    }

    private T[] List<T>() => [.. Enumerable.Range(0, random.Next(4)).Select(_ => (T)Value(typeof(T)))];

    private MessageBatch Batch()
    {
        var batch = new MessageBatch();
        for (var i = random.Next(4); i > 0; i--)
            batch.Add(Optional(), Optional(), random.Next(2) == 0 ? null : Headers(), random.Next(2) == 0 ? null : random.NextInt64());
        if (random.Next(2) == 0) batch.Stamp = new WriterStamp(random.NextInt64(), random.Next());
        return batch;
    }

    private MessageHeader[] Headers() => [.. Enumerable.Range(0, random.Next(3)).Select(_ => new MessageHeader(Text(5), Optional()))];

    private ReadOnlyMemory<byte>? Optional() => random.Next(3) == 0 ? default(ReadOnlyMemory<byte>?) : Bytes(random.Next(10));

    private string Id() => Pick(Ascii, 1 + random.Next(30));

    private string Text(int length) => Pick(Ascii + " äß€\n", length);

    private string Pick(string from, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => from[random.Next(from.Length)]));

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
