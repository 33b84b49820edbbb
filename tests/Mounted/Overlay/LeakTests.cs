using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Fuse;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Overlay;
using StreamActors.Fuse.Tree;
using StreamActors.Messages.Simulated;
using Xunit;

namespace StreamActors.Mounted.Overlay;

/// <summary>Alone in the process, whose memory and descriptors it counts.</summary>
[CollectionDefinition(nameof(LeakTests), DisableParallelization = true)]
public sealed class LeakCollection;

/// <summary>What the server holds for what the kernel knows goes when the kernel forgets it. Mounted in the test's own process, to see inside.</summary>
[Collection(nameof(LeakTests))]
public sealed class LeakTests
{
    /// <summary>Bytes that the heap may grow by: pools and compiled code, much less than a byte for each operation.</summary>
    private const long Tolerance = 2 << 20;

    [Fact]
    public async Task HundredThousandLookupsOpensAndForgets_LeaveNothingBehind()
    {
        var home = Directory.CreateTempSubdirectory("streamactors-test-");
        var (source, root) = (home.CreateSubdirectory("source").FullName, home.CreateSubdirectory("mnt").FullName);
        Assert.Equal(Errno.None, OverlayVolume.Open(source, new NoStreams(), new OverlayOptions { MaxDirectories = 64 }, out var volume));
        var tree = new FuseTree(volume!.Root, new TreeOptions(TimeSpan.Zero, TimeSpan.Zero));
        var options = new FuseSessionOptions { Mount = new FuseMountOptions { Mountpoint = root, Sources = [source] } };
        await using (var session = FuseSession.Start(tree, options, NullLogger.Instance))
        {
            await session.Mounted;
            var place = new Place(source, root);
            await Use(place, files: 200);
            await Forgotten(place, tree);
            var before = Held(volume, tree);

            await Use(place, files: 2000);
            await Forgotten(place, tree);
            var after = Held(volume, tree);

            Assert.Equal(before.Counts, after.Counts);
            // Fewer, where the process gave back what earlier tests had open.
            Assert.InRange(after.Descriptors, 0, before.Descriptors);
            Assert.InRange(after.Memory, 0, before.Memory + Tolerance);
        }
        volume.Dispose();
        home.Delete(recursive: true);
    }

    /// <summary>For each file in 20 directories: 50 look-ups, opens and closes, locks, and an unlink while it is open.</summary>
    private static Task Use(Place place, int files) => place.Python(
        $"""
        for d in range(20): os.mkdir(f'd{"{d}"}')
        names = [f'd{"{i % 20}"}/{"{i}"}' for i in range({files})]
        for name in names: write(name, b'1')
        for turn in range(45):
            for name in names: os.stat(name)
        for name in names:
            for turn in range(5): os.close(os.open(name, os.O_RDONLY))
            os.listdir(os.path.dirname(name)) if name.endswith('7') else None
            f = os.open(name, os.O_RDWR); fcntl.lockf(f, fcntl.LOCK_EX); fcntl.flock(f, fcntl.LOCK_SH); os.link(name, name + 'l'); os.unlink(name); os.rename(name + 'l', name)
            os.unlink(name); os.fstat(f); os.write(f, b'2'); os.close(f)
        for d in range(20): os.rmdir(f'd{"{d}"}')
        """);

    /// <summary>The kernel tells of what it forgets in its own time; each command gives it some.</summary>
    private static async Task Forgotten(Place place, FuseTree tree)
    {
        for (var turn = 0; turn < 100 && (tree.Inodes.Count > 1 || tree.Handles.Count > 0); turn++)
            await place.Sh("stat . > /dev/null");
    }

    private static (string Counts, int Descriptors, long Memory) Held(OverlayVolume volume, FuseTree tree)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var descriptors = Directory.GetFiles("/proc/self/fd").Length;
        return ($"inodes {tree.Inodes.Count}, handles {tree.Handles.Count}, objects {volume.KnownObjects}, directories {volume.OpenDirectories}", descriptors, GC.GetTotalMemory(forceFullCollection: true));
    }

    private sealed class NoStreams : IOverlayStreams
    {
        public bool Claims(ReadOnlySpan<byte> name) => false;

        public void Lookup(Call call, ISimulatedFile file, Inode ordinary, in FuseAttr attr) => throw new NotSupportedException();

        public void Remove(Call call, ISimulatedFile file) => throw new NotSupportedException();
    }
}
