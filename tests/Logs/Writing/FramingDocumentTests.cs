using System.Text;
using FsCheck;
using FsCheck.Fluent;
using StreamActors.Messages.Writing;

namespace StreamActors.Logs.Tests.Writing;

public sealed class FramingDocumentTests
{
    [Fact]
    public void Write_Lines_IsOneLineForPeople() => Assert.Equal(
        "{\"start\":\"\",\"stop\":\"\",\"separator\":\"\\n\",\"size\":false}\n", Encoding.UTF8.GetString(FramingDocument.Write(Framing.Lines)));

    [Fact]
    public void Write_AnyFraming_IsReadBackToIt()
    {
        var part = Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf().Where(bytes => bytes.Length <= Framing.MaxPartBytes);
        var framings =
            from start in part
            from stop in part
            from separator in part
            from size in Gen.Elements(true, false)
            select new Framing(start, size, stop, separator);
        Check.QuickThrowOnFailure(Prop.ForAll(framings.ToArbitrary(), framing =>
        {
            Assert.Null(FramingDocument.Read(FramingDocument.Write(framing), out var read));
            Assert.Equal(framing, read);
        }));
    }

    [Fact]
    public void Write_LongestFraming_IsRead()
    {
        var longest = new Framing(new byte[Framing.MaxPartBytes], true, new byte[Framing.MaxPartBytes], new byte[Framing.MaxPartBytes]);
        Assert.Null(FramingDocument.Read(FramingDocument.Write(longest), out var read));
        Assert.Equal(longest, read);
    }

    [Fact]
    public void Read_MissingMembers_AreThoseOfLines()
    {
        Assert.Null(FramingDocument.Read(" {\n \"start\": \"<\\u003e\" }\n"u8, out var framing));
        Assert.Equal(new Framing("<>"u8, false, [], "\n"u8), framing);
        Assert.Null(FramingDocument.Read("{}"u8, out framing));
        Assert.Equal(Framing.Lines, framing);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"\\n\"")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("{},")]
    [InlineData("{\"size\":false,}")]
    [InlineData("{\"size\":0}")]
    [InlineData("{\"size\":null}")]
    [InlineData("{\"start\":null}")]
    [InlineData("{\"start\":1}")]
    [InlineData("{\"start\":[]}")]
    [InlineData("{\"start\":{}}")]
    [InlineData("{\"start\":{\"base64\":\"=\"}}")]
    [InlineData("{\"start\":{\"base64\":\"\",\"base64\":\"\"}}")]
    [InlineData("{\"start\":{\"base65\":\"\"}}")]
    [InlineData("{\"start\":\"\\ud800\"}")]
    [InlineData("{\"start\":\"\",\"start\":\"\"}")]
    [InlineData("{\"Start\":\"\"}")]
    [InlineData("{\"\\ud800\":\"\"}")]
    [InlineData("{\"framing\":\"\"}")]
    [InlineData("{\"start\":\"\n\"}")]
    [InlineData("// one\n{}")]
    public void Read_Nonsense_SaysWhyItIsNoFraming(string text)
    {
        Assert.NotEmpty(FramingDocument.Read(Encoding.UTF8.GetBytes(text), out var framing)!);
        Assert.Equal(Framing.Lines, framing);
    }

    [Fact]
    public void Read_TooLongOrNotUtf8_SaysWhyItIsNoFraming()
    {
        Assert.NotNull(FramingDocument.Read(Encoding.ASCII.GetBytes($"{{\"start\":\"{new string('a', Framing.MaxPartBytes + 1)}\"}}"), out _));
        Assert.NotNull(FramingDocument.Read(Encoding.ASCII.GetBytes("{}" + new string(' ', FramingDocument.MaxBytes)), out _));
        Assert.NotNull(FramingDocument.Read([.. "{\"start\":\""u8, 0xFF, .. "\"}"u8], out _));
    }
}
