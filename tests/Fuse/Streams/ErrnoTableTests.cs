using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Streams;
using StreamActors.Messages;
using StreamActors.Runtime;
using Xunit;

namespace StreamActors.Fuse.Tests.Streams;

public sealed class ErrnoTableTests
{
    [Fact]
    public void ErrnoOf_EveryFault_HasOne()
    {
        foreach (var fault in Enum.GetValues<Fault>())
            Assert.Equal(fault == Fault.None, ErrnoTable.ErrnoOf(fault) == Errno.None);
    }

    [Theory]
    [InlineData(Fault.NotFound, Errno.ENOENT)]
    [InlineData(Fault.Stale, Errno.ESTALE)]
    [InlineData(Fault.TimedOut, Errno.ETIMEDOUT)]
    [InlineData(Fault.Overloaded, Errno.EAGAIN)]
    [InlineData(Fault.Cancelled, Errno.EINTR)]
    [InlineData(Fault.Crashed, Errno.EIO)]
    [InlineData(Fault.NoSpace, Errno.ENOSPC)]
    [InlineData(Fault.MessageTooLarge, Errno.EMSGSIZE)]
    [InlineData(Fault.Exists, Errno.EEXIST)]
    [InlineData(Fault.NotEmpty, Errno.EPERM)]
    [InlineData(Fault.Invalid, Errno.EINVAL)]
    public void ErrnoOf_Fault_IsWhatUsersExpect(Fault fault, Errno expected) => Assert.Equal(expected, ErrnoTable.ErrnoOf(fault));

    [Fact]
    public void FailureOf_HowAnAskEnds_IsAFault()
    {
        Assert.Equal(Fault.TimedOut, ErrnoTable.FailureOf(new AskTimeoutException("late")).Fault);
        Assert.Equal(Fault.Overloaded, ErrnoTable.FailureOf(new TooManyAsksException(1)).Fault);
        Assert.Equal(Fault.Cancelled, ErrnoTable.FailureOf(new OperationCanceledException()).Fault);
        Assert.Equal(Fault.Crashed, ErrnoTable.FailureOf(new InvalidOperationException()).Fault);
    }
}
