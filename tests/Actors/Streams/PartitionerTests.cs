using System.Text;
using StreamActors.Streams;

namespace StreamActors.Actors.Tests.Streams;

public sealed class PartitionerTests
{
    /// <summary>The vectors of Kafka's own tests of its murmur2.</summary>
    [Theory]
    [InlineData("21", -973932308)]
    [InlineData("foobar", -790332482)]
    [InlineData("a-little-bit-long-string", -985981536)]
    [InlineData("a-little-bit-longer-string", -1486304829)]
    [InlineData("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)]
    [InlineData("abc", 479470107)]
    public void Murmur2_KafkasVectors_AreTheSame(string key, int expected) =>
        Assert.Equal(expected, (int)Partitioner.Murmur2(Encoding.UTF8.GetBytes(key)));

    [Fact]
    public void OfKey_NegativeHash_IsMadePositiveAsInKafka()
    {
        Assert.Equal((-973932308 & 0x7fffffff) % 7, Partitioner.OfKey("21"u8, 7));
        Assert.Equal(479470107 % 7, Partitioner.OfKey("abc"u8, 7));
    }

    [Fact]
    public void NextSticky_BatchAfterBatch_GoesRound()
    {
        var partitioner = new Partitioner();

        Assert.Equal([0, 1, 2, 0], Enumerable.Range(0, 4).Select(_ => partitioner.NextSticky(3)));
    }
}
