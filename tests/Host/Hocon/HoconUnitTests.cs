using StreamActors.Hocon;
using Xunit;

namespace StreamActors.Host.Tests.Hocon;

public sealed class HoconUnitTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("100ns", 1)]
    [InlineData("1us", 10)]
    [InlineData("1 ms", 10_000)]
    [InlineData("1s", 10_000_000)]
    [InlineData("1.5s", 15_000_000)]
    [InlineData("2 minutes", 1_200_000_000)]
    [InlineData("1h", 36_000_000_000)]
    [InlineData("1d", 864_000_000_000)]
    [InlineData("-1s", -10_000_000)]
    [InlineData(" 3 seconds ", 30_000_000)]
    public void Duration_WithAUnit_IsRead(string text, long ticks)
    {
        Assert.True(HoconDuration.TryParse(text, out var duration));
        Assert.Equal(ticks, duration.Ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("s")]
    [InlineData("1 x")]
    [InlineData("1S")]
    [InlineData("1,5s")]
    [InlineData("1e3s")]
    [InlineData("99999999999d")]
    [InlineData("1 s s")]
    [InlineData("infinite")]
    public void Duration_ThatIsNone_IsRefused(string text) => Assert.False(HoconDuration.TryParse(text, out _));

    [Theory]
    [InlineData("512", 512)]
    [InlineData("0.5KiB", 512)]
    [InlineData("1kB", 1000)]
    [InlineData("1K", 1024)]
    [InlineData("64MiB", 64L << 20)]
    [InlineData("64 M", 64L << 20)]
    [InlineData("2MB", 2_000_000)]
    [InlineData("1 gibibyte", 1L << 30)]
    [InlineData("3T", 3L << 40)]
    [InlineData("7 bytes", 7)]
    [InlineData("-1", -1)]
    public void Size_WithOrWithoutUnit_IsRead(string text, long bytes)
    {
        Assert.True(HoconSize.TryParse(text, out var size));
        Assert.Equal(bytes, size);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MiB")]
    [InlineData("1.5")]
    [InlineData("1 mib")]
    [InlineData("0x10")]
    [InlineData("99999999T")]
    [InlineData("1/2")]
    public void Size_ThatIsNone_IsRefused(string text) => Assert.False(HoconSize.TryParse(text, out _));
}
