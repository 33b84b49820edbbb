using StreamActors.Hocon;
using Xunit;

namespace StreamActors.Host.Tests.Hocon;

public sealed class HoconSubstitutionTests
{
    [Theory]
    [InlineData("a = 1\nb = ${a}", """{"a":1,"b":1}""")]
    [InlineData("b = ${a}\na = 1", """{"b":1,"a":1}""")]
    [InlineData("a.b = 1\nc = ${a.b}", """{"a":{"b":1},"c":1}""")]
    [InlineData("a.\"b.c\" = 1\nd = ${a.\"b.c\"}", """{"a":{"b.c":1},"d":1}""")]
    [InlineData("a = x\nb = /${ a }/y", """{"a":"x","b":"/x/y"}""")]
    [InlineData("a = 1\nb = ${?c}", """{"a":1}""")]
    [InlineData("a = 1\na = ${?b}", """{"a":1}""")]
    [InlineData("a = ${?b}x", """{"a":"x"}""")]
    [InlineData("a = ${?b} 5 ${?c}", """{"a":5}""")]
    [InlineData("a = x ${?b} y", """{"a":"x y"}""")]
    [InlineData("a = ${?b} ${?c}", """{}""")]
    [InlineData("a = [1, ${?b}, 2]", """{"a":[1,2]}""")]
    [InlineData("a { x = 1 }\nb = ${a} { y = 2 }", """{"a":{"x":1},"b":{"x":1,"y":2}}""")]
    [InlineData("a { x = 1 }\nb = ${a}\nb.x = 2", """{"a":{"x":1},"b":{"x":2}}""")]
    [InlineData("a = [1]\nb = ${a} [2]", """{"a":[1],"b":[1,2]}""")]
    public void Substitution_OfAnotherField_TakesItsValue(string text, string json) =>
        Assert.Equal(json, HoconTestExtensions.Read(text).ToJson());

    [Theory]
    [InlineData("a = x\na = ${a}-y", """{"a":"x-y"}""")]
    [InlineData("a = [1]\na = ${a} [2]\na = [0] ${a}", """{"a":[0,1,2]}""")]
    [InlineData("a = ${?a}x", """{"a":"x"}""")]
    [InlineData("a { b = 1, c = ${a.b} }", """{"a":{"b":1,"c":1}}""")]
    [InlineData("a { b = 1, c = ${a.b} }\na { b = 2 }", """{"a":{"b":2,"c":2}}""")]
    [InlineData("foo { a { c = 1 } }\nfoo = ${foo.a}\nfoo { a = 2 }", """{"foo":{"a":2,"c":1}}""")]
    [InlineData("bar { a = ${foo.d}, b = 1 }\nbar.b = 3\nfoo { c = ${bar.b}, d = 2 }\nfoo.d = 4", """{"bar":{"a":4,"b":3},"foo":{"c":3,"d":4}}""")]
    [InlineData("x { b = 1 }\na = ${x}\na.b = ${a.b}0", """{"x":{"b":1},"a":{"b":"10"}}""")]
    public void Substitution_OfTheFieldItself_TakesTheValueBefore(string text, string json) =>
        Assert.Equal(json, HoconTestExtensions.Read(text).ToJson());

    [Fact]
    public void Substitution_OfAValueThatIsReplaced_IsNotNeeded() =>
        Assert.Equal("""{"a":1}""", HoconTestExtensions.Read("a = ${missing}\na = 1").ToJson());

    [Fact]
    public void Substitution_WithoutAField_TakesTheEnvironment()
    {
        var document = HoconTestExtensions.Read("a = ${HOME}/x, b = ${?USER}, c = ${?UNSET}", HoconTestExtensions.Environment(("HOME", "/root"), ("USER", "me")));

        Assert.Equal("""{"a":"/root/x","b":"me"}""", document.ToJson());
    }

    [Fact]
    public void Substitution_WithAField_IgnoresTheEnvironment() =>
        Assert.Equal("""{"A":1,"b":1}""", HoconTestExtensions.Read("A = 1, b = ${A}", HoconTestExtensions.Environment(("A", "2"))).ToJson());

    [Fact]
    public void Substitution_WithoutAField_TakesTheFallback()
    {
        var options = new HoconReaderOptions { Fallback = HoconTestExtensions.Read("a.b = 5") };

        Assert.Equal("""{"c":5}""", HoconTestExtensions.Read("c = ${a.b}", options).ToJson());
    }

    [Fact]
    public void Substitution_OfAScalar_HasTheOriginOfItsUse() =>
        Assert.Equal("test.conf:2:5", HoconTestExtensions.Read("a = 1\nb = ${a}").Find("b")!.Origin.ToString());

    [Theory]
    [InlineData("a = ${b}", "test.conf:1:5: expected a value for ${b}: neither the document nor the environment has one")]
    [InlineData("a = 1\nb = x ${a.c}", "test.conf:2:7: expected a value for ${a.c}")]
    [InlineData("a = ${a}", "test.conf:1:5: expected a value for ${a}")]
    [InlineData("a = ${b}\nb = ${a}", "test.conf:2:5: expected a value for ${a}")]
    [InlineData("a { b = ${a} }", "test.conf:1:3: expected no cycle")]
    [InlineData("a = 1\nb = ${a", "test.conf:2:8: expected the closing '}' of the substitution, found the end")]
    [InlineData("a = ${}", "test.conf:1:7: expected a path in ${…}, found '}'")]
    [InlineData("a = $b", "test.conf:1:5: expected a value")]
    [InlineData("a { x = 1 }\nb = ${a} y", "test.conf:2:10: expected an object beside an object, found text")]
    [InlineData("a = [1]\nb = x ${a}", "test.conf:1:5: expected text beside text, found an array")]
    public void Substitution_ThatCantBe_IsRefusedWithItsPlace(string text, string message) =>
        Assert.StartsWith(message, Assert.Throws<HoconException>(() => HoconTestExtensions.Read(text)).Message);

    [Fact]
    public void Substitutions_ThatGrowWithoutEnd_AreRefused()
    {
        var objects = string.Join('\n', Enumerable.Range(1, 40).Select(i => $"a{i} = [${{a{i - 1}}}, ${{a{i - 1}}}]"));
        var text = string.Join('\n', Enumerable.Range(1, 40).Select(i => $"a{i} = ${{a{i - 1}}}${{a{i - 1}}}"));
        var nothing = string.Join('\n', Enumerable.Range(1, 40).Select(i => $"a{i} = ${{?a{i - 1}}}${{?a{i - 1}}}"));

        Assert.Contains("expected at most", Assert.Throws<HoconException>(() => HoconTestExtensions.Read($"a0 = 1\n{objects}")).Message);
        Assert.Contains("expected at most", Assert.Throws<HoconException>(() => HoconTestExtensions.Read($"a0 = {new string('x', 1000)}\n{text}")).Message);
        Assert.Contains("expected at most", Assert.Throws<HoconException>(() => HoconTestExtensions.Read(nothing)).Message);
    }

    [Fact]
    public void Substitutions_ThatAreTooDeep_AreRefused()
    {
        var chain = string.Join('\n', Enumerable.Range(1, 5000).Select(i => $"a{i} = ${{a{i + 1}}}"));

        Assert.Contains("expected at most 512 values", Assert.Throws<HoconException>(() => HoconTestExtensions.Read(chain)).Message);
    }

    [Fact]
    public void Append_Repeated_IsReadUpToItsBound()
    {
        var allowed = string.Concat(Enumerable.Repeat("a += 1\n", 200));
        var refused = string.Concat(Enumerable.Repeat("a += 1\n", 2000));

        Assert.Equal(200, Assert.IsType<HoconArray>(HoconTestExtensions.Read(allowed).Find("a")).Items.Count);
        Assert.Throws<HoconException>(() => HoconTestExtensions.Read(refused));
    }
}
