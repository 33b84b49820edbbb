using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;
using Xunit;

namespace StreamActors.Fuse.Tests.Mounting;

/// <summary>A directory in memory: the least that a mount needs, to try the device loop with.</summary>
internal sealed class MemoryDirectory : Inode
{
    private readonly ConcurrentDictionary<string, Inode> _entries = new();

    public void Add(string name, Inode inode) => _entries[name] = inode;

    public override void GetAttr(Call call, in GetAttrRequest request) => call.Attr(this, Attributes(1));

    public override void StatFs(Call call) => call.Struct(new FuseKStatFs { Bsize = 4096, Frsize = 4096, Namelen = 255 });

    public override void Lookup(Call call, ReadOnlySpan<byte> name)
    {
        if (!_entries.TryGetValue(Encoding.UTF8.GetString(name), out var inode))
            call.Finish(Errno.ENOENT);
        else
        {
            (inode as IMemoryFile)?.LookedUp();
            call.Entry(inode, AttributesOf(inode));
        }
    }

    public override void OpenDir(Call call, in OpenRequest request) => call.Opened(new Listing(this), OpenReplyFlags.None);

    internal static FuseAttr AttributesOf(Inode inode) => inode is IMemoryFile file ? file.Attributes() : Attributes(2);

    private static FuseAttr Attributes(ulong ino) => new() { Ino = ino, Mode = Linux.S_IFDIR | 0x1ED, Nlink = 2 };

    private sealed class Listing(MemoryDirectory directory) : Handle(directory)
    {
        public override void ReadDir(Call call, in ReadDirRequest request, Span<byte> buffer)
        {
            var writer = new DirectoryWriter(call.Tree, buffer[..request.Size], request.Plus);
            var names = directory._entries.Keys.Order(StringComparer.Ordinal).ToArray();
            for (var i = (int)request.Offset; i < names.Length; i++)
            {
                var inode = directory._entries[names[i]];
                if (!writer.TryAdd(Encoding.UTF8.GetBytes(names[i]), inode, AttributesOf(inode), i + 1))
                    break;
            }
            call.Data(writer.Written);
        }
    }
}

/// <summary>What a <see cref="MemoryDirectory"/> asks of its files.</summary>
internal interface IMemoryFile
{
    FuseAttr Attributes();

    void LookedUp()
    {
    }
}

/// <summary>A file in memory. Where it follows, a read at its end waits for <see cref="Append"/>.</summary>
internal sealed class MemoryFile(bool follow) : Inode, IMemoryFile
{
    private readonly Lock _gate = new();
    private readonly List<(Call Call, long Offset, int Size)> _waiters = [];
    private readonly Channel<int> _waiting = Channel.CreateUnbounded<int>();
    private readonly Channel<int> _interrupted = Channel.CreateUnbounded<int>();
    private readonly Channel<int> _polled = Channel.CreateUnbounded<int>();
    private byte[] _content = [];
    private readonly Channel<int> _opened = Channel.CreateUnbounded<int>();
    private ulong _poll;
    private int _released;

    /// <summary>What a READ does first.</summary>
    public Action? Before { get; set; }

    public int Released => _released;

    /// <summary>Awaits a read that waits at the end.</summary>
    public async Task WaitingAsync() => await _waiting.Reader.ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>Awaits the interrupt of such a read.</summary>
    public async Task InterruptedAsync() => await _interrupted.Reader.ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>Awaits an OPEN.</summary>
    public async Task OpenedAsync() => await _opened.Reader.ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>Awaits a POLL.</summary>
    public async Task PolledAsync() => await _polled.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public void Append(ReadOnlySpan<byte> more, INotifier? notifier = null)
    {
        List<(Call Call, long Offset, int Size)> waiters;
        ulong poll;
        lock (_gate)
        {
            _content = [.. _content, .. more];
            (waiters, poll) = ([.. _waiters], _poll);
            _waiters.Clear();
        }
        foreach (var waiter in waiters)
            waiter.Call.Data(Slice(waiter.Offset, waiter.Size));
        if (poll != 0)
            notifier?.Poll(poll);
    }

    /// <summary>Forgets who waits, as a fault would.</summary>
    public void DropWaiters()
    {
        lock (_gate)
            _waiters.Clear();
    }

    public FuseAttr Attributes() => new() { Ino = NodeId + 100, Mode = Linux.S_IFREG | 0x1A4, Nlink = 1, Size = (ulong)_content.Length };

    public override void GetAttr(Call call, in GetAttrRequest request) => call.Attr(this, Attributes());

    public override void StatFs(Call call) => call.Struct(new FuseKStatFs());

    public override void Open(Call call, in OpenRequest request)
    {
        call.Opened(new Opened(this), follow ? OpenReplyFlags.DirectIo : OpenReplyFlags.None);
        _opened.Writer.TryWrite(0);
    }

    private ReadOnlySpan<byte> Slice(long offset, int size)
    {
        var content = _content;
        return offset >= content.Length ? default : content.AsSpan((int)offset, Math.Min(size, content.Length - (int)offset));
    }

    private sealed class Opened(MemoryFile file) : Handle(file)
    {
        public override void Read(Call call, in ReadRequest request, Span<byte> buffer)
        {
            file.Before?.Invoke();
            lock (file._gate)
            {
                if (file.Follows && request.Offset >= file._content.Length)
                {
                    Wait(call.Park(), request);
                    return;
                }
            }
            call.Data(file.Slice(request.Offset, request.Size));
        }

        public override void Write(Call call, in WriteRequest request)
        {
            file.Append(request.Data, call.Tree.Connection.Notifier);
            call.Written(request.Data.Length);
        }

        public override void Poll(Call call, in PollRequest request)
        {
            lock (file._gate)
                if (request.ScheduleNotify)
                    file._poll = request.Kh;
            call.Polled(file._content.Length > 0 ? request.Events & Linux.POLLIN : 0);
            file._polled.Writer.TryWrite(0);
        }

        // The kernel drops a RELEASE that it has not sent when the mount goes; the handle is then abandoned.
        public override void Abandon() => Interlocked.Increment(ref file._released);

        private void Wait(Call parked, ReadRequest request)
        {
            var waiter = (parked, request.Offset, request.Size);
            file._waiters.Add(waiter);
            var weak = new WeakReference<Call>(parked);
            ((ParkedReply)parked.Reply).OnInterrupt(() =>
            {
                if (weak.TryGetTarget(out var call))
                {
                    lock (file._gate)
                        file._waiters.RemoveAll(other => ReferenceEquals(other.Call, call));
                    call.Finish(Errno.EINTR);
                }
                file._interrupted.Writer.TryWrite(0);
            });
            file._waiting.Writer.TryWrite(0);
        }
    }

    private bool Follows => follow;
}
