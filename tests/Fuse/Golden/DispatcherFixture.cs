using Microsoft.Extensions.Logging;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse.Tests.Golden;

/// <summary>A dispatcher over a tree that records, without a mount. The root has one child (node 2) with one open file (handle 1).</summary>
internal sealed class DispatcherFixture
{
    public const ulong RootNode = 1;
    public const ulong ChildNode = 2;
    public const ulong OpenFh = 1;

    private readonly byte[] _scratch = new byte[1 << 16];
    private readonly FuseDispatcher _dispatcher;

    public DispatcherFixture(InitFlags features = InitFlags.SetxattrExt)
    {
        Root = new RecordingInode(Calls);
        Child = new RecordingInode(Calls);
        Handle = new RecordingHandle(Child, Calls);
        (Root.Child, Root.Handle) = (Child, Handle);
        (Child.Child, Child.Handle) = (Child, Handle);
        Tree = new FuseTree(Root, new TreeOptions(TimeSpan.FromMilliseconds(1500), TimeSpan.FromSeconds(2)));
        Tree.Inodes.Reference(Child);
        Tree.Handles.Add(Handle);
        Tree.Connection = new Connection(features);
        Parked = new ParkedReplies(Logger);
        _dispatcher = new FuseDispatcher(Tree, Channel, Parked, Logger);
    }

    public List<string> Calls { get; } = [];

    public LogRecorder Logger { get; } = new();

    public Recorder Channel { get; } = new();

    public FuseTree Tree { get; }

    public ParkedReplies Parked { get; }

    public RecordingInode Root { get; }

    public RecordingInode Child { get; }

    public RecordingHandle Handle { get; }

    /// <summary>Serves a request, and gives what was answered since.</summary>
    public IReadOnlyList<byte[]> Serve(byte[] request)
    {
        Channel.Clear();
        Calls.Clear();
        _dispatcher.Serve(request, _scratch);
        return Channel.Messages;
    }

    private sealed class Connection(InitFlags flags) : IFuseConnection
    {
        public FuseFeatures Features { get; } = new(45, flags, 1 << 20, 256);

        public INotifier Notifier => throw new InvalidOperationException("nobody is to be notified here");

        public Errno OpenBacking(FileDescriptor file, out int backingId)
        {
            backingId = 0;
            return Errno.EOPNOTSUPP;
        }

        public Errno CloseBacking(int backingId) => Errno.EOPNOTSUPP;

        public void AfterCloses(Action then) => then();
    }
}

/// <summary>Keeps what is logged.</summary>
internal sealed class LogRecorder : ILogger
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
            _lines.Add($"{logLevel}: {formatter(state, exception)}{(exception is null ? "" : $" [{exception.Message}]")}");
    }
}
