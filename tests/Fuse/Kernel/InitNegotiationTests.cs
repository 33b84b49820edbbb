using System.Runtime.InteropServices;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Tests.Golden;
using Xunit;

namespace StreamActors.Fuse.Tests.Kernel;

public sealed class InitNegotiationTests
{
    private static readonly FuseConnectionOptions Options = new();

    [Fact]
    public void Init_OfLinux618_IsAnsweredToTheByte()
    {
        // What 6.18 offers: every flag but the reserved one.
        var answer = Answer(Init(7, 45, 131072, 0x7FFFFFFF, 0x7FF), Options with { MaxBackground = 64, CongestionThreshold = 48 }, true);
        Assert.Equal(
            Convert.ToHexString(new ByteWriter()
                .U32(7, 45, 131072, 0x70E4742B)
                .U16(64, 48)
                .U32(1 << 20, 1)
                .U16(256, 0)
                .U32(1u << 2 | 1u << 3 | 1u << 4 | 1u << 5, 1)
                .Zero(24)
                .ToArray()),
            Convert.ToHexString(Bytes(answer.Out)));
        Assert.True(answer.Features!.Passthrough);
        Assert.Equal((45, 1 << 20, 256), (answer.Features.Minor, answer.Features.MaxWrite, answer.Features.MaxPages));
    }

    [Fact]
    public void Init_WithoutPrivilege_DoesNotAskForPassthrough()
    {
        var answer = Answer(Init(7, 45, 131072, uint.MaxValue, uint.MaxValue), Options, false);
        Assert.False(answer.Features!.Passthrough);
        Assert.Equal(0u, answer.Out.MaxStackDepth);
        Assert.False(Answer(Init(7, 45, 131072, uint.MaxValue, uint.MaxValue), Options with { Passthrough = false }, true).Features!.Passthrough);
        Assert.Equal(2u, Answer(Init(7, 45, 131072, uint.MaxValue, uint.MaxValue), Options with { MaxStackDepth = 2 }, true).Out.MaxStackDepth);
    }

    [Fact]
    public void Init_NeverAsksForTheWritebackCacheOrSplicing()
    {
        var flags = Answer(Init(7, 45, 131072, uint.MaxValue, uint.MaxValue), Options with { PosixAcl = true }, true).Features!.Flags;
        Assert.Equal(InitFlags.None, flags & (InitFlags.WritebackCache | InitFlags.SpliceRead | InitFlags.SpliceWrite | InitFlags.SpliceMove
            | InitFlags.NoOpenSupport | InitFlags.NoOpendirSupport | InitFlags.SecurityCtx | InitFlags.ExplicitInvalData));
        Assert.Equal(InitFlags.PosixAcl | InitFlags.DontMask, flags & (InitFlags.PosixAcl | InitFlags.DontMask));
    }

    [Fact]
    public void Init_OfAnOldKernel_IsAnsweredInItsVersionWithWhatItHas()
    {
        var answer = Answer(new ByteWriter().U32(7, 31, 131072, 0x1FFFFFF).ToArray(), Options, true);
        Assert.Equal((31, 31u), (answer.Features!.Minor, answer.Out.Minor));
        Assert.False(answer.Features.Passthrough);
        Assert.Equal(0u, answer.Out.Flags2);
        Assert.Equal(InitFlags.None, answer.Features.Flags & (InitFlags.InitExt | InitFlags.HandleKillprivV2 | InitFlags.SetxattrExt));
    }

    [Fact]
    public void Init_WithUpperFlagsButWithoutInitExt_IgnoresThem() =>
        Assert.False(Answer(Init(7, 45, 131072, 0, uint.MaxValue), Options, true).Features!.Passthrough);

    [Fact]
    public void Init_OfANewerMinor_IsAnsweredInOurs() =>
        Assert.Equal(45u, Answer(Init(7, 99, 131072, uint.MaxValue, uint.MaxValue), Options, true).Out.Minor);

    [Fact]
    public void Init_OfANewerMajor_IsToldOurs()
    {
        var answer = Answer(Init(8, 0, 131072, uint.MaxValue, uint.MaxValue), Options, true);
        Assert.Equal((7u, (FuseFeatures?)null, (string?)null), (answer.Out.Major, answer.Features, answer.Error));
    }

    [Theory]
    [InlineData(7u, 30u)]
    [InlineData(6u, 99u)]
    public void Init_TooOld_IsRefusedWithTheReason(uint major, uint minor) =>
        Assert.Equal(
            $"it speaks FUSE {major}.{minor}, and 7.31 (Linux 5.4) is the oldest that is served",
            Answer(Init(major, minor, 131072, uint.MaxValue, uint.MaxValue), Options, true).Error);

    [Fact]
    public void Init_Truncated_IsRefused()
    {
        for (var length = 0; length < 16; length++)
            Assert.Equal("its INIT is truncated", Answer(Init(7, 45, 0, 0, 0)[..length], Options, true).Error);
    }

    [Fact]
    public void Init_WithSmallWrites_AgreesOnThem()
    {
        var answer = Answer(Init(7, 45, 4096, uint.MaxValue, uint.MaxValue), Options with { MaxWrite = 65536 }, true);
        Assert.Equal((65536u, (ushort)16, 4096u), (answer.Out.MaxWrite, answer.Out.MaxPages, answer.Out.MaxReadahead));
    }

    private static InitAnswer Answer(byte[] body, FuseConnectionOptions options, bool root) => InitNegotiation.Answer(body, options, root);

    private static byte[] Init(uint major, uint minor, uint readahead, uint flags, uint flags2) =>
        new ByteWriter().U32(major, minor, readahead, flags, flags2).Zero(44).ToArray();

    private static byte[] Bytes(InitOut value) => MemoryMarshal.AsBytes(new ReadOnlySpan<InitOut>(in value)).ToArray();
}
