using System.Runtime.InteropServices;

namespace StreamActors.Host;

/// <summary>Turns SIGINT, SIGTERM and SIGHUP into a request to stop, and any further one into a request to stop at once.</summary>
internal sealed class SignalWatcher : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _force = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Starts watching; the signals no longer end the process by themselves.</summary>
    /// <param name="cancellationToken">Counts as a first signal.</param>
    public SignalWatcher(CancellationToken cancellationToken)
    {
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        _registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
        cancellationToken.Register(_stop.Cancel);
    }

    /// <summary>The first signal: unmount, and let what is under way end.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>A second signal: wait for nothing.</summary>
    public CancellationToken Force => _force.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
        _force.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_stop.IsCancellationRequested)
            _force.Cancel();
        else
            _stop.Cancel();
    }
}
