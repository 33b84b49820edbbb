using StreamActors.Fuse.Kernel;

namespace StreamActors.Fuse.Tests.Golden;

/// <summary>Stands for a descriptor of /dev/fuse: keeps what is written.</summary>
internal sealed class Recorder : IFuseChannel
{
    private readonly List<byte[]> _messages = [];
    private TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the kernel says of the next messages.</summary>
    public Errno Answer { get; set; }

    public IReadOnlyList<byte[]> Messages
    {
        get
        {
            lock (_messages)
                return [.. _messages];
        }
    }

    public Task Written
    {
        get
        {
            lock (_messages)
                return _messages.Count > 0 ? Task.CompletedTask : _written.Task;
        }
    }

    public void Clear()
    {
        lock (_messages)
        {
            _messages.Clear();
            _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public Errno Write(ReadOnlySpan<byte> header, ReadOnlySpan<byte> head, ReadOnlySpan<byte> payload)
    {
        lock (_messages)
        {
            _messages.Add([.. header, .. head, .. payload]);
            _written.TrySetResult();
        }
        return Answer;
    }
}
