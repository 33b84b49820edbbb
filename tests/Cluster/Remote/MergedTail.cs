using System.Text;
using StreamActors.Messages;

namespace StreamActors.Cluster.Tests.Remote;

/// <summary>Reads all partitions of a topic as one on and on, and waits at the end, as an open file that is followed does.</summary>
internal sealed class MergedTail(StreamHost host, TopicId topic, long number)
{
    private readonly StringBuilder _text = new();
    private long _lastWaiter;

    public HandleId Handle { get; } = new(Guid.Empty, number);

    public string Text => _text.ToString();

    /// <summary>What it was told that no reader should be.</summary>
    public List<object> Errors { get; } = [];

    public IPartitionReader? Reader { get; private set; }

    public void Start() => _ = RunAsync();

    private async Task RunAsync()
    {
        if (await host.AskAsync(new TopicRequest.OpenMerged(topic, Handle, ViewKind.Default, null)) is not TopicReply.Opened { Reader: var reader })
            return;
        Reader = reader;
        var buffer = new byte[50];
        while (!host.IsKilled)
        {
            var (fault, count) = await reader.ReadAsync(_text.Length, buffer, CancellationToken.None);
            _text.Append(Encoding.ASCII.GetString(buffer, 0, count));
            if (fault != Fault.None)
                Errors.Add(fault);
            if (fault == Fault.None && count > 0)
                continue;
            var reply = await host.AskAsync(new TopicRequest.Wait(topic, Handle, new WaiterId(++_lastWaiter), _text.Length));
            if (reply is PartitionReply.Grown)
                continue;
            if (reply is not Failure { Fault: Fault.Cancelled })
                Errors.Add(reply);
            return;
        }
    }
}
