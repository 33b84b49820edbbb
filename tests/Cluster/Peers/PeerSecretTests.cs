using StreamActors.Peers;

namespace StreamActors.Cluster.Tests.Peers;

public sealed class PeerSecretTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _directory = Directory.CreateTempSubdirectory("streamactors-secret-").FullName;

    [Fact]
    public void Read_FileOfItsOwnerAlone_IsTheSecretWithoutLineEnd()
    {
        var read = PeerSecret.Read(Write("0123456789abcdef\n", OwnerOnly));
        Assert.Equal(new PeerSecret("0123456789abcdef").Sign([1]), read.Sign([1]));
        Assert.NotEqual(new PeerSecret("0123456789abcdeg").Sign([1]), read.Sign([1]));
        Assert.DoesNotContain("0123", read.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void Read_FileThatOthersMayRead_IsRefused(UnixFileMode more)
    {
        var refused = Assert.Throws<IOException>(() => PeerSecret.Read(Write("0123456789abcdef", OwnerOnly | more)));
        Assert.Contains("expected mode 0600", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("0123456789abcde\n\n\n", "16 to 4096 bytes")]
    public void Read_TooShort_IsRefusedWithoutBeingTold(string text, string message)
    {
        var refused = Assert.Throws<IOException>(() => PeerSecret.Read(Write(text, OwnerOnly)));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("0123", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Missing_IsToldWithItsPath() =>
        Assert.Contains("/none", Assert.ThrowsAny<IOException>(() => PeerSecret.Read(Path.Combine(_directory, "none"))).Message, StringComparison.Ordinal);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string Write(string text, UnixFileMode mode)
    {
        var path = Path.Combine(_directory, "secret");
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, mode);
        return path;
    }
}
