using StreamActors.Sources;

namespace StreamActors.Kafka.Tests;

/// <summary>Checkpoints of one partition, in memory.</summary>
internal sealed class KeptCheckpoints : ICheckpoints
{
    public CheckpointList List { get; set; } = new(0, []);

    public int MaxPlaces => 1024;

    public CheckpointList Known(string topic, int partition) => List;

    public Result<CheckpointList> Load(string topic, int partition) => List;

    public Failure? Save(string topic, int partition, CheckpointList list)
    {
        List = list;
        return null;
    }
}
