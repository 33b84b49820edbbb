using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Fuse;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Tree;

namespace StreamActors.Simulation.Tests.Mounts;

/// <summary>What the front-end answered.</summary>
/// <param name="Error">None, or why not.</param>
/// <param name="Body">The bytes behind the header.</param>
internal readonly record struct Answer(Errno Error, byte[] Body)
{
    public bool Succeeded => Error == Errno.None;

    public ulong U64(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(Body.AsSpan(offset));

    public uint U32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(Body.AsSpan(offset));
}

/// <summary>Stands for the kernel of a host: sends requests to its front-end as bytes, and takes the answers.</summary>
internal sealed class MountKernel : IFuseChannel
{
    private const int HeaderBytes = 40;
    private const int MaxPages = 32;

    private readonly MountWorld _world;
    private readonly Process _process;
    private readonly HostDispatcher _turns;
    private readonly FuseDispatcher _dispatcher;
    private readonly byte[] _scratch = new byte[MaxPages * 4096];
    private readonly SortedDictionary<ulong, Pending> _pending = [];
    private ulong _lastUnique;

    public MountKernel(MountWorld world, Process process, HostDispatcher turns, FuseTree tree)
    {
        (_world, _process, _turns) = (world, process, turns);
        tree.Connection = new Connection();
        _dispatcher = new FuseDispatcher(tree, this, new ParkedReplies(NullLogger.Instance), NullLogger.Instance);
    }

    /// <summary>How many requests are not answered that do not wait for messages.</summary>
    public int Unanswered => _pending.Values.Count(pending => !pending.Waits);

    /// <summary>How many requests wait for messages.</summary>
    public int Waiting => _pending.Values.Count(pending => pending.Waits);

    /// <summary>Sends a request.</summary>
    /// <param name="opcode">Its kind.</param>
    /// <param name="node">Which inode.</param>
    /// <param name="body">Its arguments.</param>
    /// <param name="waits">Whether it waits for what may never come.</param>
    /// <param name="sent">Told its id.</param>
    public Task<Answer> AskAsync(Opcode opcode, ulong node, byte[] body, bool waits = false, Action<ulong>? sent = null)
    {
        _world.CheckThread();
        var unique = _lastUnique += 2;
        var pending = new Pending(opcode, waits, _world.Time.GetTimestamp(), new TaskCompletionSource<Answer>());
        _pending.Add(unique, pending);
        sent?.Invoke(unique);
        Serve(opcode, node, unique, body);
        return pending.Answered.Task;
    }

    /// <summary>A signal for whoever waits for an answer.</summary>
    public void Interrupt(ulong unique)
    {
        var body = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(body, unique);
        Serve(Opcode.Interrupt, 0, unique | 1, body);
    }

    /// <summary>Interrupts all that waits.</summary>
    public void InterruptAll()
    {
        foreach (var unique in _pending.Where(pending => pending.Value.Waits).Select(pending => pending.Key).ToArray()) Interrupt(unique);
    }

    public string Describe() => string.Join(' ', _pending.Values.Select(pending =>
        $"{pending.Opcode}{(pending.Waits ? "~" : "")}@{TimeSpan.FromTicks(pending.Since).TotalSeconds:f1}"));

    public Errno Write(ReadOnlySpan<byte> header, ReadOnlySpan<byte> head, ReadOnlySpan<byte> payload)
    {
        // A finalizer may tell what a dead process has left.
        if (!_process.IsAlive) return Errno.ENODEV;
        _world.CheckThread();
        var unique = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
        if (!_pending.Remove(unique, out var pending)) throw new InvariantException($"request {unique} was answered twice");
        var answer = new Answer((Errno)(-BinaryPrimitives.ReadInt32LittleEndian(header[4..])), [.. head, .. payload]);
        // Whoever waits goes on in a turn of its own, as a process that is woken does.
        _turns.Execute(() => pending.Answered.SetResult(answer));
        return Errno.None;
    }

    private void Serve(Opcode opcode, ulong node, ulong unique, byte[] body)
    {
        var request = new byte[HeaderBytes + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(request, request.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(4), (uint)opcode);
        BinaryPrimitives.WriteUInt64LittleEndian(request.AsSpan(8), unique);
        BinaryPrimitives.WriteUInt64LittleEndian(request.AsSpan(16), node);
        body.CopyTo(request, HeaderBytes);
        _dispatcher.Serve(request, _scratch);
    }

    private sealed record Pending(Opcode Opcode, bool Waits, long Since, TaskCompletionSource<Answer> Answered);

    private sealed class Connection : IFuseConnection, INotifier
    {
        public FuseFeatures Features { get; } = new(45, InitFlags.None, MaxPages * 4096, MaxPages);

        public INotifier Notifier => this;

        public Errno OpenBacking(FileDescriptor file, out int backingId)
        {
            backingId = 0;
            return Errno.EOPNOTSUPP;
        }

        public Errno CloseBacking(int backingId) => Errno.EOPNOTSUPP;

        public void AfterCloses(Action action) => action();

        public bool Poll(ulong kh) => true;

        public bool InvalidateAttributes(ulong nodeId) => true;

        public bool InvalidateInode(ulong nodeId, long offset, long length) => true;

        public bool InvalidateEntry(ulong parent, ReadOnlySpan<byte> name, bool expireOnly = false) => true;

        public bool Delete(ulong parent, ulong child, ReadOnlySpan<byte> name) => true;
    }
}
