using Xunit;

namespace StreamActors.Mounted.Overlay;

/// <summary>One mount for the tests of a class, open to all users.</summary>
public class MountedOverlay : IAsyncLifetime
{
    private Mount? _mount;
    private int _places;

    /// <summary>Values of <c>-o</c> besides those that every such mount has.</summary>
    protected virtual string Options => "fuse.passthrough=auto";

    internal Mount Mount => _mount ?? throw new InvalidOperationException("the mount has not started");

    public async ValueTask InitializeAsync() => _mount = await Mount.Start($"allow_other,entry_timeout=1s,attr_timeout=1s,{Options}");

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_mount is not null)
            await _mount.DisposeAsync();
    }

    /// <summary>A fresh directory in SOURCE, seen through the mount too.</summary>
    internal Place NewPlace()
    {
        var name = $"p{Interlocked.Increment(ref _places)}";
        Directory.CreateDirectory(Path.Combine(Mount.Source, name));
        return new Place(Path.Combine(Mount.Source, name), Path.Combine(Mount.Root, name));
    }
}

/// <summary>A mount whose files go through the server and the page cache of the mount.</summary>
public sealed class MountedWithoutPassthrough : MountedOverlay
{
    /// <inheritdoc/>
    protected override string Options => "fuse.passthrough=off";
}

/// <summary>A directory of one test: in SOURCE, and through the mount. Commands run in the mounted one.</summary>
internal sealed record Place(string Source, string Mounted)
{
    private const string Prelude =
        """
        import ctypes, errno, fcntl, mmap, os, signal, socket, stat, struct, subprocess, sys, time, traceback
        m, s = sys.argv[1], sys.argv[2]
        os.chdir(m)
        libc = ctypes.CDLL(None, use_errno=True)
        def call(name, *args):
            function = getattr(libc, name)
            result = function(*args)
            if result < 0:
                raise OSError(ctypes.get_errno(), name)
            return result
        def link(descriptor, name):
            call('linkat', -100, f'/proc/self/fd/{descriptor}'.encode(), -100, name.encode(), 0x400)
        def fails(code, f, *args, **named):
            try:
                result = f(*args, **named)
            except OSError as e:
                assert e.errno == code, f'{errno.errorcode[e.errno]}, not {errno.errorcode[code]}'
                return
            raise AssertionError(f'{result!r}, not {errno.errorcode[code]}')
        def equal(a, b):
            assert a == b, f'{a!r} != {b!r}'
        def write(path, data=b''):
            with open(path, 'wb') as f:
                f.write(data)
        def read(path):
            with open(path, 'rb') as f:
                return f.read()
        def mode(path):
            return stat.S_IMODE(os.lstat(path).st_mode)
        def by(uid, gid, f, groups=()):
            pid = os.fork()
            if pid == 0:
                code = 1
                try:
                    os.setgroups(list(groups)); os.setgid(gid); os.setuid(uid)
                    f()
                    code = 0
                except BaseException:
                    traceback.print_exc()
                finally:
                    sys.stderr.flush()
                    os._exit(code)
            assert os.waitpid(pid, 0)[1] == 0, f'as user {uid}'

        """;

    /// <summary>Runs Python with helpers: <c>m</c> and <c>s</c> are the mounted directory and the one in SOURCE; fails where it raises.</summary>
    public async Task Python(string script) => _ = (await Shell.Python(Prelude + script, Mounted, Source)).Succeeded;

    /// <summary>Runs a command line of <c>sh</c> in the mounted directory; fails where that does.</summary>
    /// <returns>Its output.</returns>
    public async Task<string> Sh(string script) => (await Shell.Run($"set -e\n{script}", Mounted)).Succeeded;
}

/// <summary>A test on a mount that it shares with the others of its class.</summary>
public abstract class OverlayTest(MountedOverlay overlay)
{
    private protected Place Place { get; } = overlay.NewPlace();

    private protected Mount Mount => overlay.Mount;

    private protected Task Python(string script) => Place.Python(script);

    private protected Task<string> Sh(string script) => Place.Sh(script);
}
