using StreamActors.Hocon;
using Xunit;

namespace StreamActors.Host.Tests.Hocon;

public sealed class HoconReaderTests
{
    [Theory]
    [InlineData("", "{}")]
    [InlineData("  # only a comment", "{}")]
    [InlineData("{}", "{}")]
    [InlineData("\uFEFFa = 1", """{"a":1}""")]
    [InlineData("a = 1", """{"a":1}""")]
    [InlineData("a : 1", """{"a":1}""")]
    [InlineData("a\t=\t1\r\nb = 2\r\n", """{"a":1,"b":2}""")]
    [InlineData("{ a : 1, b : 2, }", """{"a":1,"b":2}""")]
    [InlineData("a = 1, b = 2\nc = 3 // d = 4\n# e = 5", """{"a":1,"b":2,"c":3}""")]
    [InlineData("a =\n  1", """{"a":1}""")]
    [InlineData("a = 1\n, b = 2", """{"a":1,"b":2}""")]
    [InlineData("""{"a":{"b":[1,2,{"c":null}]},"d":true}""", """{"a":{"b":[1,2,{"c":null}]},"d":true}""")]
    public void Document_OfEachShape_IsRead(string text, string json) => Assert.Equal(json, HoconTestExtensions.Read(text).ToJson());

    [Theory]
    [InlineData("a.b.c = 1", """{"a":{"b":{"c":1}}}""")]
    [InlineData("a.\"b.c\".d = 1", """{"a":{"b.c":{"d":1}}}""")]
    [InlineData("a b c = 1", """{"a b c":1}""")]
    [InlineData("\"\" = 1", """{"":1}""")]
    [InlineData("1.5 = x", """{"1":{"5":"x"}}""")]
    [InlineData("a { b = 1 }", """{"a":{"b":1}}""")]
    [InlineData("a.b { c = 1 }\na.b.d = 2", """{"a":{"b":{"c":1,"d":2}}}""")]
    [InlineData("include = 1", """{"include":1}""")]
    [InlineData("includes.all = 1", """{"includes":{"all":1}}""")]
    public void Key_OfEachForm_IsAPath(string text, string json) => Assert.Equal(json, HoconTestExtensions.Read(text).ToJson());

    [Theory]
    [InlineData("a = 1\na = 2", """{"a":2}""")]
    [InlineData("a { b = 1 }\na { c = 2 }", """{"a":{"b":1,"c":2}}""")]
    [InlineData("a { b { x = 1 } }\na { b { y = 2 } }", """{"a":{"b":{"x":1,"y":2}}}""")]
    [InlineData("a { b = 1 }\na = 2", """{"a":2}""")]
    [InlineData("a { b = 1 }\na = null\na { c = 2 }", """{"a":{"c":2}}""")]
    [InlineData("a = [1]\na = [2]", """{"a":[2]}""")]
    [InlineData("a = [1]\na += 2\na += 3", """{"a":[1,2,3]}""")]
    [InlineData("a += 1", """{"a":[1]}""")]
    [InlineData("a.b += 1\na { b += 2 }", """{"a":{"b":[1,2]}}""")]
    public void Fields_OfOneKey_AreMergedOrReplaced(string text, string json) =>
        Assert.Equal(json, HoconTestExtensions.Read(text).ToJson());

    [Theory]
    [InlineData("a = b c  d", "b c  d")]
    [InlineData("a = b // c", "b")]
    [InlineData("a = b # c", "b")]
    [InlineData("a = 10 seconds", "10 seconds")]
    [InlineData("a = /var/log/x.log", "/var/log/x.log")]
    [InlineData("a = b\"c\"d", "bcd")]
    [InlineData("a = \"b\" \"c\"", "b c")]
    [InlineData("a = true b", "true b")]
    [InlineData("a = \"\"\"b\\n\"c\" \"\"\"", "b\\n\"c\" ")]
    [InlineData("a = \"\"\"b\"\"\"\"", "b\"")]
    [InlineData("a = \"\"\"b\nc\"\"\"", "b\nc")]
    [InlineData("""a = "\"\\\/\b\f\n\r\t\u00e9" """, "\"\\/\b\f\n\r\té")]
    [InlineData("a = \"\"", "")]
    [InlineData("a = é", "é")]
    public void String_OfEachForm_IsRead(string text, string expected)
    {
        var value = Assert.IsType<HoconScalar>(HoconTestExtensions.Read(text).Find("a"));

        Assert.Equal(expected, value.Text);
        Assert.Equal(HoconScalarKind.String, value.Kind);
    }

    [Theory]
    [InlineData("0", HoconScalarKind.Number)]
    [InlineData("-12.5e+3", HoconScalarKind.Number)]
    [InlineData("1E5", HoconScalarKind.Number)]
    [InlineData("022", HoconScalarKind.String)]
    [InlineData("1.", HoconScalarKind.String)]
    [InlineData("-", HoconScalarKind.String)]
    [InlineData("1e", HoconScalarKind.String)]
    [InlineData("10s", HoconScalarKind.String)]
    [InlineData("true", HoconScalarKind.Boolean)]
    [InlineData("false", HoconScalarKind.Boolean)]
    [InlineData("null", HoconScalarKind.Null)]
    [InlineData("nulls", HoconScalarKind.String)]
    public void Scalar_Unquoted_KeepsItsTextAndKind(string text, HoconScalarKind kind)
    {
        var value = Assert.IsType<HoconScalar>(HoconTestExtensions.Read($"a = {text}").Find("a"));

        Assert.Equal(text, value.Text);
        Assert.Equal(kind, value.Kind);
    }

    [Fact]
    public void Scalar_Quoted_IsAString()
    {
        var value = Assert.IsType<HoconScalar>(HoconTestExtensions.Read("a = \"true\"").Find("a"));

        Assert.Equal(HoconScalarKind.String, value.Kind);
    }

    [Theory]
    [InlineData("a = []", "[]")]
    [InlineData("a = [1, 2, 3,]", "[1,2,3]")]
    [InlineData("a = [\n  1\n  2 # two\n  3\n]", "[1,2,3]")]
    [InlineData("a = [1] [2]", "[1,2]")]
    [InlineData("a = [{ b = 1 } { c = 2 }]", """[{"b":1,"c":2}]""")]
    [InlineData("a = [b c, \"d, e\"]", """["b c","d, e"]""")]
    public void Array_OfEachForm_IsRead(string text, string json) =>
        Assert.Equal(json, HoconTestExtensions.Read(text).Find("a")!.ToJson());

    [Fact]
    public void Value_Anywhere_KeepsItsOrigin()
    {
        var document = HoconTestExtensions.Read("a = 1\nb {\n  c = [x,\n    y]\n}");

        Assert.Equal("test.conf:1:5", document.Find("a")!.Origin.ToString());
        Assert.Equal("test.conf:2:3", document.Find("b")!.Origin.ToString());
        var array = Assert.IsType<HoconArray>(document.Find("b.c"));
        Assert.Equal("test.conf:3:7", array.Origin.ToString());
        Assert.Equal("test.conf:4:5", array.Items[1].Origin.ToString());
        Assert.Equal("test.conf:3:3", ((HoconObject)document.Find("b")!).Fields[0].KeyOrigin.ToString());
    }

    [Fact]
    public void Merge_OfTwoDocuments_PrefersTheUpperOne()
    {
        var upper = HoconTestExtensions.Read("a { b = 1 }, c = { d = 2 }");
        var lower = HoconTestExtensions.Read("a { b = 3, e = 4 }, c = 5, f = 6");

        Assert.Equal("""{"a":{"b":1,"e":4},"c":{"d":2},"f":6}""", upper.WithFallback(lower).ToJson());
    }
}
