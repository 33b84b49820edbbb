using System.Text;
using StreamActors.Messages;

namespace StreamActors.Cluster.Tests.Remote;

/// <summary>Reads a partition on and on, and waits at its end, as an open file that is followed does.</summary>
internal sealed class Tail(StreamHost host, PartitionId partition, long number)
{
    private readonly HandleId _handle = new(Guid.Empty, number);
    private readonly StringBuilder _text = new();
    private IPartitionReader? _reader;
    private long _lastWaiter;

    public string Text => _text.ToString();

    /// <summary>What it was told that no reader should be.</summary>
    public List<object> Errors { get; } = [];

    public int Opens { get; private set; }

    /// <summary>Whether the bytes came from another host when it was opened last.</summary>
    public bool IsElsewhere => _reader is { IsElsewhere: true };

    public bool IsOpen => _reader is not null;

    public void Start() => _ = RunAsync();

    private async Task RunAsync()
    {
        var buffer = new byte[100];
        while (!host.IsKilled)
        {
            if (_reader is null && !await OpenAsync()) return;
            var (fault, count) = await _reader!.ReadAsync(_text.Length, buffer, CancellationToken.None);
            _text.Append(Encoding.ASCII.GetString(buffer, 0, count));
            if (fault == Fault.UnknownHandle)
                _reader = null;
            else if (fault != Fault.None)
                Errors.Add(fault);
            else if (count == 0 && !await WaitAsync())
                return;
        }
    }

    private async Task<bool> OpenAsync()
    {
        Opens++;
        var reply = await AskAsync(new PartitionRequest.Open(partition, _handle, ViewId.Default));
        _reader = (reply as PartitionReply.Opened)?.Reader;
        if (_reader is null) Errors.Add(reply);
        return _reader is not null;
    }

    private async Task<bool> WaitAsync()
    {
        var reply = await AskAsync(new PartitionRequest.Wait(partition, _handle, new WaiterId(++_lastWaiter), _text.Length));
        if (reply is Failure { Fault: Fault.UnknownHandle })
            _reader = null;
        else if (reply is not PartitionReply.Grown)
            Errors.Add(reply);
        return reply is PartitionReply.Grown or Failure { Fault: Fault.UnknownHandle };
    }

    private async Task<object> AskAsync(PartitionRequest request)
    {
        try
        {
            return await host.AskAsync(request);
        }
        catch (Exception cause)
        {
            return cause;
        }
    }
}
