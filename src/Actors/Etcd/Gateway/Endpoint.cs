namespace StreamActors.Etcd.Gateway;

/// <summary>One address of the gateway. What hangs on it for long is told when it fails.</summary>
internal sealed class Endpoint(Uri address) : IDisposable
{
    private readonly Lock _gate = new();
    private CancellationTokenSource _failed = new();
    private bool _isDisposed;

    public Uri Address => address;

    /// <summary>Cancelled when the endpoint fails for the next time.</summary>
    public CancellationToken Failed
    {
        get
        {
            lock (_gate) return _isDisposed ? new CancellationToken(canceled: true) : _failed.Token;
        }
    }

    /// <summary>Ends what hangs on the endpoint: a server that is frozen keeps its connections, and tells nothing.</summary>
    public void Fail()
    {
        CancellationTokenSource failed;
        lock (_gate)
        {
            if (_isDisposed) return;
            (failed, _failed) = (_failed, new CancellationTokenSource());
        }
        using (failed) failed.Cancel();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _failed.Dispose();
        }
    }
}
