using StreamActors.Etcd;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>Checkpoints in etcd: a key for each partition that any host has read. Only the partition's owner writes it.</summary>
/// <param name="table">Their table; whoever made it disposes of it.</param>
public sealed class EtcdCheckpoints(EtcdTable table) : ICheckpoints
{
    /// <inheritdoc/>
    /// <remarks>All members have copies of all of them.</remarks>
    public int MaxPlaces => 64;

    /// <inheritdoc/>
    public CheckpointList Known(string topic, int partition) => Read(table.Rows.GetValueOrDefault(EtcdRows.KeyOf(topic, partition))?.Value);

    /// <inheritdoc/>
    public Result<CheckpointList> Load(string topic, int partition)
    {
        var row = EtcdRows.Wait(table.ReadAsync(EtcdRows.KeyOf(topic, partition)));
        return row.Value is { } read ? Read(read.Value) : row.Failure!;
    }

    /// <inheritdoc/>
    public Failure? Save(string topic, int partition, CheckpointList list)
    {
        var key = EtcdRows.KeyOf(topic, partition);
        // One that was written meanwhile is another owner's, and stays, as does one that is known to go further.
        var known = table.Rows.GetValueOrDefault(key) ?? new EtcdRow(key, null, 0);
        if (IsBehind(list, Read(known.Value)))
            return null;
        return EtcdRows.Wait(table.ChangeAsync(known, Convert.ToBase64String(CheckpointForm.Write(list)))).Failure;
    }

    private static bool IsBehind(CheckpointList list, CheckpointList known) =>
        known.Places.Count > 0 && (list.Generation < known.Generation ||
            (list.Generation == known.Generation && (list.Places.Count == 0 || list.Places[^1].Ordinal <= known.Places[^1].Ordinal)));

    /// <summary>What was written over by hand is none: what is lost is then fetched without a comparison.</summary>
    private static CheckpointList Read(string? text)
    {
        var bytes = new byte[text?.Length ?? 0];
        return Convert.TryFromBase64String(text ?? "", bytes, out var count) && CheckpointForm.Read(bytes.AsSpan(0, count)) is { } list
            ? list : new CheckpointList(0, []);
    }
}
