using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Streams;
using StreamActors.Fuse.Tree;
using Xunit;

namespace StreamActors.Fuse.Tests.Streams.Files;

/// <summary>Locks that are refused, beside closes that other threads are at.</summary>
public sealed class LockTests : PlayedActors
{
    private const uint WriteLock = 1;

    private readonly Handle _first;
    private readonly Handle _second;

    public LockTests()
    {
        var file = Partitioned(FileView.Plain);
        (_first, _second) = (Open(file, 0, new Lines()).Handle, Open(file, 0, new Lines()).Handle);
        Assert.Equal(Errno.None, Answered(Lock(_first, owner: 1)).Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void SetLock_HeldByWhoIsClosing_IsDecidedAfterTheClose(bool closes)
    {
        Connection.AfterOthers = [];
        var asked = Lock(_second, owner: 2);
        Assert.Null(AnswerTo(asked));
        if (closes)
            Ask(call => _first.Release(call, default));
        Connection.AfterOthers.ForEach(then => then());
        Assert.Equal(closes ? Errno.None : Errno.EAGAIN, Answered(asked).Error);
        Connection.AfterOthers = null;
        Assert.Equal(closes ? Errno.EAGAIN : Errno.None, Answered(Lock(_first, owner: 1)).Error);
    }

    private ulong Lock(Handle handle, ulong owner) =>
        Ask(call => handle.SetLock(call, new LockRequest(owner, 0, long.MaxValue, WriteLock, 1, Flock: true, Wait: false)));
}
