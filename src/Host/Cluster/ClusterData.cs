using System.Text.Json;
using Microsoft.Extensions.Logging;
using StreamActors.Cluster;
using StreamActors.Etcd;

namespace StreamActors.Host.Cluster;

/// <summary>What a host keeps of its cluster, in a directory of its own: which one it is, so that it never joins another with
/// what belongs to the first.</summary>
internal sealed class ClusterData(string directory)
{
    private const string FileName = "cluster-id";
    private const int MaxIdLength = 200;
    private const UnixFileMode OwnerOnly = (UnixFileMode)0x1C0; // 0700

    /// <summary>The directory's path.</summary>
    public string Directory { get; } = Path.GetFullPath(directory);

    /// <summary>The id of the cluster; null where there is none yet.</summary>
    /// <exception cref="IOException">The directory can't be made or read.</exception>
    public string? ReadClusterId()
    {
        var path = Path.Combine(Directory, FileName);
        try
        {
            System.IO.Directory.CreateDirectory(Directory, OwnerOnly);
            if (!File.Exists(path))
                return null;
            var id = File.ReadAllText(path).Trim();
            return id.Length is > 0 and <= MaxIdLength ? id : throw new IOException($"{path} holds no id of a cluster");
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new IOException(refused.Message, refused);
        }
    }

    /// <summary>Keeps the id of the cluster that this host has joined. Where that fails it is logged: the host stays a member.</summary>
    public async Task KeepClusterIdAsync(IEtcd etcd, ClusterKeys keys, ILogger log)
    {
        try
        {
            var found = await etcd.ListAsync(keys.Cluster);
            if (found.Value?.Entries is not [var entry, ..])
                return;
            using var record = JsonDocument.Parse(entry.Value);
            var path = Path.Combine(Directory, FileName);
            await File.WriteAllTextAsync(path + ".new", record.RootElement.GetProperty("id").GetString());
            File.Move(path + ".new", path, overwrite: true);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException)
        {
            log.NotKept(refused, Directory);
        }
    }
}
