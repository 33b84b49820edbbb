using System.Runtime.CompilerServices;
using StreamActors.Fuse.Kernel;
using Xunit;

namespace StreamActors.Fuse.Tests.Kernel;

public sealed class AbiTests
{
    [Fact]
    public void Structs_AreAsLongAsInTheKernelsHeader()
    {
        Assert.Equal(40, Unsafe.SizeOf<InHeader>());
        Assert.Equal(88, Unsafe.SizeOf<FuseAttr>());
        Assert.Equal(128, Unsafe.SizeOf<FuseEntryOut>());
        Assert.Equal(104, Unsafe.SizeOf<FuseAttrOut>());
        Assert.Equal(16, Unsafe.SizeOf<FuseOpenOut>());
        Assert.Equal(80, Unsafe.SizeOf<FuseKStatFs>());
        Assert.Equal(24, Unsafe.SizeOf<FuseFileLock>());
        Assert.Equal(64, Unsafe.SizeOf<InitIn>());
        Assert.Equal(64, Unsafe.SizeOf<InitOut>());
        Assert.Equal(8, Unsafe.SizeOf<ForgetIn>());
        Assert.Equal(16, Unsafe.SizeOf<ForgetOne>());
        Assert.Equal(8, Unsafe.SizeOf<BatchForgetIn>());
        Assert.Equal(16, Unsafe.SizeOf<GetAttrIn>());
        Assert.Equal(88, Unsafe.SizeOf<SetAttrIn>());
        Assert.Equal(16, Unsafe.SizeOf<MkNodIn>());
        Assert.Equal(8, Unsafe.SizeOf<MkDirIn>());
        Assert.Equal(8, Unsafe.SizeOf<RenameIn>());
        Assert.Equal(16, Unsafe.SizeOf<Rename2In>());
        Assert.Equal(8, Unsafe.SizeOf<LinkIn>());
        Assert.Equal(8, Unsafe.SizeOf<OpenIn>());
        Assert.Equal(16, Unsafe.SizeOf<CreateIn>());
        Assert.Equal(24, Unsafe.SizeOf<ReleaseIn>());
        Assert.Equal(24, Unsafe.SizeOf<FlushIn>());
        Assert.Equal(40, Unsafe.SizeOf<ReadIn>());
        Assert.Equal(40, Unsafe.SizeOf<WriteIn>());
        Assert.Equal(16, Unsafe.SizeOf<FSyncIn>());
        Assert.Equal(16, Unsafe.SizeOf<SetXattrIn>());
        Assert.Equal(8, Unsafe.SizeOf<GetXattrIn>());
        Assert.Equal(48, Unsafe.SizeOf<LkIn>());
        Assert.Equal(8, Unsafe.SizeOf<AccessIn>());
        Assert.Equal(8, Unsafe.SizeOf<InterruptIn>());
        Assert.Equal(24, Unsafe.SizeOf<PollIn>());
        Assert.Equal(32, Unsafe.SizeOf<FAllocateIn>());
        Assert.Equal(24, Unsafe.SizeOf<LSeekIn>());
        Assert.Equal(56, Unsafe.SizeOf<CopyFileRangeIn>());
        Assert.Equal(8, Unsafe.SizeOf<ExtHeader>());
        Assert.Equal(8, Unsafe.SizeOf<NotifyPollWakeupOut>());
        Assert.Equal(24, Unsafe.SizeOf<NotifyInvalInodeOut>());
        Assert.Equal(16, Unsafe.SizeOf<NotifyInvalEntryOut>());
        Assert.Equal(24, Unsafe.SizeOf<NotifyDeleteOut>());
        Assert.Equal(16, Unsafe.SizeOf<BackingMap>());
        Assert.Equal(24, Unsafe.SizeOf<OpenHow>());
        Assert.Equal(56, Unsafe.SizeOf<MessageHeader>());
        Assert.Equal(8, Unsafe.SizeOf<PollDescriptor>());
        Assert.Equal(16, Unsafe.SizeOf<IoVector>());
    }
}
