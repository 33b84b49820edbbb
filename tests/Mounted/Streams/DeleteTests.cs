using Xunit;
using static StreamActors.Mounted.Streams.StreamFiles;

namespace StreamActors.Mounted.Streams;

/// <summary>Deleting topics and streams, and renaming streams.</summary>
public sealed class DeleteTests
{
    private const string Written = """
        [
          {"topic": "a", "messages": ["1"], "note": 1.50},
          {"topic": "b", "messages": ["2"]},
          {"topic": "c", "messages": ["3"]}
        ]

        """;

    [Fact]
    public async Task RmDir_OfATopic_RewritesTheFileWithoutIt()
    {
        await using var mount = await Mount.Start(All, With("data.dir", Written));
        _ = (await mount.Run("chmod 640 ../source/data.dir && chown 12:34 ../source/data.dir && setfattr -n user.note -v x ../source/data.dir")).Succeeded;
        var before = (await mount.Run("stat -c %i data.dir data.dir/a/0 data.dir/c/0")).Succeeded;

        Assert.Equal("", (await mount.Run("rmdir data.dir/b")).Succeeded);

        Assert.Equal("a\nc\n", (await mount.Run("ls data.dir")).Succeeded);
        Assert.Equal(Written.Replace("  {\"topic\": \"b\", \"messages\": [\"2\"]},\n", "", StringComparison.Ordinal), (await mount.Run("cat ../source/data.dir")).Succeeded);
        Assert.Equal("640 12:34\n", (await mount.Run("stat -c '%a %u:%g' ../source/data.dir")).Succeeded);
        Assert.Equal("x", (await Shell.Python("import os, sys; print(os.getxattr(sys.argv[1], 'user.note').decode())", $"{mount.Source}/data.dir")).Succeeded.Trim());
        Assert.Equal("data.dir\n", (await mount.Run("ls -A ../source")).Succeeded);
        Assert.Equal(before, (await mount.Run("stat -c %i data.dir data.dir/a/0 data.dir/c/0")).Succeeded);
    }

    [Fact]
    public async Task RmDir_OfAllTopicsFromInside_LeavesAnEmptyStream()
    {
        await using var mount = await Mount.Start(All, With("data.dir", Written));

        Assert.Equal("", (await mount.Run("cd data.dir && rmdir a && rmdir b c && ls -A")).Succeeded);
        Assert.Equal("directory\n", (await mount.Run("stat -c %F data.dir")).Succeeded);
        Assert.Equal("", (await mount.Run("rmdir data.dir && ls -A . ../source")).Succeeded.Replace(".:\n\n../source:\n", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RmDir_OfTheStream_RemovesTheFile()
    {
        await using var mount = await Mount.Start(All, With("data.dir", Written));

        Assert.Equal("", (await mount.Run("rmdir data.dir")).Succeeded);
        Assert.Equal("", (await mount.Run("ls -A ../source")).Succeeded);
        Assert.NotEqual(0, (await mount.Run("ls data.dir")).Exit);
    }

    [Fact]
    public async Task RmDir_OfAFileThatIsNoStream_IsNotADirectory()
    {
        await using var mount = await Mount.Start(All, With("bad.dir", "{"));

        Assert.Contains("Not a directory", (await mount.Run("rmdir bad.dir")).Error, StringComparison.Ordinal);
        Assert.Equal("", (await mount.Run("rm bad.dir")).Succeeded);
    }

    [Fact]
    public async Task RmDir_OfATopic_NeedsTheRightToWrite()
    {
        await using var mount = await Mount.Start($"{All},allow_other", With("data.dir", Written));

        var result = await mount.Run("setpriv --reuid 65534 --regid 65534 --clear-groups rmdir data.dir/b");

        Assert.Contains("Permission denied", result.Error, StringComparison.Ordinal);
        Assert.Equal(Written, (await mount.Run("cat ../source/data.dir")).Succeeded);
    }

    [Fact]
    public async Task RmDir_OpenFiles_ReadOnToTheirEnd()
    {
        await using var mount = await Mount.Start(All, With("data.dir", Written));

        Assert.Equal("2\n", (await mount.Run("exec 3< data.dir/b/0 && rmdir data.dir/b && cat <&3")).Succeeded);
        Assert.Equal("3\n", (await mount.Run("exec 3< data.dir/c/0 && rmdir data.dir && cat <&3")).Succeeded);
    }

    [Fact]
    public async Task Rename_OfAStream_RenamesTheFile()
    {
        await using var mount = await Mount.Start(All, With("data.dir", Written));
        var before = (await mount.Run("stat -c %i data.dir/a/0")).Succeeded;

        Assert.Equal("", (await mount.Run("mv data.dir other.dir")).Succeeded);
        Assert.Equal("other.dir\n", (await mount.Run("ls -A . && true; ls -A ../source > /dev/null")).Succeeded);
        Assert.Equal("1\n", (await mount.Run("cat other.dir/a/0")).Succeeded);
        Assert.Equal(before, (await mount.Run("stat -c %i other.dir/a/0")).Succeeded);

        Assert.Equal("", (await mount.Run("mv other.dir plain.json")).Succeeded);
        Assert.Equal(Written, (await mount.Run("cat plain.json")).Succeeded);
        Assert.Equal("", (await mount.Run("mv plain.json data.dir")).Succeeded);
        Assert.Equal("a\nb\nc\n", (await mount.Run("ls data.dir")).Succeeded);
    }
}
