using System.Text.Json;
using System.Text.Json.Serialization;
using StreamActors.Etcd;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>Generations in etcd: a key for each partition that any host has read.</summary>
/// <param name="table">Their table; whoever made it disposes of it.</param>
public sealed class EtcdGenerations(EtcdTable table) : IGenerations
{
    /// <inheritdoc/>
    public bool AreShared => true;

    /// <inheritdoc/>
    public Generation? Known(string topic, int partition) =>
        table.Rows.TryGetValue(EtcdRows.KeyOf(topic, partition), out var row) ? TryRead(row.Value!) : null;

    /// <inheritdoc/>
    public Result<GenerationRow> Read(string topic, int partition) => Wait(table.ReadAsync(EtcdRows.KeyOf(topic, partition)));

    /// <inheritdoc/>
    public Result<GenerationRow> Begin(string topic, int partition, GenerationRow known, Generation next)
    {
        ArgumentNullException.ThrowIfNull(known);
        var row = new EtcdRow(EtcdRows.KeyOf(topic, partition), null, known.Revision);
        return Wait(table.ChangeAsync(row, JsonSerializer.Serialize(next, GenerationJson.Default.Generation)));
    }

    private static Result<GenerationRow> Wait(Task<EtcdResult<EtcdRow>> asked)
    {
        var answer = EtcdRows.Wait(asked);
        if (answer.Value is not { } row)
            return answer.Failure!;
        if (row.Value is null)
            return new GenerationRow(null, row.Revision);
        // What was written over by hand is not guessed at: a number that was used before may not be used for other bytes.
        return TryRead(row.Value) is { } generation
            ? new GenerationRow(generation, row.Revision)
            : new Failure(Fault.InputOutput, $"what stands in etcd for {row.Key} is no generation; delete the key, and the caches of all members with it");
    }

    private static Generation? TryRead(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, GenerationJson.Default.Generation) is { Number: >= 0, First: >= 0 } read ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Generation))]
internal sealed partial class GenerationJson : JsonSerializerContext;
