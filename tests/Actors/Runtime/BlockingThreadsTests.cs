using StreamActors.Runtime;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Runtime;

/// <summary>What may block has threads of its own.</summary>
public sealed class BlockingThreadsTests
{
    private const int Items = 40;

    [Fact]
    public async Task ExecuteBlocking_ManyBlock_AllRunAtATimeAndNoneOnAThreadOfThePool()
    {
        var dispatcher = new ThreadPoolDispatcher();
        using var release = new ManualResetEventSlim();
        var allRun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var allEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (running, ended, onPool) = (0, 0, 0);
        for (var item = 0; item < Items; item++)
            dispatcher.ExecuteBlocking(new Item(() =>
            {
                if (Thread.CurrentThread.IsThreadPoolThread)
                    Interlocked.Increment(ref onPool);
                if (Interlocked.Increment(ref running) == Items)
                    allRun.SetResult();
                release.Wait(TestKitBase.Deadline);
                if (Interlocked.Increment(ref ended) == Items)
                    allEnded.SetResult();
            }));
        await allRun.Task.WaitAsync(TestKitBase.Deadline);
        release.Set();
        await allEnded.Task.WaitAsync(TestKitBase.Deadline);
        Assert.Equal(0, onPool);
    }

    private sealed class Item(Action run) : IThreadPoolWorkItem
    {
        public void Execute() => run();
    }
}
