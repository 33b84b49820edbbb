using System.Text;
using StreamActors.Sources.Simulated;

namespace StreamActors.Actors.Tests.Sources;

public sealed class SimulatedStreamReaderTests
{
    [Theory]
    [InlineData("""[{"topic":"a","messages":["1","2"]}]""", "a:1|2|")]
    [InlineData("""[]""", "")]
    [InlineData("""[{"topic":"a","messages":[]}]""", "a:")]
    [InlineData("""[{"messages":["1"],"topic":"a"}]""", "a:1|")]
    [InlineData("""[{"topic":"a","messages":["1"]},{"topic":"b","messages":["2"]},{"topic":"a","messages":["3"]}]""", "a:1|3| b:2|")]
    [InlineData("""[{"x":{"y":[1]},"topic":"a","comment":null,"messages":["1"],"z":2}]""", "a:1|")]
    [InlineData("""[{"topic":"a","messages":[1,-2.50e+3,true,null,{"k" : [ 1 , "x y" , {} ]},[ ],"\"s\\"]}]""", """a:1|-2.50e+3|true|null|{"k":[1,"x y",{}]}|[]|"s\|""")]
    [InlineData("""[{"topic":"a","messages":[{"a":1,"b":{"c":[[],[{}]]},"d":"\n"}]}]""", """a:{"a":1,"b":{"c":[[],[{}]]},"d":"\n"}|""")]
    [InlineData("""[{"topic":"é😀","messages":["é\ud83d\ude00","\u0000"]}]""", "é😀:é😀|\0|")]
    [InlineData("""[{"\u0074opic":"","messages":[""]}]""", ":|")]
    [InlineData("\uFEFF \n[{\"topic\":\"a\",\"messages\":[\"1\"]}]\n", "a:1|")]
    public void Read_ListOfTopics_GivesTheBytesOfEach(string json, string expected)
    {
        var document = SimulatedStreamReader.Read(Encoding.UTF8.GetBytes(json), "|"u8, out var error);

        Assert.Null(error);
        Assert.Equal(expected, string.Join(' ', document!.Topics.Select(topic => $"{topic.Name}:{Encoding.UTF8.GetString(topic.Bytes.Span)}")));
    }

    [Theory]
    [InlineData("", 1, 1, "does not contain any JSON tokens")]
    [InlineData("   \n  ", 2, 3, "does not contain any JSON tokens")]
    [InlineData("{}", 1, 1, "expected a list of objects with \"topic\" and \"messages\", found an object")]
    [InlineData("\"a\"", 1, 1, "found a string")]
    [InlineData("[1]", 1, 2, "expected an object with \"topic\" and \"messages\", found a number")]
    [InlineData("[{}]", 1, 2, "the object has no \"topic\"")]
    [InlineData("[\n  {\"topic\":\"a\"}]", 2, 3, "the object has no \"messages\"")]
    [InlineData("[{\"messages\":[]}]", 1, 2, "the object has no \"topic\"")]
    [InlineData("[{\"topic\":1,\"messages\":[]}]", 1, 11, "expected a string as \"topic\", found a number")]
    [InlineData("[{\"topic\":null,\"messages\":[]}]", 1, 11, "expected a string as \"topic\", found null")]
    [InlineData("[{\"topic\":\"a\",\"messages\":\"b\"}]", 1, 26, "expected a list as \"messages\", found a string")]
    [InlineData("[{\"topic\":\"é😀\",\"messages\":{}}]", 1, 27, "expected a list as \"messages\", found an object")]
    [InlineData("[{\"topic\":\"a\",\"topic\":\"b\",\"messages\":[]}]", 1, 15, "the key \"topic\" stands twice")]
    [InlineData("[{\"topic\":\"a\",\"messages\":[],\n\"messages\":[]}]", 2, 1, "the key \"messages\" stands twice")]
    [InlineData("[{\"topic\":\"a\",\"x\":1,\"x\":1,\"messages\":[]}]", 1, 21, "the key \"x\" stands twice")]
    [InlineData("[{\"topic\":\"a\",\"messages\":[\"1\"", 1, 30, "Expected")]
    [InlineData("[{\"topic\":\"a\",\"messages\":[\"1\",]}]", 1, 31, "trailing comma")]
    [InlineData("[{\"topic\":\"a\",\"messages\":[\"1\"]}] x", 1, 34, "after a single JSON value")]
    [InlineData("[] []", 1, 4, "after a single JSON value")]
    [InlineData("[{\"topic\":\"a\",\"messages\":[ // no\n]}]", 1, 28, "'/' is invalid")]
    [InlineData("[{\"topic\":\"a\",\"messages\":[\"\\ud800\"]}]", 1, 27, "lone surrogate")]
    [InlineData("[{\"topic\":\"\\udc00\",\"messages\":[]}]", 1, 11, "lone surrogate")]
    [InlineData("[{\"topic\":\"a\",\"messages\":[[\"\\ud800\"]]}]", 1, 28, "lone surrogate")]
    [InlineData("[{\"topic\":\"a\",\"messages\":[\"tab\there\"]}]", 1, 31, "invalid within a JSON string")]
    public void Read_NotSuchAList_GivesLineAndColumn(string json, int line, int column, string reason)
    {
        var document = SimulatedStreamReader.Read(Encoding.UTF8.GetBytes(json), "\n"u8, out var error);

        Assert.Null(document);
        Assert.Contains(reason, error!.Reason, StringComparison.Ordinal);
        Assert.Equal((line, column), (error.Line, error.Column));
    }

    [Theory]
    [InlineData(0xFF)]
    [InlineData(0xC0)]
    [InlineData(0x80)]
    public void Read_InvalidUtf8_GivesItsPlace(byte wrong)
    {
        byte[] json = [.. "[\n{\"topic\":\"é"u8, wrong, .. "\",\"messages\":[]}]"u8];

        Assert.Null(SimulatedStreamReader.Read(json, "\n"u8, out var error));
        Assert.Equal("line 2, column 12: the file is not valid UTF-8", error!.ToString());
    }

    [Fact]
    public void Read_NestedDeeperThanAllowed_IsNoStream()
    {
        var json = $$"""[{"topic":"a","messages":[{{new string('[', SimulatedStreamReader.MaxDepth)}}""";

        Assert.Null(SimulatedStreamReader.Read(Encoding.UTF8.GetBytes(json), "\n"u8, out var error));
        Assert.Contains("depth", error!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Messages_EndsAreCumulative()
    {
        var document = SimulatedStreamReader.Read("""[{"topic":"a","messages":["é","","abc"]}]"""u8, "\r\n"u8, out _);

        var ends = document!.Topics[0].Schedule;
        Assert.Equal([0, 4, 6, 11], Enumerable.Range(0, 4).Select(ends.End));
    }

    [Theory]
    [InlineData("""[{"topic":"a","messages":["1"]}, {"topic":"b","messages":["2"]},{"topic":"c","messages":[]} ]""", "b", """[{"topic":"a","messages":["1"]},{"topic":"c","messages":[]} ]""")]
    [InlineData("""[ {"topic":"a","messages":["1"]} , {"topic":"b","messages":["2"]} ]""", "a", """[ {"topic":"b","messages":["2"]} ]""")]
    [InlineData("""[ {"topic":"a","messages":["1"]} , {"topic":"b","messages":["2"]} ]""", "b", """[ {"topic":"a","messages":["1"]} ]""")]
    [InlineData("""[ {"topic":"a","messages":["1"]} ]""", "a", """[  ]""")]
    [InlineData("""[{"topic":"a","messages":[]},{"topic":"a","messages":[]},{"topic":"b","messages":[]},{"topic":"a","messages":[]}]""", "a", """[{"topic":"b","messages":[]}]""")]
    [InlineData("""[{"topic":"a","messages":[]},{"topic":"b","messages":[]},{"topic":"b","messages":[]}]""", "b", """[{"topic":"a","messages":[]}]""")]
    [InlineData("\uFEFF[\n  {\"topic\":\"b\",\"messages\":[]},\n  {\"topic\":\"a\",\"messages\":[]}\n]\n", "b", "\uFEFF[\n  {\"topic\":\"a\",\"messages\":[]}\n]\n")]
    [InlineData("""[{"topic":"a","messages":[]}]""", "b", """[{"topic":"a","messages":[]}]""")]
    public void WithoutTopic_CutsItsObjects_AndKeepsTheRestByteForByte(string json, string topic, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var document = SimulatedStreamReader.Read(bytes, "\n"u8, out _)!;

        var rest = SimulatedStreamWriter.WithoutTopic(bytes, document, new Messages.EntityName(topic));

        Assert.Equal(expected, Encoding.UTF8.GetString(rest));
        var again = SimulatedStreamReader.Read(rest, "\n"u8, out _)!;
        Assert.Equal(document.Topics.Select(t => t.Name).Where(name => name.ToString() != topic), again.Topics.Select(t => t.Name));
    }
}
