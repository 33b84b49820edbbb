using System.Collections.Concurrent;
using StreamActors.Fuse.Kernel;
using Xunit;

namespace StreamActors.Fuse.Tests.Kernel;

public sealed class WaitingReadersTests
{
    private readonly BlockingCollection<int> _entered = [];
    private volatile bool _hasRequest;

    [Fact]
    public void Spare_WithARequestThatNobodyReads_Comes()
    {
        var readers = new WaitingReaders(() => _hasRequest);
        Start(readers, spares: 2);
        _hasRequest = true;
        LeaveAll(readers);
        Take(1);
        readers.Leave();
        Take(1);
    }

    [Fact]
    public void Spare_WhileSomebodyReads_StandsBy()
    {
        var readers = new WaitingReaders(() => _hasRequest);
        _hasRequest = true;
        Start(readers, spares: 1);
        readers.Leave();
        Assert.Empty(_entered);
        LeaveAll(readers, WaitingReaders.Max - 1);
        Take(1);
    }

    [Fact]
    public void Spare_WithoutARequest_StandsByUntilThereIsOne()
    {
        var looks = new SemaphoreSlim(0);
        var readers = new WaitingReaders(() =>
        {
            looks.Release();
            return _hasRequest;
        });
        Start(readers, spares: 1);
        LeaveAll(readers);
        looks.Wait(TestContext.Current.CancellationToken);
        Assert.Empty(_entered);
        // It stops looking when nobody left meanwhile; the next one who leaves calls it again.
        readers.Enter();
        _hasRequest = true;
        readers.Leave();
        Take(1);
    }

    private void Start(WaitingReaders readers, int spares)
    {
        for (var i = 0; i < WaitingReaders.Max + spares; i++)
        {
            var number = i;
            new Thread(() =>
            {
                readers.Enter();
                _entered.Add(number);
            })
            { IsBackground = true }.Start();
        }
        Take(WaitingReaders.Max);
        SpinWait.SpinUntil(() => readers.StandingBy == spares);
    }

    private static void LeaveAll(WaitingReaders readers, int count = WaitingReaders.Max)
    {
        for (var i = 0; i < count; i++)
            readers.Leave();
    }

    private void Take(int count)
    {
        for (var i = 0; i < count; i++)
            _entered.Take(TestContext.Current.CancellationToken);
    }
}
