using Xunit;
using static StreamActors.Mounted.Streams.StreamFiles;

namespace StreamActors.Mounted.Streams;

/// <summary>Files named as streams that are none.</summary>
public sealed class BadInputTests
{
    [Theory]
    [InlineData("", "line 1, column 1: ")]
    [InlineData("[{\"topic\": \"a\", \"messages\": [}]", "line 1, column 30: ")]
    [InlineData("{\"topic\": \"a\"}", "line 1, column 1: expected a list")]
    [InlineData("[\n {\"topic\": 1, \"messages\": []}]", "line 2, column 12: expected a string as \"topic\"")]
    [InlineData("[{\"topic\": \"a\", \"messages\": [\"\\ud800\"]}]", "line 1, column 30: the string has a lone surrogate")]
    public async Task File_NotSuchAList_StaysAnOrdinaryFile_AndTheLogSaysWhyOnce(string content, string reason)
    {
        await using var mount = await Mount.Start(All, With("bad.dir", content));

        Assert.Equal("644\n", (await mount.Run("stat -c %a bad.dir")).Succeeded);
        Assert.Equal(content, (await mount.Run("cat bad.dir; ls -la > /dev/null; stat bad.dir > /dev/null")).Succeeded);
        Assert.Equal(2, mount.Log.Split($"bad.dir stays an ordinary file: {reason}").Length);
        Assert.Equal("", (await mount.Run("echo more >> bad.dir")).Succeeded);
        Assert.Equal(content + "more\n", (await mount.Run("cat bad.dir")).Succeeded);
    }

    [Fact]
    public async Task File_InvalidUtf8_StaysAnOrdinaryFile()
    {
        await using var mount = await Mount.Start(All, source => File.WriteAllBytes(Path.Combine(source, "bad.dir"), [.. "[\""u8, 0xFF, .. "\"]"u8]));

        Assert.Equal("regular file\n", (await mount.Run("stat -c %F bad.dir")).Succeeded);
        Assert.Contains("line 1, column 3: the file is not valid UTF-8", mount.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_LargerThanAllowed_StaysAnOrdinaryFile()
    {
        await using var mount = await Mount.Start(All);
        await mount.Run("truncate -s 100M ../source/big.dir");

        Assert.Equal("regular file 104857600\n", (await mount.Run("stat -c '%F %s' big.dir")).Succeeded);
        Assert.Contains("big.dir stays an ordinary file: its 104857600 bytes are more than", mount.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherThanRegularFiles_AreWhatTheyAre()
    {
        await using var mount = await Mount.Start(All, With("data.dir", Json(("t", ["1"]))));
        await mount.Run("cd ../source; mkfifo fifo.dir; ln -s data.dir link.dir; ln -s nowhere broken.dir; mkdir sub.dir; mknod null.dir c 1 3");
        await Shell.Python("import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])", $"{mount.Source}/socket.dir");

        Assert.Equal(
            "character special file\ndirectory\nfifo\nsocket\nsymbolic link\nsymbolic link\ndirectory\n",
            (await mount.Run("stat -c %F null.dir sub.dir fifo.dir socket.dir link.dir broken.dir data.dir")).Succeeded);
        // The kernel follows the link, by its name in the mount.
        Assert.Equal("1\n", (await mount.Run("cat link.dir/t/0")).Succeeded);
    }
}
