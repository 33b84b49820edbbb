using StreamActors.Fuse.Kernel;
using Xunit;

namespace StreamActors.Fuse.Tests.Kernel;

public sealed class ClosesUnderWayTests
{
    private readonly ClosesUnderWay _closes = new();
    private int _ran;

    [Fact]
    public void WhenServed_NobodyIsAtAClose_IsNow()
    {
        var other = Other();
        Wait();
        Assert.Equal(1, _ran);
        other.Reads();
        other.HasRead(Opcode.Write);
        Wait();
        Assert.Equal(2, _ran);
    }

    [Fact]
    public void WhenServed_AnotherThreadIsAtAClose_IsAfterIt()
    {
        var (other, third) = (Other(), Other());
        other.Reads();
        other.HasRead(Opcode.Release);
        Wait();
        third.Reads();
        third.Ends();
        Assert.Equal(0, _ran);
        other.Ends();
        Assert.Equal(1, _ran);
    }

    [Fact]
    public void WhenServed_AnotherThreadMayHaveRead_IsWhenThatIsKnown()
    {
        var (other, third) = (Other(), Other());
        other.Reads();
        third.Reads();
        Wait();
        other.HasRead(Opcode.Lookup);
        Assert.Equal(0, _ran);
        third.Ends();
        Assert.Equal(1, _ran);
        // What is read later is no concern of it.
        other.Reads();
        Assert.Equal(1, _ran);
    }

    [Fact]
    public async Task WhenServed_OnADeviceThread_DoesNotWaitForItself()
    {
        await Task.Factory.StartNew(
            () =>
            {
                _closes.Join().Reads();
                Wait();
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.Equal(1, _ran);
    }

    [Fact]
    public async Task WhenServed_WhileThreadsCloseWithoutEnd_ComesEachTime()
    {
        using var stop = new CancellationTokenSource();
        var threads = Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
            () =>
            {
                var thread = _closes.Join();
                while (!stop.IsCancellationRequested)
                {
                    thread.Reads();
                    thread.HasRead(Opcode.Release);
                    thread.Ends();
                }
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        for (var i = 0; i < 2000; i++)
        {
            var served = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _closes.WhenServed(served.SetResult);
            await served.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }
        await stop.CancelAsync();
        await Task.WhenAll(threads);
    }

    private void Wait() => _closes.WhenServed(() => _ran++);

    private ClosesUnderWay.DeviceThread Other() =>
        Task.Factory.StartNew(_closes.Join, default, TaskCreationOptions.LongRunning, TaskScheduler.Default).GetAwaiter().GetResult();
}
