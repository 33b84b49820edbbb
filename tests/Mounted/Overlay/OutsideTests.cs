using Xunit;

namespace StreamActors.Mounted.Overlay;

/// <summary>What happens in SOURCE behind the mount's back.</summary>
public sealed class OutsideTests
{
    [Fact]
    public async Task Source_ThatVanishes_GivesErrnosAndTheServerLives()
    {
        await using var mount = await Mount.Start("allow_other", source => Directory.CreateDirectory(Path.Combine(source, "d/e")));
        var place = new Place(mount.Source, mount.Root);
        await place.Python(
            """
            import shutil
            write('d/e/f', b'data'); f = open('d/e/f', 'rb'); os.stat('d/e/f')
            moved = s + '.moved'
            os.rename(s, moved); shutil.rmtree(moved)
            equal(f.read(), b'data')
            def gone(g):
                try: g()
                except OSError as e: assert e.errno in (errno.ENOENT, errno.ESTALE), e
            for g in (lambda: os.listdir('.'), lambda: os.stat('d/e/f'), lambda: write('new'), lambda: os.mkdir('x'), lambda: os.unlink('d/e/f'),
                      lambda: os.rename('d', 'y'), lambda: os.listdir('d/e'), lambda: os.chmod('d/e/f', 0o600), lambda: os.statvfs('d'), lambda: os.getxattr('d/e/f', 'user.a')):
                gone(g)
            fails(errno.ENOENT, os.stat, 'x')
            os.mkdir(s)
            """);
        Assert.False(mount.Server.HasExited);
    }

    [Fact]
    public async Task Renames_InSource_LeaveWhatIsOpenWorking()
    {
        await using var mount = await Mount.Start("allow_other");
        await new Place(mount.Source, mount.Root).Python(
            """
            os.makedirs('a/b'); write('a/b/f', b'1')
            f = os.open('a/b/f', os.O_RDWR); d = os.open('a/b', os.O_RDONLY)
            os.rename(s + '/a', s + '/z'); os.mkdir(s + '/a')
            os.fchmod(f, 0o600); os.write(f, b'22'); os.fstat(f); equal(read(s + '/z/b/f'), b'22'); equal(os.listdir(d), ['f'])
            until = time.time() + 10
            while os.path.exists('a/b') and time.time() < until: pass
            assert not os.path.exists('a/b'); equal(read('z/b/f'), b'22')
            os.rename(s + '/z/b/f', s + '/g'); os.ftruncate(f, 1); equal(os.stat('g').st_size, 1)
            """);
    }

    [Fact]
    public async Task Fifo_InPlaceOfAFile_IsNeverOpenedByTheServer()
    {
        await using var mount = await Mount.Start("allow_other");
        await new Place(mount.Source, mount.Root).Python(
            """
            write('f', b'1'); os.stat('f')
            os.unlink(s + '/f'); os.mkfifo(s + '/f')
            for i in range(3):
                try: os.close(os.open('f', os.O_RDONLY | os.O_NONBLOCK))
                except OSError as e: equal(e.errno, errno.ESTALE)
            os.mkfifo('p')
            if (pid := os.fork()) == 0:
                with open('p', 'wb') as f: f.write(b'through the pipe')
                os._exit(0)
            equal(read('p'), b'through the pipe'); os.waitpid(pid, 0)
            os.stat('f')
            """);
    }

    [Fact]
    public async Task FileSystem_MountedBelowSource_IsPassedThrough()
    {
        await using var mount = await Mount.Start("allow_other", source => Directory.CreateDirectory(Path.Combine(source, "below")));
        var below = Path.Combine(mount.Source, "below");
        _ = (await Shell.Run($"mount -t tmpfs none '{below}' && echo data > '{below}/f' && mkdir '{mount.Source}/twice' && mount --bind '{below}' '{mount.Source}/twice'")).Succeeded;
        try
        {
            await new Place(mount.Source, mount.Root).Python(
                """
                equal(read('below/f'), b'data\n'); write('below/g', b'1'); equal(read('twice/g'), b'1'); write('twice/g', b'22'); equal(read('below/g'), b'22')
                assert os.stat('below/f').st_ino < 1 << 63
                write('x'); fails(errno.EXDEV, os.rename, 'x', 'below/x'); fails(errno.EXDEV, os.link, 'x', 'below/x')
                equal(sorted(os.listdir('twice')), ['f', 'g']); fails(errno.EBUSY, os.rmdir, 'below')
                """);
        }
        finally
        {
            _ = (await Shell.Run($"umount -l '{mount.Source}/twice' && umount -l '{below}'")).Succeeded;
        }
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("off")]
    public async Task FileSystem_ThatIsFull_TakesWhatFits(string passthrough)
    {
        await using var mount = await Mount.Start($"fuse.passthrough={passthrough}", source => Directory.CreateDirectory(Path.Combine(source, "below")));
        var below = Path.Combine(mount.Source, "below");
        _ = (await Shell.Run($"mount -t tmpfs -o size=2m none '{below}'")).Succeeded;
        try
        {
            await new Place(mount.Source, mount.Root).Python(
                """
                data = os.urandom(3_000_000)
                f = os.open('below/f', os.O_WRONLY | os.O_CREAT)
                taken = os.write(f, data); assert 1 << 20 < taken <= 2 << 20, taken
                fails(errno.ENOSPC, os.write, f, data); equal(read(s + '/below/f'), data[:taken])
                os.ftruncate(f, 0); equal(os.pwrite(f, data[:9], 0), 9); equal(read('below/f'), data[:9])
                """);
        }
        finally
        {
            _ = (await Shell.Run($"umount -l '{below}'")).Succeeded;
        }
    }

    [Fact]
    public async Task FileSystem_MountedBelowSource_CanBeUnmountedAgain()
    {
        await using var mount = await Mount.Start("allow_other", source => Directory.CreateDirectory(Path.Combine(source, "below")));
        var below = Path.Combine(mount.Source, "below");
        _ = (await Shell.Run($"mount -t tmpfs none '{below}' && mkdir -p '{below}/a/b' && echo data > '{below}/a/b/f'")).Succeeded;
        try
        {
            await new Place(mount.Source, mount.Root).Python("equal(read('below/a/b/f'), b'data\\n'); equal(os.listdir('below/a'), ['b'])");
            // Its directories are let go of a while after their last use.
            while ((await Shell.Run($"umount '{below}'")).Exit != 0)
                await Task.Yield();
            await new Place(mount.Source, mount.Root).Python("fails(errno.ENOENT, os.stat, 'below/a/b/f'); equal(os.listdir('below'), [])");
        }
        finally
        {
            await Shell.Run($"umount -l '{below}'");
        }
    }

    [Fact]
    public async Task ReadOnlyMount_RefusesEveryChange()
    {
        await using var mount = await Mount.Start("ro,allow_other", source => File.WriteAllText(Path.Combine(source, "f"), "1"));
        await new Place(mount.Source, mount.Root).Python(
            """
            equal(read('f'), b'1')
            for g in (lambda: write('f'), lambda: os.mkdir('d'), lambda: os.unlink('f'), lambda: os.chmod('f', 0o600), lambda: os.rename('f', 'g'),
                      lambda: os.symlink('x', 'y'), lambda: os.link('f', 'g'), lambda: os.setxattr('f', 'user.a', b''), lambda: os.truncate('f', 0), lambda: os.utime('f')):
                fails(errno.EROFS, g)
            """);
    }

    [Fact]
    public async Task OwnersAndUmaskOfTheMount_AreShownEverywhere()
    {
        await using var mount = await Mount.Start("allow_other,uid=1001,gid=1002,umask=027", source => File.WriteAllText(Path.Combine(source, "f"), "1"));
        await new Place(mount.Source, mount.Root).Python(
            """
            st = os.stat('f'); equal((st.st_uid, st.st_gid, stat.S_IMODE(st.st_mode)), (1001, 1002, 0o750)); equal(os.stat(s + '/f').st_uid, 0)
            by(1001, 1, lambda: write('f', b'by its owner')); by(1009, 1009, lambda: fails(errno.EACCES, read, 'f'))
            """);
    }

    [Fact]
    public async Task DescriptorsOfTheServer_StayBoundedInAWideTree()
    {
        await using var mount = await Mount.Start("allow_other");
        var place = new Place(mount.Source, mount.Root);
        await place.Sh("for i in $(seq 2500); do mkdir d$i; : > d$i/f; done");
        await place.Sh("find . -type f -exec cat {} + && find . -name f -size +1k && ls -lR > /dev/null");
        Assert.InRange(Directory.GetFiles($"/proc/{mount.Server.Id}/fd").Length, 1, 1024 + 200);
    }
}
