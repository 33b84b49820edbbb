using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamActors.SharedLogs;

/// <summary>A stream as it stands in etcd.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Created">When it was made, in milliseconds since 1970 UTC.</param>
/// <param name="Framing">How messages of its partitions become bytes.</param>
/// <param name="Used">Whether that is fixed, because a partition may have a message.</param>
internal sealed record StreamRecord(string Name, long Created, FramingRecord Framing, bool Used = false);

/// <summary>A framing as it stands in etcd.</summary>
internal sealed record FramingRecord(byte[] Start, bool Size, byte[] Stop, byte[] Separator)
{
    public static FramingRecord Of(Messages.Framing framing) =>
        new(framing.Start.ToArray(), framing.HasSize, framing.Stop.ToArray(), framing.Separator.ToArray());

    public Messages.Framing Read() => new(Start, Size, Stop, Separator);
}

/// <summary>A topic as it stands in etcd.</summary>
/// <param name="Stream">Its stream's id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Created">When it was made, in milliseconds since 1970 UTC.</param>
/// <param name="Partitions">Its partitions' ids, by their numbers.</param>
internal sealed record TopicRecord(ulong Stream, string Name, long Created, ulong[] Partitions);

/// <summary>A stream or a topic that was deleted, until nothing of it is left. What is not in the table and has no such record
/// was not deleted by anyone, and is left alone.</summary>
/// <param name="Partitions">Of a topic: its partitions' ids by their numbers, 0 for those that are removed; null of a stream.</param>
internal sealed record GoneRecord(ulong[]? Partitions = null);

/// <summary>A named cursor as it stands in etcd.</summary>
/// <param name="Id">Its id.</param>
internal sealed record CursorRecord(ulong Id);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(StreamRecord))]
[JsonSerializable(typeof(TopicRecord))]
[JsonSerializable(typeof(GoneRecord))]
[JsonSerializable(typeof(CursorRecord))]
internal sealed partial class NamesJson : JsonSerializerContext;

/// <summary>Records as they stand in etcd.</summary>
internal static class NamesRecords
{
    public static string Write<T>(T record) => JsonSerializer.Serialize(record, typeof(T), NamesJson.Default);

    /// <summary>Reads a record; null where the text is none.</summary>
    public static T? TryRead<T>(string text)
        where T : class
    {
        try
        {
            var record = (T?)JsonSerializer.Deserialize(text, typeof(T), NamesJson.Default);
            return IsSound(record) ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsSound(object? record) => record switch
    {
        StreamRecord { Framing: var framing } => new[] { framing.Start, framing.Stop, framing.Separator }
            .All(part => part.Length <= Messages.Framing.MaxPartBytes),
        TopicRecord topic => topic.Partitions.Length > 0 && topic.Partitions.All(id => id > 0),
        CursorRecord cursor => cursor.Id > 0,
        _ => record is not null,
    };
}
