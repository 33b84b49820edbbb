using StreamActors.Fuse.Kernel;
using Xunit;

namespace StreamActors.Fuse.Tests.Mounting;

[Trait("category", "mount")]
public sealed class MountpointTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("streamactors-mountpoint-").FullName;
    private readonly string _path;
    private readonly string _source;

    public MountpointTests()
    {
        Assert.SkipUnless(File.Exists(FuseDevice.Path), "/dev/fuse is missing");
        _path = Directory.CreateDirectory($"{_root}/mnt").FullName;
        _source = Directory.CreateDirectory($"{_root}/src").FullName;
    }

    public void Dispose()
    {
        while (MountTable.Find(_path) is not null)
            FuseMount.Unmount(_path, lazy: true);
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public void Mount_Missing_SaysSo() =>
        Assert.Equal($"mountpoint {_root}/none does not exist", Refused($"{_root}/none"));

    [Fact]
    public void Mount_OnAFile_SaysSo()
    {
        File.WriteAllText($"{_root}/file", "");
        Assert.Equal($"mountpoint {_root}/file is not a directory", Refused($"{_root}/file"));
    }

    [Fact]
    public void Mount_NotEmpty_IsRefusedUnlessAskedFor()
    {
        File.WriteAllText($"{_path}/file", "");
        Assert.Equal($"mountpoint {_path} is not empty (mount over it with -o nonempty)", Refused(_path));
        FuseMount.Mount(new FuseMountOptions { Mountpoint = _path, NonEmpty = true }).Descriptor.Dispose();
    }

    [Fact]
    public void Mount_OnItsSource_IsRefusedByWhateverName()
    {
        Assert.Equal($"mountpoint {_source} is the source itself: the server would wait for itself", Refused(_source, _source));
        Directory.CreateSymbolicLink($"{_root}/link", _source);
        Assert.Equal($"mountpoint {_root}/link is the source itself: the server would wait for itself", Refused($"{_root}/link", _source));
    }

    [Fact]
    public void Mount_InsideItsSource_IsRefused()
    {
        Directory.CreateDirectory($"{_source}/a/b");
        Assert.Equal($"mountpoint {_source}/a/b is inside the source {_source}: the server would wait for itself", Refused($"{_source}/a/b", _source));
        Directory.CreateDirectory($"{_source}2");
        FuseMount.Mount(new FuseMountOptions { Mountpoint = _path, Sources = [$"{_source}2"] }).Descriptor.Dispose();
    }

    [Fact]
    public void Mount_SourceInsideIt_IsRefused()
    {
        Directory.CreateDirectory($"{_path}/in");
        Assert.Equal($"source {_path}/in is inside the mountpoint {_path}: the server would wait for itself", Refused(_path, $"{_path}/in"));
    }

    [Fact]
    public void Mount_MountedAlready_IsRefusedWithoutAskingItsServer()
    {
        // Nobody serves this one: whoever asked it would hang.
        using var silent = FuseMount.Mount(new FuseMountOptions { Mountpoint = _path, FileSystemName = "other" }).Descriptor;
        Assert.Equal($"{_path} is mounted already ({FuseMount.Type}, other)", Refused(_path));
    }

    [Fact]
    public void Mount_StaleMountThere_ClearsIt()
    {
        FuseMount.Mount(new FuseMountOptions { Mountpoint = _path, FileSystemName = "dead" }).Descriptor.Dispose();
        Assert.Equal("dead", MountTable.Find(_path)?.Source);
        Assert.Equal(Errno.ENOTCONN, Syscall.StatFs(System.Text.Encoding.UTF8.GetBytes(_path), out _));
        FuseMount.Mount(new FuseMountOptions { Mountpoint = _path, FileSystemName = "next" }).Descriptor.Dispose();
        Assert.Single(File.ReadLines("/proc/self/mountinfo"), line => line.Contains(_path, StringComparison.Ordinal));
        Assert.Equal("next", MountTable.Find(_path)?.Source);
    }

    [Fact]
    public void Unmount_OfSomethingElse_IsRefused()
    {
        Assert.Equal($"{_path} is not a StreamActors mount", Assert.Throws<MountException>(() => FuseMount.Unmount(_path)).Message);
        Assert.Equal("/proc is not a StreamActors mount, but one of proc", Assert.Throws<MountException>(() => FuseMount.Unmount("/proc")).Message);
    }

    [Fact]
    public void Unmount_Stale_Works()
    {
        FuseMount.Mount(new FuseMountOptions { Mountpoint = _path }).Descriptor.Dispose();
        FuseMount.Unmount(_path);
        Assert.Null(MountTable.Find(_path));
    }

    [Theory]
    [InlineData("36 35 0:34 / /a\\040b\\134c rw,noatime shared:1 - fuse.x some\\040thing rw", "/a b\\c", "fuse.x", "some thing", true)]
    [InlineData("1 1 8:1 / /é rw - ext4 /dev/sda1 rw", "/é", "ext4", "/dev/sda1", false)]
    public void MountTable_ALine_IsUnescaped(string line, string mountpoint, string type, string source, bool fuse)
    {
        var entry = MountTable.TryParse(line)!;
        Assert.Equal((mountpoint, type, source, fuse), (entry.Mountpoint, entry.Type, entry.Source, entry.IsFuse));
    }

    [Theory]
    [InlineData("")]
    [InlineData("36 35 0:34 / /a rw")]
    [InlineData("36 35 34 / /a rw - fuse x rw")]
    public void MountTable_AnotherLine_IsSkipped(string line) => Assert.Null(MountTable.TryParse(line));

    private static string Refused(string mountpoint, string? source = null) =>
        Assert.Throws<MountException>(() => FuseMount.Mount(new FuseMountOptions { Mountpoint = mountpoint, Sources = source is null ? [] : [source] })).Message;
}
