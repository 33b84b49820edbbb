using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Tests.Golden;
using Xunit;

namespace StreamActors.Fuse.Tests.Kernel;

public sealed class NotifierTests
{
    private readonly Recorder _channel = new();
    private readonly LogRecorder _logger = new();
    private bool _expireOnly = true;

    [Fact]
    public void Notifications_AreToTheByte()
    {
        var notifier = Make();
        Assert.True(notifier.Poll(66));
        Assert.True(notifier.InvalidateInode(7, -1, 0));
        Assert.True(notifier.InvalidateEntry(1, "näme"u8));
        Assert.True(notifier.InvalidateEntry(1, "a"u8, expireOnly: true));
        Assert.True(notifier.Delete(1, 7, "gone"u8));
        notifier.Drain();
        Assert.Equal(
            [
                Hex(new ByteWriter().U32(24, 1).U64(0, 66)),
                Hex(new ByteWriter().U32(40, 2).U64(0, 7, ulong.MaxValue, 0)),
                Hex(new ByteWriter().U32(38, 3).U64(0, 1).U32(5, 0).Name("näme")),
                Hex(new ByteWriter().U32(34, 3).U64(0, 1).U32(1, 1).Name("a")),
                Hex(new ByteWriter().U32(45, 6).U64(0, 1, 7).U32(4, 0).Name("gone")),
            ],
            _channel.Messages.Select(Convert.ToHexString));
    }

    [Fact]
    public void InvalidateEntry_KernelKnowsNoExpiry_DropsTheName()
    {
        _expireOnly = false;
        var notifier = Make();
        notifier.InvalidateEntry(1, "a"u8, expireOnly: true);
        notifier.Drain();
        Assert.Equal(Hex(new ByteWriter().U32(34, 3).U64(0, 1).U32(1, 0).Name("a")), Convert.ToHexString(Assert.Single(_channel.Messages)));
    }

    [Fact]
    public void Poll_NobodyPolls_SaysSo()
    {
        _channel.Answer = Errno.ENOENT;
        Assert.False(Make().Poll(1));
    }

    [Fact]
    public void Queue_Full_RefusesAndSaysSoOnce()
    {
        var notifier = Make();
        for (var i = 0; i < Notifier.MaxQueued; i++)
            Assert.True(notifier.InvalidateInode(1, 0, 0));
        Assert.False(notifier.InvalidateInode(1, 0, 0));
        Assert.False(notifier.InvalidateEntry(1, "a"u8));
        Assert.Single(_logger.Lines);
        notifier.Drain();
        Assert.Equal(Notifier.MaxQueued, _channel.Messages.Count);
        Assert.True(notifier.InvalidateInode(1, 0, 0));
    }

    [Theory]
    [InlineData(Errno.ENOENT, 0)]
    [InlineData(Errno.EINVAL, 1)]
    public void Kernel_Refuses_IsLoggedUnlessItHadNothingToDrop(Errno answer, int lines)
    {
        _channel.Answer = answer;
        var notifier = Make();
        notifier.InvalidateInode(1, 0, 0);
        notifier.Drain();
        Assert.Equal(lines, _logger.Lines.Count);
    }

    [Fact]
    public async Task Thread_Started_SendsWhatComesAndEnds()
    {
        var notifier = Make();
        notifier.Start();
        notifier.InvalidateInode(1, 0, 0);
        await _channel.Written.WaitAsync(TestContext.Current.CancellationToken);
        notifier.Stop();
        Assert.False(notifier.InvalidateInode(1, 0, 0));
    }

    private Notifier Make() => new(_channel, () => _expireOnly, _logger);

    private static string Hex(ByteWriter writer) => Convert.ToHexString(writer.ToArray());
}
