using StreamActors.Host.Settings;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Host.Cluster;

/// <summary>
/// The sources of all volumes that a cluster shares, as one: ids begin with the volume that they are of. What is asked
/// before all volumes are open waits for that, since others may ask this host as soon as it is a member.
/// </summary>
internal sealed class ClusterSources : IStreamSource
{
    private const char EndOfVolume = ':';

    private readonly Dictionary<string, IStreamSource> _volumes = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the ids of a volume begin with, the same on all hosts.</summary>
    /// <param name="path">The volume's path.</param>
    public static string PrefixOf(string path) => Uri.EscapeDataString(path) + EndOfVolume;

    /// <summary>What an id of a volume's entity begins with; nothing where it is none.</summary>
    /// <param name="id">The id.</param>
    public static ReadOnlySpan<char> PrefixIn(string id) => id.AsSpan(0, id.IndexOf(EndOfVolume, StringComparison.Ordinal) + 1);

    /// <summary>What of the volumes all members have in common, by path: of which kind it is. Members that have others there can't be in one cluster.</summary>
    /// <param name="volumes">All volumes of the host.</param>
    public static IReadOnlyDictionary<string, string> CommonOf(IEnumerable<VolumeSettings> volumes)
    {
        var common = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var volume in volumes)
        {
            var kind = volume switch
            {
                KafkaVolumeSettings kafka => $"kafka, stream {kafka.Stream}, separator \"{kafka.Separator}\"",
                LogVolumeSettings { IsShared: true } => "a shared log",
                LogVolumeSettings { Host: { } host } => $"a log of {host}",
                OverlayVolumeSettings { IsShared: true } => "a shared overlay",
                _ => null,
            };
            if (kind is not null)
                common.Add(volume.Path, kind);
        }
        return common;
    }

    /// <summary>Adds a volume.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="source">Its source, whose ids have the prefix.</param>
    public void Add(string path, IStreamSource source) => _volumes.Add(PrefixOf(path), source);

    /// <summary>All volumes are open.</summary>
    public void Complete() => _complete.TrySetResult();

    /// <inheritdoc/>
    public Task<Result<ISourceStream>> OpenStream(StreamId stream) => OpenAsync(stream.Value, source => source.OpenStream(stream));

    /// <inheritdoc/>
    public Task<Result<ISourceTopic>> OpenTopic(TopicId topic) => OpenAsync(topic.Value, source => source.OpenTopic(topic));

    /// <inheritdoc/>
    public Task<Result<IPartitionSource>> OpenPartition(PartitionId partition) => OpenAsync(partition.Value, source => source.OpenPartition(partition));

    private async Task<Result<T>> OpenAsync<T>(string id, Func<IStreamSource, Task<Result<T>>> open)
        where T : class
    {
        await _complete.Task;
        return _volumes.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(PrefixIn(id), out var source)
            ? await open(source)
            : new Failure(Fault.InputOutput, $"this host is to have {id}, and has no such volume: all members of a cluster need the same ones");
    }
}
