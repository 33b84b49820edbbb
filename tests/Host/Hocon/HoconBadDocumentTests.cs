using System.Text;
using StreamActors.Hocon;
using Xunit;

namespace StreamActors.Host.Tests.Hocon;

public sealed class HoconBadDocumentTests
{
    [Theory]
    [InlineData("a", "1:2: expected '=', ':', '+=' or '{' after the key \"a\", found the end")]
    [InlineData("a b\n= 1", "1:4: expected '=', ':', '+=' or '{' after the key \"a b\", found the end of the line")]
    [InlineData("= 1", "1:1: expected a key, found '='")]
    [InlineData("a =", "1:4: expected a value, found the end")]
    [InlineData("a = ,", "1:5: expected a value, found ','")]
    [InlineData("a = }", "1:5: expected a value, found '}'")]
    [InlineData("a = 1, , b = 2", "1:8: expected a key, found ','")]
    [InlineData(", a = 1", "1:1: expected a key, found ','")]
    [InlineData("a = 1\n}", "2:1: expected a key, found '}'")]
    [InlineData("{ a = 1", "1:1: expected the closing '}' of this object, found the end")]
    [InlineData("a {\n  b {\n    c = 1\n  }", "1:3: expected the closing '}' of this object, found the end")]
    [InlineData("{ a = 1 } b", "1:11: expected the end of the file after the root's '}', found 'b'")]
    [InlineData("[1, 2]", "1:1: expected an object at the root, found '['")]
    [InlineData("a = [1, 2", "1:5: expected the closing ']' of this array, found the end")]
    [InlineData("a = [1, , 2]", "1:9: expected a value, found ','")]
    [InlineData("a = [1 } ]", "1:8: expected a comma or a new line after the value, or ']', found '}'")]
    [InlineData("a = { b = 1 ] }", "1:13: expected a comma or a new line after the value, or '}', found ']'")]
    [InlineData("a = \"b", "1:5: expected the closing '\"' of this string, found the end")]
    [InlineData("a = \"b\nc\"", "1:5: expected the closing '\"' of this string, found the end of the line")]
    [InlineData("a = \"\"\"b\n\n", "1:5: expected the closing \"\"\" of this string, found the end")]
    [InlineData("a = \"\\x\"", "1:6: expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX, found a backslash and 'x'")]
    [InlineData("a = \"\\u12g4\"", "1:6: expected four hexadecimal digits after \\u, found 'g'")]
    [InlineData("a = b:c", "1:6: expected a value (put text with such characters in double quotes), found ':'")]
    [InlineData("a = b\nc = *", "2:5: expected a value (put text with such characters in double quotes), found '*'")]
    [InlineData("a..b = 1", "1:3: expected a key without empty elements")]
    [InlineData(".a = 1", "1:1: expected a key without empty elements")]
    [InlineData("a. = 1", "1:4: expected a key without empty elements")]
    [InlineData("a = [{ b += 1 }]", "1:8: expected '=' or ':': += can't be used inside an array")]
    [InlineData("a = {} []", "1:8: expected an object beside an object, found an array")]
    [InlineData("a = \u0001", "1:5: expected a value (put text with such characters in double quotes), found U+0001")]
    [InlineData("include url(\"x\")", "1:1: expected include \"FILE\", include file(\"FILE\") or include required(…)")]
    [InlineData("include \"x\"", "1:1: expected no include: this source is not a file")]
    public void Document_ThatIsWrong_IsRefusedWithPlaceAndExpectation(string text, string message) =>
        Assert.StartsWith("test.conf:" + message, Assert.Throws<HoconException>(() => HoconTestExtensions.Read(text)).Message);

    [Fact]
    public void Exception_Always_HasOriginAndProblem()
    {
        var wrong = Assert.Throws<HoconException>(() => HoconTestExtensions.Read("a = 1\n b = "));

        Assert.Equal(new HoconOrigin("test.conf", 2, 6), wrong.Origin);
        Assert.Equal("expected a value, found the end", wrong.Problem);
    }

    [Theory]
    [InlineData(new byte[] { 0x61, 0x3D, 0x22, 0x0A, 0x20, 0xFF }, "test.conf:2:2: expected UTF-8, found the byte 0xff")]
    [InlineData(new byte[] { 0x61, 0x3D, 0xC3, 0x28 }, "test.conf:1:3: expected UTF-8, found the byte 0xc3")]
    [InlineData(new byte[] { 0xC3 }, "test.conf:1:1: expected UTF-8, found the byte 0xc3")]
    public void Bytes_ThatAreNotUtf8_AreRefusedWithTheirPlace(byte[] bytes, string message) =>
        Assert.Equal(message, Assert.Throws<HoconException>(() => HoconReader.ReadUtf8(bytes, "test.conf", HoconReaderOptions.None)).Message);

    [Fact]
    public void Nesting_UpToItsBound_IsRead()
    {
        foreach (var text in Nested(HoconLimits.MaxNestingDepth))
            Assert.Single(HoconTestExtensions.Read(text).Fields);
    }

    [Fact]
    public void Nesting_BeyondItsBound_IsRefused()
    {
        foreach (var text in Nested(HoconLimits.MaxNestingDepth + 2).Concat(Nested(100_000)))
            Assert.Contains("expected at most 64", Assert.Throws<HoconException>(() => HoconTestExtensions.Read(text)).Message);
    }

    private static IEnumerable<string> Nested(int levels) =>
    [
        "a = " + new string('[', levels - 1) + new string(']', levels - 1),
        string.Concat(Enumerable.Repeat("a{", levels / 2)) + string.Concat(Enumerable.Repeat("}", levels / 2)),
        string.Join('.', Enumerable.Repeat("a", levels)) + " = 1",
    ];

    [Fact]
    public void Reader_OnMutatedBytes_ThrowsNothingButHoconException()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var good = Encoding.UTF8.GetBytes("""
            # comment
            a.b = 1, c = ${a.b} // x
            d { e = [1, "é\n", ${?X} y], f = 10 s }
            d.e += null
            g = ${d} { h = true }
            g = ${g.f}"-"${g.f}
            i = { "j k" = -1.5e+3 } {l=[]} 
            """);
        const string Tokens = "{}[]=:,+$?\"\\#/.\n abc01\0\u00ff";
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = good.ToList();
            for (var change = random.Next(1, 8); change > 0; change--)
            {
                var at = random.Next(bytes.Count);
                var value = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)Tokens[random.Next(Tokens.Length)];
                switch (random.Next(4))
                {
                    case 0: bytes[at] = value; break;
                    case 1: bytes.Insert(at, value); break;
                    case 2: bytes.RemoveAt(at); break;
                    default: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(20), bytes.Count - at))); break;
                }
            }

            ReadAnything([.. bytes], seed, round);
        }
    }

    [Fact]
    public void Reader_OnRandomBytes_ThrowsNothingButHoconException()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        const string Tokens = "{}[]=:,+$?\"\\#/.\n ab1-";
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = new byte[random.Next(60)];
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = round % 2 == 0 ? (byte)random.Next(256) : (byte)Tokens[random.Next(Tokens.Length)];

            ReadAnything(bytes, seed, round);
        }
    }

    private static void ReadAnything(byte[] bytes, int seed, int round)
    {
        try
        {
            HoconReader.ReadUtf8(bytes, "test.conf", HoconReaderOptions.None);
        }
        catch (HoconException refused)
        {
            Assert.DoesNotContain('\n', refused.Message);
            Assert.True(refused.Origin is { Line: > 0, Column: > 0 }, refused.Message);
        }
        catch (Exception unexpected)
        {
            Assert.Fail($"seed {seed}, round {round}: {unexpected}\n{HoconTestExtensions.Bytes(bytes)}");
        }
    }
}
