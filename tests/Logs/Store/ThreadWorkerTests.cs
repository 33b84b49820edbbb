namespace StreamActors.Logs.Tests;

/// <summary>Pieces of work never run beside one another, and keep their order, whoever runs them.</summary>
public sealed class ThreadWorkerTests
{
    [Fact]
    public void TryRun_WorkerIsIdle_RunsOnTheCallersThread()
    {
        using var worker = new ThreadWorker("worker");
        Thread? ran = null;
        Assert.True(worker.TryRun(() => ran = Thread.CurrentThread));
        Assert.Same(Thread.CurrentThread, ran);
    }

    [Fact]
    public void TryRun_WorkRunsOrWaits_IsRefused()
    {
        using var worker = new ThreadWorker("worker");
        using var begun = new ManualResetEventSlim();
        using var released = new ManualResetEventSlim();
        worker.Post(() =>
        {
            begun.Set();
            released.Wait();
        });
        Assert.True(begun.Wait(TimeSpan.FromMinutes(1)));
        Assert.False(worker.TryRun(() => Assert.Fail("two run at once")));
        released.Set();
    }

    [Fact]
    public void Post_WhileSomebodyRunsInPlace_ComesAfter()
    {
        using var worker = new ThreadWorker("worker");
        using var done = new ManualResetEventSlim();
        var order = new List<string>();
        Assert.True(worker.TryRun(() =>
        {
            worker.Post(() =>
            {
                order.Add("posted");
                done.Set();
            });
            Assert.False(worker.TryRun(() => order.Add("within")));
            order.Add("in place");
        }));
        Assert.True(done.Wait(TimeSpan.FromMinutes(1)));
        Assert.Equal(["in place", "posted"], order);
    }

    [Fact]
    public async Task Work_OfManyThreads_NeverOverlaps()
    {
        using var worker = new ThreadWorker("worker");
        using var done = new CountdownEvent(4 * 2000);
        var (running, overlapped) = (0, false);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() =>
        {
            for (var i = 0; i < 2000; i++)
                if (!worker.TryRun(Work))
                    worker.Post(Work);
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.True(done.Wait(TimeSpan.FromMinutes(1)));
        Assert.False(overlapped);

        void Work()
        {
            overlapped |= Interlocked.Increment(ref running) != 1;
            Interlocked.Decrement(ref running);
            done.Signal();
        }
    }

    [Fact]
    public void Dispose_AfterPosts_DoesThemFirst()
    {
        var count = 0;
        using var done = new ManualResetEventSlim();
        using (var worker = new ThreadWorker("worker"))
        {
            for (var i = 0; i < 100; i++)
                worker.Post(() => count++);
            worker.Post(done.Set);
        }
        Assert.True(done.Wait(TimeSpan.FromMinutes(1)));
        Assert.Equal(100, count);
    }
}
