using System.Threading.Channels;
using StreamActors.Etcd;

namespace StreamActors.Cluster.Tests.Etcd;

/// <summary>Keeps what a watch tells, for a test to take in order.</summary>
internal sealed class RecordingWatcher : IEtcdWatcher
{
    // In a simulation whoever takes it goes on in the thread that tells it.
    private readonly Channel<object> _told =
        Channel.CreateUnbounded<object>(new UnboundedChannelOptions { AllowSynchronousContinuations = true });

    public void OnEvents(IReadOnlyList<EtcdEvent> events) => _told.Writer.TryWrite(events);

    public void OnEnded(EtcdFault fault) => _told.Writer.TryWrite(fault);

    public async Task<IReadOnlyList<EtcdEvent>> EventsAsync()
    {
        var told = await _told.Reader.ReadAsync();
        return told as IReadOnlyList<EtcdEvent> ?? throw new InvalidOperationException($"The watch ended: {told}");
    }

    public async Task<EtcdFault> EndAsync()
    {
        while (true)
            if (await _told.Reader.ReadAsync() is EtcdFault fault) return fault;
    }
}
