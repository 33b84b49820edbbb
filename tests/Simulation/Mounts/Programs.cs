using System.Text;
using StreamActors.Fuse.Kernel;

namespace StreamActors.Simulation.Tests.Mounts;

/// <summary>A program on a host, which uses its mount as a user's does. It ends with the host's process.</summary>
internal abstract class Program(MountWorld world, MountHost host)
{
    private readonly Process _process = host.Process!;

    protected MountWorld World => world;

    protected MountFiles Files { get; } = new(host.Kernel!);

    protected string Host => host.Name;

    /// <summary>Whether it has come to its end.</summary>
    public bool IsOver { get; private set; }

    public bool IsDead => !_process.IsAlive;

    public void Start() => _process.Run(() => _ = GuardedAsync());

    protected abstract Task RunAsync();

    protected Task PauseAsync(TimeSpan most)
    {
        var over = new TaskCompletionSource();
        world.After(world.Delay(most), () => _process.Run(over.SetResult));
        return over.Task;
    }

    /// <summary>What was asked has failed: it is done again. Not where nothing is broken any more.</summary>
    protected Task FailedAsync(string what, Errno error)
    {
        world.Log($"{Host}: {what}: {error}");
        if (world.IsHealthy) throw new StuckException($"{Host}: {what} ended with {error} though nothing is broken any more");
        return PauseAsync(TimeSpan.FromMilliseconds(500));
    }

    private async Task GuardedAsync()
    {
        try
        {
            await RunAsync().ConfigureAwait(false);
            IsOver = true;
        }
        catch (Exception broken)
        {
            world.Fail(broken);
        }
    }
}

/// <summary>Appends messages to a partition, each once.</summary>
internal sealed class Appender(MountWorld world, MountHost host, Truth truth, string name, int messages = int.MaxValue) : Program(world, host)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(600);

    private int _next;
    private int _opens;

    protected override async Task RunAsync()
    {
        while (!IsDone)
        {
            var (error, file) = await Files.OpenAsync(truth.Path, MountFiles.WriteOnlyAppending).ConfigureAwait(false);
            if (file is null)
            {
                await FailedAsync($"open {truth.Path} to write", error).ConfigureAwait(false);
                continue;
            }
            _opens++;
            for (var left = World.Below(12) + 1; left > 0 && !IsDone; left--)
            {
                if (await WriteAsync(file).ConfigureAwait(false) is var failed && failed != Errno.None)
                    await FailedAsync($"write to {truth.Path}", failed).ConfigureAwait(false);
                else if (World.Chance(100) && await file.SyncAsync().ConfigureAwait(false) is var unsynced && unsynced != Errno.None)
                    await FailedAsync($"fsync of {truth.Path}", unsynced).ConfigureAwait(false);
                await PauseAsync(Pause).ConfigureAwait(false);
            }
            if (await file.CloseAsync().ConfigureAwait(false) is var untold && untold != Errno.None)
                await FailedAsync($"close of {truth.Path}", untold).ConfigureAwait(false);
        }
    }

    private bool IsDone => messages == int.MaxValue ? World.IsEnding : _next >= messages;

    private async Task<Errno> WriteAsync(OpenFile file)
    {
        var batch = Enumerable.Range(0, World.Chance(800) ? 1 : 3).Select(_ => $"{name}-{++_next} {new string('x', World.Chance(50) ? World.Below(2000) : World.Below(40))}").ToArray();
        foreach (var message in batch) truth.Sending(message, $"{name}/{_opens}");
        var data = Encoding.ASCII.GetBytes(string.Concat(batch.Select(message => message + "\n")));
        var (error, taken) = await file.WriteAsync(data).ConfigureAwait(false);
        if (error == Errno.None && taken != data.Length) throw truth.Broken($"a write of {data.Length} bytes took {taken}");
        foreach (var message in batch) truth.Answered(message, error);
        World.Log($"{Host}: {batch[0][..batch[0].IndexOf(' ', StringComparison.Ordinal)]} in {truth.Path}: {error}");
        return error;
    }
}

/// <summary>Reads a partition from its beginning, and waits for more at its end.</summary>
internal sealed class Follower(MountWorld world, MountHost host, Truth truth) : Program(world, host)
{
    private ulong _read;

    /// <summary>How much it has read.</summary>
    public int Position { get; private set; }

    public Truth Truth => truth;

    protected override async Task RunAsync()
    {
        ulong? number = null;
        while (!World.IsOver)
        {
            var path = truth.Path.Insert(truth.Path.LastIndexOf('/'), "/.follow");
            var (error, file) = await Files.OpenAsync(path, MountFiles.ReadOnly).ConfigureAwait(false);
            if (file is null)
            {
                await FailedAsync($"open {path}", error).ConfigureAwait(false);
                continue;
            }
            if (number is { } before && before != file.Found.Number) throw truth.Broken($"{path} was inode {before}, and is {file.Found.Number}");
            number = file.Found.Number;
            await ReadAsync(file).ConfigureAwait(false);
            await file.CloseAsync().ConfigureAwait(false);
        }
    }

    private async Task ReadAsync(OpenFile file)
    {
        for (var left = 1 + World.Below(60); left > 0 && !World.IsOver; left--)
        {
            if (!World.IsEnding && World.Chance(30)) InterruptLater();
            var answer = await file.ReadAsync(Position, 1 + World.Below(600), waits: true, unique => _read = unique).ConfigureAwait(false);
            _read = 0;
            if (answer.Error == Errno.EINTR) continue;
            if (!answer.Succeeded)
            {
                await FailedAsync($"read of {truth.Path} at {Position}", answer.Error).ConfigureAwait(false);
                // Others go on with the same open file.
                if (World.Chance(500)) return;
                continue;
            }
            if (answer.Body.Length == 0) throw truth.Broken($"a follower was told that the end is at {Position}");
            truth.Read(Position, answer.Body);
            Position += answer.Body.Length;
            World.Log($"{Host}: follows {truth.Path} to {Position}");
        }
    }

    private void InterruptLater() => World.After(World.Delay(TimeSpan.FromSeconds(2)), () =>
    {
        if (_read != 0 && !IsDead) Files.Kernel.Interrupt(_read);
    });
}

/// <summary>Reads whole partitions, and looks at their sizes.</summary>
internal sealed class Looker(MountWorld world, MountHost host, IReadOnlyList<Truth> truths) : Program(world, host)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    protected override async Task RunAsync()
    {
        while (!World.IsEnding)
        {
            var truth = truths[World.Below(truths.Count)];
            if (await CatAsync(World, Files, truth).ConfigureAwait(false) is var error && error != Errno.None)
                await FailedAsync($"cat of {truth.Path}", error).ConfigureAwait(false);
            await PauseAsync(Pause).ConfigureAwait(false);
        }
    }

    /// <summary>Reads a partition to its end.</summary>
    public static async Task<Errno> CatAsync(MountWorld world, MountFiles files, Truth truth)
    {
        var (acknowledged, seen) = (truth.Acknowledged, truth.Seen);
        var (error, file) = await files.OpenAsync(truth.Path, MountFiles.ReadOnly).ConfigureAwait(false);
        if (file is null) return error;
        truth.SizeIs(file.Found.Size, seen);
        var position = 0;
        while (true)
        {
            if (world.Chance(100))
            {
                seen = truth.Seen;
                var (refused, size) = await file.StatAsync().ConfigureAwait(false);
                if (refused == Errno.None) truth.SizeIs(size, seen);
            }
            var answer = await file.ReadAsync(position, 1 + world.Below(8000)).ConfigureAwait(false);
            error = answer.Error;
            if (!answer.Succeeded || answer.Body.Length == 0) break;
            truth.Read(position, answer.Body);
            position += answer.Body.Length;
        }
        if (error == Errno.None)
        {
            truth.EndIs(position, acknowledged);
            if (position < file.Found.Size) throw truth.Broken($"the size is {file.Found.Size}, and the end at {position}");
        }
        await file.CloseAsync().ConfigureAwait(false);
        return error;
    }
}

/// <summary>Reads a partition where a named cursor has left off.</summary>
internal sealed class CursorReader(MountWorld world, MountHost host, CursorTruth truth) : Program(world, host)
{
    private const string Name = "c";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    protected override async Task RunAsync()
    {
        while (!World.IsEnding)
        {
            await PauseAsync(Pause).ConfigureAwait(false);
            if (truth.IsRead) continue;
            truth.Reader = this;
            var (error, file) = await OpenAsync(Files, truth).ConfigureAwait(false);
            // Its last reader's host may have died, and the owner not know it yet.
            if (file is null) await FailedAsync($"open cursor {Name} of {truth.Partition.Path}", error).ConfigureAwait(false);
            else await ReadAsync(file, truth.Opened()).ConfigureAwait(false);
            truth.Reader = null;
        }
    }

    /// <summary>Opens the cursor, and closes it.</summary>
    public static async Task<Errno> TryAsync(MountFiles files, CursorTruth truth)
    {
        var (error, file) = await OpenAsync(files, truth).ConfigureAwait(false);
        return file is null ? error : await file.CloseAsync().ConfigureAwait(false);
    }

    private static async Task<(Errno Error, OpenFile? File)> OpenAsync(MountFiles files, CursorTruth truth)
    {
        var path = truth.Partition.Path;
        var topic = path[..path.LastIndexOf('/')];
        var made = await files.MakeDirectoryAsync($"{topic}/.cursors/{Name}").ConfigureAwait(false);
        return made is Errno.None or Errno.EEXIST
            ? await files.OpenAsync($"{topic}/.cursors/{Name}{path[topic.Length..]}", MountFiles.ReadOnly).ConfigureAwait(false) : (made, null);
    }

    private async Task ReadAsync(OpenFile file, CursorTruth.Session session)
    {
        var text = "";
        for (var left = 1 + World.Below(20); left > 0; left--)
        {
            var answer = await file.ReadAsync(0, 1 + World.Below(300)).ConfigureAwait(false);
            if (!answer.Succeeded)
            {
                await FailedAsync($"read by cursor {Name} of {truth.Partition.Path}", answer.Error).ConfigureAwait(false);
                break;
            }
            session.Sure = session.Messages.Count;
            text += Encoding.ASCII.GetString(answer.Body);
            for (var end = text.IndexOf('\n', StringComparison.Ordinal); end >= 0; end = text.IndexOf('\n', StringComparison.Ordinal))
            {
                session.Messages.Add(text[..end]);
                text = text[(end + 1)..];
            }
            World.Log($"{Host}: cursor {Name} of {truth.Partition.Path} has read {session.Messages.Count}");
            if (answer.Body.Length == 0) break;
        }
        if (World.Chance(300) && await file.SyncAsync().ConfigureAwait(false) == Errno.None) session.Sure = session.Messages.Count;
        await file.CloseAsync().ConfigureAwait(false);
    }
}
