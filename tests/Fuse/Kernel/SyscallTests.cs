using System.Runtime.InteropServices;
using System.Text;
using StreamActors.Fuse.Kernel;
using Xunit;

namespace StreamActors.Fuse.Tests.Kernel;

public sealed class SyscallTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("streamactors-syscall-").FullName;
    private readonly FileDescriptor _directory;

    public SyscallTests() => _directory = Open(_path, Linux.O_RDONLY | Linux.O_DIRECTORY);

    public void Dispose()
    {
        _directory.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    [Fact]
    public void Names_MadeRenamedRemoved_AreWhatStatxTells()
    {
        Assert.Equal(Errno.None, Syscall.MkDirAt(_directory, "d"u8, 0x1C0));
        Assert.Equal(Errno.None, Syscall.MkNodAt(_directory, "fifo"u8, Linux.S_IFIFO | 0x180, 0));
        Assert.Equal(Errno.None, Syscall.SymlinkAt("over there"u8, _directory, "link"u8));
        Assert.Equal(Errno.None, Syscall.RenameAt2(_directory, "fifo"u8, _directory, "pipe"u8, Linux.RENAME_NOREPLACE));
        Assert.Equal(Errno.None, Syscall.LinkAt(_directory, "pipe"u8, _directory, "d/pipe"u8, 0));

        Assert.True(Stat("d").IsDirectory);
        Assert.Equal(Linux.S_IFIFO, Stat("pipe").Type);
        Assert.Equal(2u, Stat("pipe").Links);
        Assert.Equal(Stat("pipe").Inode, Stat("d/pipe").Inode);
        Assert.True(Stat("link").IsSymlink);
        var target = new byte[100];
        Assert.Equal(Errno.None, Syscall.ReadLinkAt(_directory, "link"u8, target, out var length));
        Assert.Equal("over there", Encoding.UTF8.GetString(target, 0, length));

        Assert.Equal(Errno.EISDIR, Syscall.UnlinkAt(_directory, "d"u8, 0));
        Assert.Equal(Errno.ENOTEMPTY, Syscall.UnlinkAt(_directory, "d"u8, Linux.AT_REMOVEDIR));
        Assert.Equal(Errno.ENOENT, Syscall.UnlinkAt(_directory, "nothing"u8, 0));
    }

    [Fact]
    public void Names_WithNulOrTooLong_AreRefusedBeforeTheKernel()
    {
        Assert.Equal(Errno.EINVAL, Syscall.MkDirAt(_directory, "a\0b"u8, 0x1FF));
        Assert.Equal(Errno.ENAMETOOLONG, Syscall.MkDirAt(_directory, Encoding.ASCII.GetBytes(new string('a', 4096)), 0x1FF));
        Assert.Equal(Errno.ENAMETOOLONG, Syscall.MkDirAt(_directory, Encoding.ASCII.GetBytes(new string('a', 256)), 0x1FF));
        Assert.Equal(Errno.ENAMETOOLONG, Syscall.MkDirAt(_directory, Encoding.ASCII.GetBytes(new string('a', 600)), 0x1FF));
        Assert.Equal(Errno.None, Syscall.MkDirAt(_directory, Encoding.ASCII.GetBytes(new string('a', 255)), 0x1FF));
    }

    [Fact]
    public void Data_WrittenAllocatedCopied_ReadsBack()
    {
        Assert.Equal(Errno.None, Syscall.OpenAt(_directory, "f"u8, Linux.O_RDWR | Linux.O_CREAT, 0x1A4, out var opened));
        using var file = opened!;
        Assert.Equal(Errno.None, Syscall.PWrite(file, "hello"u8, 3, out var written));
        Assert.Equal(5, written);
        Assert.Equal(Errno.None, Syscall.WriteV(file, "ab"u8, "c"u8, default));
        Assert.Equal(Errno.None, Syscall.CopyFileRange(file, 3, file, 100, 5, 0, out var copied));
        Assert.Equal(5, copied);
        Assert.Equal(Errno.None, Syscall.FAllocate(file, 0, 0, 4096));
        Assert.Equal(Errno.None, Syscall.LSeek(file, 0, Linux.SEEK_END, out var end));
        Assert.Equal(4096, end);
        Assert.Equal(Errno.None, Syscall.FTruncate(file, 105));
        var buffer = new byte[200];
        Assert.Equal(Errno.None, Syscall.PRead(file, buffer, 0, out var count));
        Assert.Equal(105, count);
        Assert.Equal("abchello", Encoding.ASCII.GetString(buffer, 0, 8));
        Assert.Equal("hello", Encoding.ASCII.GetString(buffer, 100, 5));
        Assert.Equal(Errno.None, Syscall.FSync(file));
        Assert.Equal(Errno.None, Syscall.FDataSync(file));
    }

    [Fact]
    public void Attributes_Changed_AreWhatStatxTells()
    {
        using var file = Create("f");
        using var reference = Open($"{_path}/f", Linux.O_PATH);
        Assert.Equal(Errno.None, Syscall.FChModAt2(reference, default, 0x180, Linux.AT_EMPTY_PATH));
        Assert.Equal(Errno.None, Syscall.UTimeNsAt(reference, default, new Timespec(5, 7), new Timespec(0, Timespec.Omit), Linux.AT_EMPTY_PATH));
        Assert.Equal(Errno.None, Syscall.FUTimeNs(file, new Timespec(0, Timespec.Omit), new Timespec(-9, 11)));
        Assert.Equal(Errno.None, Syscall.FChOwnAt(reference, default, uint.MaxValue, uint.MaxValue, Linux.AT_EMPTY_PATH));
        Assert.Equal(Errno.None, Syscall.Statx(reference, out var stat));
        Assert.Equal(Linux.S_IFREG | 0x180, stat.Mode);
        Assert.Equal((5L, 7u), (stat.AccessTime.Seconds, stat.AccessTime.Nanoseconds));
        Assert.Equal((-9L, 11u), (stat.ModifyTime.Seconds, stat.ModifyTime.Nanoseconds));
        Assert.Equal(stat.Inode, stat.ToAttr().Ino);
    }

    [Fact]
    public void Xattrs_ByFileAndByProcPath_AreTheSame()
    {
        using var file = Create("f");
        using var reference = Open($"{_path}/f", Linux.O_PATH);
        var error = Syscall.FSetXattr(file, "user.note"u8, "x"u8, Linux.XATTR_CREATE);
        Assert.SkipWhen(error == Errno.EOPNOTSUPP, "the file system has no user attributes");
        Assert.Equal(Errno.None, error);
        var path = Syscall.ProcPath(reference, stackalloc byte[Syscall.ProcPathSize]);
        Assert.Equal(Errno.EEXIST, Syscall.SetXattr(path, "user.note"u8, "y"u8, Linux.XATTR_CREATE, follow: true));
        Assert.Equal(Errno.None, Syscall.SetXattr(path, "user.note"u8, "long"u8, 0, follow: true));
        Assert.Equal(Errno.None, Syscall.GetXattr(path, "user.note"u8, default, follow: true, out var size));
        Assert.Equal(4, size);
        Assert.Equal(Errno.ERANGE, Syscall.FGetXattr(file, "user.note"u8, new byte[2], out _));
        var list = new byte[100];
        Assert.Equal(Errno.None, Syscall.ListXattr(path, list, follow: true, out size));
        Assert.Contains("user.note\0", Encoding.ASCII.GetString(list, 0, size), StringComparison.Ordinal);
        Assert.Equal(Errno.None, Syscall.RemoveXattr(path, "user.note"u8, follow: true));
        Assert.Equal(Errno.ENODATA, Syscall.FGetXattr(file, "user.note"u8, default, out _));
    }

    [Fact]
    public void Locks_OfTwoOpenFiles_Conflict()
    {
        using var first = Create("f");
        using var second = Create("f");
        Assert.Equal(Errno.None, Syscall.SetLock(first, new FileLock { Type = Linux.F_WRLCK, Length = 10 }));
        Assert.Equal(Errno.EAGAIN, Syscall.SetLock(second, new FileLock { Type = Linux.F_RDLCK, Start = 9, Length = 1 }));
        var range = new FileLock { Type = Linux.F_RDLCK, Start = 9, Length = 1 };
        Assert.Equal(Errno.None, Syscall.GetLock(second, ref range));
        Assert.Equal((Linux.F_WRLCK, 0L, 10L), (range.Type, range.Start, range.Length));
        Assert.Equal(Errno.None, Syscall.FLock(first, Linux.LOCK_EX));
        Assert.Equal(Errno.EAGAIN, Syscall.FLock(second, Linux.LOCK_EX | Linux.LOCK_NB));
    }

    [Fact]
    public void DirectoryEntries_OfADirectory_AreAllOfThem()
    {
        for (var i = 0; i < 50; i++)
            Create($"file{i}").Dispose();
        var names = new List<string>();
        var buffer = new byte[512];
        while (true)
        {
            Assert.Equal(Errno.None, Syscall.GetDents(_directory, buffer, out var length));
            if (length == 0)
                break;
            var entries = new DirectoryEntries(buffer.AsSpan(0, length));
            while (entries.MoveNext())
                names.Add(Encoding.ASCII.GetString(entries.Name));
        }
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"file{i}").Append(".").Append("..").Order(), names.Order());
    }

    [Fact]
    public void FileDescriptor_DisposedWhileAcquired_StaysOpenUntilReturned()
    {
        var file = Create("f");
        Assert.True(file.TryAcquire());
        var number = file.Number;
        file.Dispose();
        Assert.True(File.Exists($"/proc/self/fd/{number}"));
        file.Return();
        Assert.False(file.TryAcquire());
        Assert.Throws<ObjectDisposedException>(() => Syscall.FSync(file));
    }

    [Fact]
    public void OpenAt2_Beneath_RefusesToLeave() =>
        Assert.Equal(Errno.EXDEV, Syscall.OpenAt2(_directory, "../"u8, Linux.O_PATH, 0, Linux.RESOLVE_BENEATH, out _));

    [Fact]
    public void ThreadIdentity_Changed_IsThatThreadsAlone()
    {
        var masks = new uint[2];
        var thread = new Thread(() =>
        {
            Assert.Equal(Errno.None, Syscall.UnshareFs());
            Syscall.Umask(0x3F);
            masks[0] = Syscall.Umask(0x3F);
        });
        thread.Start();
        thread.Join();
        masks[1] = Syscall.Umask(0x12);
        Syscall.Umask(masks[1]);
        Assert.Equal(0x3Fu, masks[0]);
        Assert.NotEqual(0x3Fu, masks[1]);
        Assert.Equal(Errno.None, Syscall.GetCapabilities(out var capabilities));
        Assert.Equal(Errno.None, Syscall.SetCapabilities(capabilities));
    }

    [Theory]
    [InlineData(8u, 1u, 0x801ul)]
    [InlineData(259u, 300u, (259ul << 8) | ((300ul & ~0xFFul) << 12) | (300 & 0xFF))]
    public void DeviceNumber_EncodedAndBack_IsTheCLibrarys(uint major, uint minor, ulong expected) =>
        Assert.Equal(expected, DeviceNumber.ToDevT(DeviceNumber.Encode(major, minor)));

    [Fact]
    public void Structs_AreAsLongAsTheKernels()
    {
        Assert.Equal(256, Marshal.SizeOf<Statx>());
        Assert.Equal(120, Marshal.SizeOf<StatFs>());
        Assert.Equal(32, Marshal.SizeOf<FileLock>());
        Assert.Equal(16, Marshal.SizeOf<Timespec>());
    }

    private static FileDescriptor Open(string path, int flags)
    {
        Assert.Equal(Errno.None, Syscall.Open(path, flags, out var file));
        return file!;
    }

    private FileDescriptor Create(string name)
    {
        Assert.Equal(Errno.None, Syscall.OpenAt(_directory, Encoding.UTF8.GetBytes(name), Linux.O_RDWR | Linux.O_CREAT, 0x1A4, out var file));
        return file!;
    }

    private Statx Stat(string name)
    {
        Assert.Equal(Errno.None, Syscall.Statx(_directory, Encoding.UTF8.GetBytes(name), Linux.AT_SYMLINK_NOFOLLOW, Linux.STATX_BASIC_STATS, out var stat));
        return stat;
    }
}
