using StreamActors.Sources;

namespace StreamActors.Kafka.Tests;

/// <summary>Stands for etcd.</summary>
internal sealed class AgreedGenerations : IGenerations
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string, int), GenerationRow> _rows = [];

    public bool AreShared => true;

    public bool IsAway { get; set; }

    /// <summary>Done once, between a read and the change that follows it.</summary>
    public Action? Meanwhile { get; set; }

    public Generation? Known(string topic, int partition)
    {
        lock (_gate)
            return _rows.GetValueOrDefault((topic, partition))?.Value;
    }

    public Result<GenerationRow> Read(string topic, int partition)
    {
        lock (_gate)
            return IsAway ? new Failure(Fault.TimedOut, "as told") : _rows.GetValueOrDefault((topic, partition)) ?? new GenerationRow(null, 0);
    }

    public Result<GenerationRow> Begin(string topic, int partition, GenerationRow known, Generation next)
    {
        var (meanwhile, key) = (Meanwhile, (topic, partition));
        Meanwhile = null;
        meanwhile?.Invoke();
        lock (_gate)
        {
            var now = _rows.GetValueOrDefault(key) ?? new GenerationRow(null, 0);
            return now.Revision == known.Revision ? _rows[key] = new GenerationRow(next, now.Revision + 1) : now;
        }
    }
}
