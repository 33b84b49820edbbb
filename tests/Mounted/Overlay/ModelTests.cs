using System.Diagnostics;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace StreamActors.Mounted.Overlay;

/// <summary>
/// The reference model of the overlay is a plain directory: random operations, by several users, give the same results
/// and errnos on both.
/// </summary>
public sealed class ModelTests(ITestOutputHelper output)
{
    private const int MaxRuns = 2000;

    /// <summary>New runs start until then; the time of a run depends on nothing but its operations.</summary>
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(7);

    private static readonly string[] Names =
    [
        "open", "open", "open", "close", "read", "write", "write", "append", "fstat", "ftruncate", "fchmod", "fsync", "fallocate", "seek", "setfl", "flock",
        "copy", "linkopen", "stat", "lstat", "list", "mkdir", "mkdir", "rmdir", "unlink", "rename", "rename", "rename2", "link", "symlink", "readlink", "mknod",
        "chmod", "chown", "truncate", "utime", "access", "setxattr", "getxattr", "listxattr", "removexattr",
    ];

    private static readonly string[] Paths = ["a", "b", "c", "x", "x/a", "x/b", "x/y", "x/y/a", "c/a", "", "x/..", "a/b"];

    [Theory]
    [InlineData("fuse.passthrough=auto")]
    [InlineData("fuse.passthrough=off")]
    public async Task RandomOperations_OnMountAndPlainDirectory_GiveTheSame(string option)
    {
        await using var mount = await Mount.Start($"allow_other,{option}");
        var plain = Directory.CreateDirectory(Path.Combine(mount.Source, "../plain")).FullName;
        using var executor = Shell.Start("python3", [Path.Combine(AppContext.BaseDirectory, "Overlay/model.py"), plain, mount.Root]);
        var seed = (ulong)Random.Shared.NextInt64();
        output.WriteLine($"seed {seed}");
        var watch = Stopwatch.StartNew();
        var runs = 0;
        var property = Prop.ForAll(Operations(), operations =>
        {
            if (watch.Elapsed > Duration)
                return;
            runs++;
            executor.StandardInput.WriteLine(JsonSerializer.Serialize(operations));
            var answer = executor.StandardOutput.ReadLine() ?? executor.StandardError.ReadToEnd();
            Assert.True(answer == "ok", answer);
        });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(MaxRuns).WithStartSize(5).WithEndSize(120).WithReplay(new Replay(new Rnd(seed), null)), property);
        executor.StandardInput.Close();
        await executor.WaitForExitAsync(TestContext.Current.CancellationToken);
        output.WriteLine($"{runs} runs");
        Assert.True(runs > 0);
    }

    private static Arbitrary<object[][]> Operations()
    {
        var operation =
            from name in Gen.Elements(Names)
            from path in Gen.Elements(Paths)
            from other in Gen.Elements(Paths)
            from n in Gen.Choose(0, 30)
            from m in Gen.Choose(0, 30)
            from slot in Gen.Choose(0, 3)
            from user in Gen.Elements(0, 0, 1001, 1001, 1002)
            select new object[] { name, path, other, n, m, slot, user };
        return Arb.From(operation.ArrayOf(), Smaller);
    }

    /// <summary>A failing run is cut: to halves, then by single operations.</summary>
    private static IEnumerable<object[][]> Smaller(object[][] operations)
    {
        if (operations.Length > 1)
        {
            yield return operations[..(operations.Length / 2)];
            yield return operations[(operations.Length / 2)..];
        }
        for (var i = operations.Length - 1; i >= 0; i--)
            yield return [.. operations[..i], .. operations[(i + 1)..]];
    }
}
