using StreamActors.Cli;
using StreamActors.Etcd;

namespace StreamActors.Host.Helper;

/// <summary>
/// The helper of a server that is a member of a cluster: the same program, which waits for the server's end, and then ends its
/// lease in etcd, so that others need not wait until it lapses. It can't be wrong about that: it holds a descriptor of the process.
/// </summary>
internal static class HelperProcess
{
    /// <summary>The command, which is not for users.</summary>
    public const string Verb = "_end-lease";

    private const int MaxTries = 20;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    /// <summary>Runs until the server has ended.</summary>
    /// <param name="orders">The pipe from the server.</param>
    /// <returns>The exit status: success where the lease has ended, or the server has left as it should.</returns>
    public static async Task<int> RunAsync(TextReader orders)
    {
        ProcessDescriptor.LeaveGroup();
        // Nothing may keep the directory in use, nor the mount beneath it.
        Directory.SetCurrentDirectory("/");
        if (await orders.ReadLineAsync() is not { } line || HelperOrder.TryRead(line) is not { } order)
            return ExitCode.Usage;
        using var server = ProcessDescriptor.TryOpen(order.Server);
        // Where the server is gone already, this process has another parent.
        var isGone = ProcessDescriptor.Parent != order.Server;
        if (server is null && !isGone)
            return ExitCode.Failure;
        using var etcd = new EtcdClient(order.ToOptions(), TimeProvider.System);
        var ended = isGone ? Task.CompletedTask : EndOf(server!);
        await WarmUpAsync(etcd, order.Lease, ended);
        while (await NextAsync(orders, ended) is { } next)
        {
            if (next.IsOver)
                return ExitCode.Success;
            order = next;
            await WarmUpAsync(etcd, order.Lease, ended);
        }
        return order.Lease == 0 || await RevokeAsync(etcd, order.Lease) ? ExitCode.Success : ExitCode.Failure;
    }

    private static Task EndOf(ProcessDescriptor server)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            server.WaitForExit();
            ended.SetResult();
        })
        { IsBackground = true, Name = "server-exit" }.Start();
        return ended.Task;
    }

    /// <summary>The next order; null when the server has ended. A pipe that breaks is no proof of that.</summary>
    private static async Task<HelperOrder?> NextAsync(TextReader orders, Task ended)
    {
        while (true)
        {
            var read = orders.ReadLineAsync();
            await Task.WhenAny(read, ended);
            // What the server said last counts, also where it is read only after its end. The pipe ends with the server, unless
            // somebody else has it, too.
            if (!read.IsCompleted)
                await Task.WhenAny(read, Task.Delay(LastWords));
            if (!read.IsCompleted || await read is not { } line)
                break;
            if (HelperOrder.TryRead(line) is { } order)
                return order;
        }
        await ended;
        return null;
    }

    /// <summary>The first call takes long: connecting, logging in, compiling. It is made before it matters.</summary>
    private static async Task WarmUpAsync(EtcdClient etcd, long lease, Task ended)
    {
        if (lease != 0 && !ended.IsCompleted)
            await etcd.TimeToLiveAsync(lease);
    }

    private static async Task<bool> RevokeAsync(EtcdClient etcd, long lease)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            if ((await etcd.RevokeAsync(lease)).Succeeded)
                return true;
            using var timer = new PeriodicTimer(Between);
            await timer.WaitForNextTickAsync();
        }
        return false;
    }
}
