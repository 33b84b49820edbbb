using StreamActors.Fuse.Kernel;

namespace StreamActors.Simulation.Tests.Mounts;

/// <summary>Makes streams and topics, and deletes some of them.</summary>
internal sealed class Namer(MountWorld world, MountHost host, string name, SortedDictionary<string, bool?> names) : Program(world, host)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(6);

    private int _next;

    protected override async Task RunAsync()
    {
        while (!World.IsEnding)
        {
            var stream = $"{name}-{++_next}";
            foreach (var path in new[] { stream, $"{stream}/a", $"{stream}/b" })
                await DoAsync("mkdir", path, Files.MakeDirectoryAsync, isThere: true).ConfigureAwait(false);
            if (names[$"{stream}/a"] == true) await WriteAsync($"{stream}/a/0").ConfigureAwait(false);
            await PauseAsync(Pause).ConfigureAwait(false);
            if (World.Chance(500)) await DoAsync("rmdir", $"{stream}/a", Files.RemoveDirectoryAsync, isThere: false).ConfigureAwait(false);
            if (World.Chance(300)) await RemoveAsync(stream).ConfigureAwait(false);
        }
    }

    /// <summary>What was told to be made, or deleted, is so for everyone.</summary>
    public static async Task CheckAsync(MountFiles files, IReadOnlyDictionary<string, bool?> names)
    {
        foreach (var (path, isThere) in names)
        {
            var error = (await files.FindAsync(path).ConfigureAwait(false)).Error;
            if (error is not (Errno.None or Errno.ENOENT)) throw new StuckException($"look-up of {path}: {error}");
            if (isThere is { } told && told != (error == Errno.None)) throw new InvariantException($"{path} was {(told ? "made" : "deleted")}, and its look-up says {error}");
        }
    }

    private async Task RemoveAsync(string stream)
    {
        // What lies in it goes with it, or may.
        string[] topics = [$"{stream}/a", $"{stream}/b"];
        foreach (var topic in topics) names[topic] = null;
        await DoAsync("rmdir", stream, Files.RemoveDirectoryAsync, isThere: false).ConfigureAwait(false);
        if (names[stream] == false)
            foreach (var topic in topics) names[topic] = false;
    }

    private async Task WriteAsync(string path)
    {
        var (error, file) = await Files.OpenAsync(path, MountFiles.WriteOnlyAppending).ConfigureAwait(false);
        if (file is null)
        {
            await FailedAsync($"open {path} to write", error).ConfigureAwait(false);
            return;
        }
        if (await file.WriteAsync("x\n"u8.ToArray()).ConfigureAwait(false) is { Error: not Errno.None and var refused })
            await FailedAsync($"write to {path}", refused).ConfigureAwait(false);
        await file.CloseAsync().ConfigureAwait(false);
    }

    private async Task DoAsync(string what, string path, Func<string, Task<Errno>> call, bool isThere)
    {
        names[path] = null;
        var error = await call(path).ConfigureAwait(false);
        World.Log($"{Host}: {what} {path}: {error}");
        if (error == Errno.None) names[path] = isThere;
        else if (World.IsHealthy && error != Errno.ENOENT) throw new StuckException($"{Host}: {what} {path} ended with {error} though nothing is broken any more");
    }
}
