using Microsoft.Extensions.Configuration;
using StreamActors.Hocon;
using StreamActors.Hocon.Configuration;
using Xunit;

namespace StreamActors.Host.Tests.Hocon;

public sealed class HoconFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Include_OfAFile_IsRelativeToTheIncludingFile()
    {
        _directory.Write("sub/inner.conf", "include \"leaf.conf\"\nb = 2");
        _directory.Write("sub/leaf.conf", "c = 3");
        var main = _directory.Write("main.conf", "a = 1\ninclude \"sub/inner.conf\"\nb = 4");

        Assert.Equal("""{"a":1,"c":3,"b":4}""", Read(main).ToJson());
    }

    [Theory]
    [InlineData("include file(\"x.conf\")")]
    [InlineData("include required(\"x.conf\")")]
    [InlineData("include required( file( \"x.conf\" ) )")]
    [InlineData("include \"x.conf\", ")]
    public void Include_OfEachForm_IsRead(string include)
    {
        _directory.Write("x.conf", "{ b = 2 }");

        Assert.Equal("""{"b":2}""", Read(_directory.Write("main.conf", include)).ToJson());
    }

    [Fact]
    public void Include_InsideAnObject_LooksUpItsPathsThereFirst()
    {
        _directory.Write("x.conf", "b = 2\nc = ${b}\nd = ${e}\nf += 1");
        var main = _directory.Write("main.conf", "e = 5\na { f = [0], include \"x.conf\" }\nb = 7");

        Assert.Equal("""{"e":5,"a":{"f":[0,1],"b":2,"c":2,"d":5},"b":7}""", Read(main).ToJson());
    }

    [Fact]
    public void Include_OfAWrongFile_NamesThatFile()
    {
        _directory.Write("x.conf", "\n b = ");
        var main = _directory.Write("main.conf", "include \"x.conf\"");

        Assert.Equal($"{_directory.Path}/x.conf:2:6: expected a value, found the end", Refused(main));
    }

    [Fact]
    public void Include_OfAMissingFile_IsRefusedAtTheInclude()
    {
        var main = _directory.Write("main.conf", "a = 1\n  include \"x.conf\"");

        Assert.Equal($"{main}:2:3: cannot read \"{_directory.Path}/x.conf\": there is none of this name", Refused(main));
    }

    [Fact]
    public void Include_OfItself_IsRefusedAsACycle()
    {
        _directory.Write("x.conf", "\ninclude \"main.conf\"");
        var main = _directory.Write("main.conf", "include \"x.conf\"");

        Assert.StartsWith($"{_directory.Path}/x.conf:2:1: expected no cycle of includes", Refused(main));
    }

    [Fact]
    public void Include_TwiceSideBySide_IsNoCycle()
    {
        _directory.Write("x.conf", "b = 2");

        Assert.Equal("""{"b":2,"c":{"b":2}}""", Read(_directory.Write("main.conf", "include \"x.conf\"\nc { include \"x.conf\" }")).ToJson());
    }

    [Fact]
    public void Includes_BeyondTheirDepth_AreRefused()
    {
        for (var i = 0; i < HoconLimits.MaxIncludeDepth + 1; i++)
            _directory.Write($"{i}.conf", $"include \"{i + 1}.conf\"");

        Assert.Contains("expected at most 16 files inside one another", Refused($"{_directory.Path}/0.conf"));
    }

    [Fact]
    public void Includes_BeyondTheirNumber_AreRefused()
    {
        _directory.Write("x.conf", "");
        var main = _directory.Write("main.conf", string.Concat(Enumerable.Repeat("include \"x.conf\"\n", HoconLimits.MaxIncludes + 1)));

        Assert.Equal($"{main}:1001:1: expected at most 1000 includes", Refused(main));
    }

    [Fact]
    public void Includes_BeyondTheNestingDepth_AreRefused()
    {
        _directory.Write("x.conf", "a.a.a.a.a = 1");
        var main = _directory.Write("main.conf", string.Join('.', Enumerable.Repeat("b", 60)) + " { include \"x.conf\" }");

        Assert.Contains("expected at most 64 levels", Refused(main));
    }

    [Fact]
    public void File_BeyondItsSize_IsRefused()
    {
        var main = _directory.Write("main.conf", new string('#', HoconLimits.MaxFileBytes + 1));

        Assert.Equal($"{main}: expected a file of at most 1048576 bytes", Refused(main));
    }

    [Fact]
    public void File_ThatCantBeRead_IsRefusedWithTheReason()
    {
        Assert.Equal($"{_directory.Path}/none.conf: cannot read the file: there is none of this name", Refused($"{_directory.Path}/none.conf"));
        Assert.Equal($"{_directory.Path}: cannot read the file: it is a directory", Refused(_directory.Path));
        Assert.Contains("cannot read the file", Refused("\0"));
    }

    [Fact]
    public void Configuration_OfAFile_HasItsValuesByPath()
    {
        var main = _directory.Write("main.conf", "a { b = 1, c = [x, y] }, d = null, e = {}");
        var configuration = new ConfigurationBuilder().AddHoconFile(main, HoconReaderOptions.None).Build();

        Assert.Equal("1", configuration["a:b"]);
        Assert.Equal("y", configuration["A:C:1"]);
        Assert.Null(configuration["d"]);
        Assert.Equal(["a", "d"], configuration.GetChildren().Select(child => child.Key));
    }

    [Fact]
    public void Configuration_OfAWrongFile_ThrowsHoconException() =>
        Assert.Throws<HoconException>(() => new ConfigurationBuilder()
            .AddHoconFile(_directory.Write("main.conf", "a = "), HoconReaderOptions.None).Build());

    private static HoconObject Read(string path) => HoconReader.ReadFile(path, HoconReaderOptions.None);

    private static string Refused(string path) => Assert.Throws<HoconException>(() => Read(path)).Message;
}
