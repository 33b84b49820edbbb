using System.Text;
using Xunit;
using static StreamActors.Mounted.Streams.StreamFiles;

namespace StreamActors.Mounted.Streams;

/// <summary>What a simulated stream looks like, and what can be done to its files.</summary>
public sealed class TreeTests
{
    private static readonly string TwoTopics = Json(("23", ["one", "two"]), ("24", ["three"]));

    [Fact]
    public async Task List_Stream_IsADirectoryOfTopicsWithPartitions()
    {
        await using var mount = await Mount.Start(All, With("data.dir", TwoTopics));

        Assert.Equal("data.dir\n", (await mount.Run("ls -A")).Succeeded);
        Assert.Equal("23\n24\n", (await mount.Run("ls -A data.dir")).Succeeded);
        Assert.Equal("0\n", (await mount.Run("ls -A data.dir/23")).Succeeded);
        Assert.Equal("0\n", (await mount.Run("ls -A data.dir/23/.follow")).Succeeded);
        Assert.Equal("directory\ndirectory\nregular file\n", (await mount.Run("stat -c %F data.dir data.dir/23 data.dir/23/0")).Succeeded);
        Assert.Equal(".\n..\n23\n24\n", (await mount.Run("ls -a data.dir")).Succeeded);
    }

    [Fact]
    public async Task Walk_WholeTree_DoesNotComeToWhatWaits()
    {
        await using var mount = await Mount.Start(Never, With("data.dir", TwoTopics));

        Assert.Equal(".\n./data.dir\n./data.dir/23\n./data.dir/23/0\n./data.dir/24\n./data.dir/24/0\n", (await mount.Run("find . | sort")).Succeeded);
        Assert.Equal(1, (await mount.Run("grep -r x .")).Exit);
        Assert.Equal("", (await mount.Run("cp -r data.dir \"$(mktemp -d)\"; du -s . > /dev/null")).Succeeded);
    }

    [Fact]
    public async Task Read_AllReleased_IsEveryMessageWithItsSeparator()
    {
        const string json = """[{"topic": "t", "messages": ["é", "", "two\nlines", {"a": [1, 2.50, null]}, 7]}]""";
        await using var mount = await Mount.Start(All, With("data.dir", json));
        const string expected = "é\n\ntwo\nlines\n{\"a\":[1,2.50,null]}\n7\n";

        Assert.Equal(expected, (await mount.Run("cat data.dir/t/0")).Succeeded);
        Assert.Equal($"{Encoding.UTF8.GetByteCount(expected)}\n", (await mount.Run("wc -c < data.dir/t/0")).Succeeded);
        Assert.Equal("7\n", (await mount.Run("tail -n 1 data.dir/t/0")).Succeeded);
        Assert.Equal("ull]}\n7\n", (await mount.Run("tail -c 8 data.dir/t/0")).Succeeded);
        Assert.Equal("é\n\n", (await mount.Run("head -n 2 data.dir/t/0")).Succeeded);
        Assert.Equal("two", (await mount.Run("dd if=data.dir/t/0 bs=1 skip=4 count=3 status=none")).Succeeded);
        Assert.Equal("two\n", (await mount.Run("grep two data.dir/t/0")).Succeeded);
    }

    [Fact]
    public async Task Read_Separator_IsTheSettings()
    {
        await using var mount = await Mount.Start($"{All},simulated.separator=--", With("data.dir", TwoTopics));

        Assert.Equal("one--two--", (await mount.Run("cat data.dir/23/0")).Succeeded);
    }

    [Fact]
    public async Task Attributes_FollowFromTheJsonFile()
    {
        await using var mount = await Mount.Start(All, source =>
        {
            File.WriteAllText(Path.Combine(source, "data.dir"), TwoTopics);
            File.SetUnixFileMode(Path.Combine(source, "data.dir"), (UnixFileMode)0x1A0);
        });

        Assert.Equal("750 750 640 640\n", (await mount.Run("echo $(stat -c %a data.dir data.dir/23 data.dir/23/0 data.dir/23/.follow/0)")).Succeeded);
        Assert.Equal((await mount.Run("stat -c '%u %g' ../source/data.dir")).Succeeded, (await mount.Run("stat -c '%u %g' data.dir/23/0")).Succeeded);
        var numbers = (await mount.Run("stat -c %i data.dir data.dir/23 data.dir/24 data.dir/23/.follow data.dir/23/0 data.dir/23/.follow/0 data.dir/24/0")).Succeeded;
        var inodes = numbers.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(ulong.Parse).ToArray();
        Assert.Equal(7, inodes.Distinct().Count());
        Assert.All(inodes, inode => Assert.True(inode >= 1UL << 63));
        Assert.Equal(numbers.Split('\n')[4], (await mount.Run("ls -i data.dir/23 | cut -d' ' -f1")).Succeeded.Trim());
    }

    [Theory]
    [InlineData("echo x > data.dir/23/0", "Read-only file system")]
    [InlineData("echo x >> data.dir/23/0", "Read-only file system")]
    [InlineData("truncate -s 0 data.dir/23/0", "Read-only file system")]
    [InlineData("chmod 600 data.dir/23/0", "Read-only file system")]
    [InlineData("chown 1:1 data.dir/23", "Read-only file system")]
    [InlineData("touch data.dir/23/0", "Read-only file system")]
    [InlineData("touch data.dir/new", "Read-only file system")]
    [InlineData("touch data.dir/23/1", "Read-only file system")]
    [InlineData("mkdir data.dir/new", "Read-only file system")]
    [InlineData("ln -s x data.dir/new", "Read-only file system")]
    [InlineData("mkfifo data.dir/23/fifo", "Read-only file system")]
    [InlineData("mv data.dir/23 data.dir/25", "Read-only file system")]
    [InlineData("rm -f data.dir/23/0", "Operation not permitted")]
    [InlineData("rm -f data.dir/23/.follow/0", "Operation not permitted")]
    [InlineData("rmdir data.dir/23/.follow", "Operation not permitted")]
    [InlineData("ls data.dir/nothing", "No such file")]
    [InlineData("ls data.dir/23/1", "No such file")]
    [InlineData("ls data.dir/23/00", "No such file")]
    [InlineData("ls data.dir/23/.follow/.follow", "No such file")]
    [InlineData("ls data.dir/$(printf 'a%.0s' $(seq 300))", "File name too long")]
    [InlineData("python3 -c \"import os; os.rename('data.dir/23', 'x')\"", "Invalid cross-device link")]
    [InlineData("python3 -c \"import os; os.rename('plain', 'data.dir/x')\"", "Invalid cross-device link")]
    [InlineData("python3 -c \"import os; os.link('plain', 'data.dir/x')\"", "Invalid cross-device link")]
    [InlineData("python3 -c \"import os; os.setxattr('data.dir/23/0', 'user.a', b'b')\"", "Read-only file system")]
    public async Task Change_InsideAStream_IsRefused(string command, string reason)
    {
        await using var mount = await Mount.Start(All, source =>
        {
            File.WriteAllText(Path.Combine(source, "data.dir"), TwoTopics);
            File.WriteAllText(Path.Combine(source, "plain"), "");
        });

        var result = await mount.Run(command);

        Assert.NotEqual(0, result.Exit);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        Assert.Equal("one\ntwo\n", (await mount.Run("cat data.dir/23/0")).Succeeded);
        Assert.Equal(TwoTopics, (await mount.Run("cat ../source/data.dir")).Succeeded);
    }

    [Fact]
    public async Task Xattrs_OfAStream_AreNone()
    {
        await using var mount = await Mount.Start(All, With("data.dir", TwoTopics));

        Assert.Equal("[]\n", (await mount.Run("python3 -c \"import os; print(os.listxattr('data.dir/23/0'))\"")).Succeeded);
    }

    [Fact]
    public async Task Names_ThatNoFileCanHave_AreEncodedOrLogged()
    {
        var json = Json(("..", ["a"]), ("a/b", ["b"]), (".hid", ["c"]), ("100%", ["d"]), ("", ["e"]), (new string('x', 300), ["f"]), ("é", ["g"]));
        await using var mount = await Mount.Start(All, With("data.dir", json));

        Assert.Equal("%2E%2E %2Ehid 100%25 a%2Fb é\n", (await mount.Run("echo $(ls -A data.dir)")).Succeeded);
        Assert.Equal("a\nc\nd\nb\ng\n", (await mount.Run("cat data.dir/*/0")).Succeeded);
        Assert.NotEqual(0, (await mount.Run("ls data.dir/.hid")).Exit);
        Assert.Equal(2, mount.Log.Split("is not shown").Length - 1);
    }

    [Fact]
    public async Task Topics_OfOneName_AreOneTopic()
    {
        await using var mount = await Mount.Start(All, With("data.dir", Json(("a", ["1"]), ("b", ["2"]), ("a", ["3"]))));

        Assert.Equal("a\nb\n", (await mount.Run("ls data.dir")).Succeeded);
        Assert.Equal("1\n3\n", (await mount.Run("cat data.dir/a/0")).Succeeded);
    }

    [Fact]
    public async Task LayoutTopics_ShowsTopicsAsFiles()
    {
        await using var mount = await Mount.Start(
            All, With("data.dir", Json(("23", ["one"]), ("24", ["two"]), ("24.follow", ["real"]))), "--layout", "topics");

        Assert.Equal("23\n24\n24.follow\n", (await mount.Run("ls -A data.dir")).Succeeded);
        Assert.Equal("one\n", (await mount.Run("cat data.dir/23")).Succeeded);
        Assert.Equal("one", (await mount.Run("head -n 1 data.dir/23.follow")).Succeeded.Trim());
        Assert.Equal("real\n", (await mount.Run("cat data.dir/24.follow")).Succeeded);
        Assert.NotEqual(0, (await mount.Run("ls data.dir/25.follow")).Exit);
        Assert.Contains("not permitted", (await mount.Run("rm data.dir/23.follow")).Error, StringComparison.Ordinal);
        Assert.Equal("", (await mount.Run("rm data.dir/24")).Succeeded);
        Assert.Equal("23\n24.follow\n", (await mount.Run("ls -A data.dir")).Succeeded);
        Assert.Equal(Json(("23", ["one"]), ("24.follow", ["real"])), (await mount.Run("cat ../source/data.dir")).Succeeded);
    }
}
