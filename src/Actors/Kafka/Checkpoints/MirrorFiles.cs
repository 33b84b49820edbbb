using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>
/// Generations and checkpoints of one host's own, in a directory that is not the cache: two small files for each partition that
/// was ever read, which are replaced as a whole. One process uses it at a time, as it does the cache.
/// </summary>
/// <param name="directory">The directory, which is there.</param>
public sealed class MirrorFiles(string directory) : IGenerations, ICheckpoints
{
    private const string GenerationSuffix = ".generation", CheckpointSuffix = ".checkpoints";

    private readonly ConcurrentDictionary<(string, int), GenerationRow> _known = new();
    private readonly Lock _gate = new();

    /// <inheritdoc/>
    public bool AreShared => false;

    /// <inheritdoc/>
    public int MaxPlaces => 1024;

    /// <inheritdoc/>
    public Generation? Known(string topic, int partition) =>
        _known.TryGetValue((topic, partition), out var row) ? row.Value : Read(topic, partition).Value?.Value;

    /// <inheritdoc/>
    public Result<GenerationRow> Read(string topic, int partition)
    {
        lock (_gate)
        {
            if (_known.TryGetValue((topic, partition), out var known))
                return known;
            var path = PathOf(topic, partition, GenerationSuffix);
            return Guarded<GenerationRow>(path, () =>
            {
                if (!File.Exists(path))
                    return _known[(topic, partition)] = new GenerationRow(null, 0);
                // What is damaged is not guessed at: a number that was used before may not be used for other bytes.
                return JsonSerializer.Deserialize(File.ReadAllBytes(path), GenerationJson.Default.Generation) is { Number: >= 0, First: >= 0 } read
                    ? _known[(topic, partition)] = new GenerationRow(read, 1)
                    : new Failure(Fault.InputOutput, $"{path} is no generation; delete it, and the volume's cache with it");
            });
        }
    }

    /// <inheritdoc/>
    public Result<GenerationRow> Begin(string topic, int partition, GenerationRow known, Generation next)
    {
        ArgumentNullException.ThrowIfNull(known);
        lock (_gate)
        {
            var now = Read(topic, partition);
            if (now.Value is null || now.Value.Revision != known.Revision)
                return now;
            var path = PathOf(topic, partition, GenerationSuffix);
            return Guarded<GenerationRow>(path, () =>
            {
                Replace(path, JsonSerializer.SerializeToUtf8Bytes(next, GenerationJson.Default.Generation), sync: true);
                return _known[(topic, partition)] = new GenerationRow(next, known.Revision + 1);
            });
        }
    }

    /// <inheritdoc/>
    /// <remarks>Where a file is damaged there are none: what the cache has lost is then fetched anew without a comparison.</remarks>
    public Result<CheckpointList> Load(string topic, int partition)
    {
        var path = PathOf(topic, partition, CheckpointSuffix);
        return Guarded<CheckpointList>(path, () =>
            (File.Exists(path) ? CheckpointForm.Read(File.ReadAllBytes(path)) : null) ?? new CheckpointList(0, []));
    }

    /// <inheritdoc/>
    CheckpointList ICheckpoints.Known(string topic, int partition) => Load(topic, partition).Value ?? new CheckpointList(0, []);

    /// <inheritdoc/>
    public Failure? Save(string topic, int partition, CheckpointList list)
    {
        ArgumentNullException.ThrowIfNull(list);
        var path = PathOf(topic, partition, CheckpointSuffix);
        return Guarded<object>(path, () =>
        {
            // Not synced: a power loss costs checkpoints, and not what they stand for.
            Replace(path, CheckpointForm.Write(list), sync: false);
            return this;
        }).Failure;
    }

    private string PathOf(string topic, int partition, string suffix) =>
        Path.Combine(directory, topic, string.Create(CultureInfo.InvariantCulture, $"{partition}{suffix}"));

    private void Replace(string path, byte[] content, bool sync)
    {
        // Where it is gone another disk may be missing, whose files must not be made anew in its place.
        if (!Directory.Exists(directory))
            throw new DirectoryNotFoundException($"{directory} is gone");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, (UnixFileMode)0x1C0);
        var temporary = path + ".tmp";
        using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = (UnixFileMode)0x180 }))
        {
            file.Write(content);
            file.Flush(sync);
        }
        File.Move(temporary, path, overwrite: true);
    }

    private static Result<T> Guarded<T>(string path, Func<Result<T>> work)
        where T : class
    {
        try
        {
            return work();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or JsonException)
        {
            const int NoSpace = 28, Quota = 122;
            var fault = (refused.HResult & 0xFFFF) switch
            {
                NoSpace => Fault.NoSpace,
                Quota => Fault.QuotaExceeded,
                _ => Fault.InputOutput,
            };
            return new Failure(fault, $"{path}: {refused.Message}", refused);
        }
    }
}
