using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.Sources.Log;

namespace StreamActors.Cluster.Tests.SharedLogs;

/// <summary>What holds for names wherever they stand: in the log of one host, and in etcd.</summary>
public abstract class NamesContract : IAsyncLifetime
{
    private static readonly Framing Sized = new([], true, [], []);

    private ISharedNames _names = null!;

    public async ValueTask InitializeAsync() => _names = await OpenAsync();

    public abstract ValueTask DisposeAsync();

    protected abstract Task<ISharedNames> OpenAsync();

    [Fact]
    public async Task Create_AnswersWithWhatIsFoundThen()
    {
        var stream = (await _names.CreateStream("films", Framing.Lines)).Value;
        var topic = (await _names.CreateTopic(stream.Id, "comedy", 3)).Value;
        Assert.Equal(stream.Id, _names.Now.Stream("films")?.Id);
        Assert.Equal(topic.Id, _names.Now.Topic("films", "comedy")?.Id);
        Assert.Equal(3, topic.Partitions.Distinct().Count());
        Assert.Equal(Framing.Lines, _names.Now.Stream("films")!.Framing);
    }

    [Fact]
    public async Task Create_NameIsTakenOrNone_IsRefused()
    {
        var stream = (await _names.CreateStream("films", Framing.Lines)).Value;
        Assert.Equal(LogError.Exists, (await _names.CreateStream("films", Framing.Lines)).Fault?.Error);
        Assert.Equal(LogError.Invalid, (await _names.CreateStream("", Framing.Lines)).Fault?.Error);
        Assert.Equal(LogError.Invalid, (await _names.CreateStream(new string('ä', 128), Framing.Lines)).Fault?.Error);
        Assert.Null((await _names.CreateTopic(stream.Id, "comedy", 1)).Fault);
        Assert.Equal(LogError.Exists, (await _names.CreateTopic(stream.Id, "comedy", 1)).Fault?.Error);
        Assert.Equal(LogError.Invalid, (await _names.CreateTopic(stream.Id, "much", LogCatalog.MaxPartitions + 1)).Fault?.Error);
        Assert.Equal(LogError.NotFound, (await _names.CreateTopic(stream.Id + 99, "comedy", 1)).Fault?.Error);
    }

    [Fact]
    public async Task Create_AgainAfterADelete_IsAnotherIncarnation()
    {
        var stream = (await _names.CreateStream("films", Framing.Lines)).Value;
        var first = (await _names.CreateTopic(stream.Id, "comedy", 2)).Value;
        Assert.Null(await _names.DeleteTopic(first.Id, stream.Id));
        Assert.Null(_names.Now.Topic("films", "comedy"));
        var second = (await _names.CreateTopic(stream.Id, "comedy", 2)).Value;
        Assert.NotEqual(first.Id, second.Id);
        Assert.Empty(first.Partitions.Intersect(second.Partitions));
        Assert.Equal(LogError.NotFound, (await _names.DeleteTopic(first.Id, stream.Id))?.Error);
    }

    [Fact]
    public async Task Rename_StreamAndTopic_KeepTheirIds()
    {
        var stream = (await _names.CreateStream("a", Framing.Lines)).Value;
        var other = (await _names.CreateStream("b", Framing.Lines)).Value;
        var sized = (await _names.CreateStream("sized", Sized)).Value;
        var topic = (await _names.CreateTopic(stream.Id, "t", 1)).Value;
        Assert.Equal(LogError.Exists, (await _names.RenameStream(stream.Id, "b"))?.Error);
        Assert.Null(await _names.RenameStream(stream.Id, "c"));
        Assert.Null(await _names.RenameStream(stream.Id, "c"));
        Assert.Null(_names.Now.Stream("a"));
        Assert.Equal(topic.Id, _names.Now.Topic("c", "t")?.Id);
        Assert.Null(await _names.RenameTopic(topic.Id, stream.Id, other.Id, "u"));
        Assert.Null(_names.Now.Topic("c", "t"));
        Assert.Equal(topic.Partitions, _names.Now.Topic("b", "u")!.Partitions);
        Assert.Equal(LogError.NotFound, (await _names.RenameTopic(topic.Id, stream.Id, other.Id, "v"))?.Error);
        Assert.Equal(LogError.Invalid, (await _names.RenameTopic(topic.Id, other.Id, sized.Id, "u"))?.Error);
        Assert.Equal(LogError.NotFound, (await _names.RenameStream(stream.Id + 99, "x"))?.Error);
    }

    [Fact]
    public async Task AddPartition_OnlyTheNextOne()
    {
        var stream = (await _names.CreateStream("films", Framing.Lines)).Value;
        var topic = (await _names.CreateTopic(stream.Id, "comedy", 1)).Value;
        Assert.Equal(LogError.Exists, (await _names.AddPartition(topic.Id, 0)).Fault?.Error);
        Assert.Equal(LogError.Invalid, (await _names.AddPartition(topic.Id, 2)).Fault?.Error);
        var grown = (await _names.AddPartition(topic.Id, 1)).Value;
        Assert.Equal(topic.Partitions[0], grown.Partitions[0]);
        Assert.Equal(2, grown.Partitions.Distinct().Count());
    }

    [Fact]
    public async Task SetFraming_OnlyBeforeTheFirstMessage()
    {
        var stream = (await _names.CreateStream("films", Framing.Lines)).Value;
        Assert.Null((await _names.CreateTopic(stream.Id, "comedy", 1)).Fault);
        Assert.Null(await _names.SetFraming(stream.Id, Sized));
        Assert.Equal(Sized, _names.Now.Stream("films")!.Framing);
        Assert.Equal(Sized, (await _names.Use(stream.Id)).Value.Framing);
        Assert.True(_names.IsUsed(stream.Id));
        Assert.Equal(LogError.NotEmpty, (await _names.SetFraming(stream.Id, Framing.Lines))?.Error);
        Assert.Equal(Sized, _names.Now.Stream("films")!.Framing);
    }

    [Fact]
    public async Task DeleteStream_TakesItsTopicsWithIt()
    {
        var stream = (await _names.CreateStream("films", Framing.Lines)).Value;
        for (var i = 0; i < 5; i++)
            Assert.Null((await _names.CreateTopic(stream.Id, $"t{i}", 2)).Fault);
        Assert.Null(await _names.DeleteStream(stream.Id));
        Assert.Null(_names.Now.Stream("films"));
        Assert.Empty(_names.Now.Topics);
        Assert.Equal(LogError.NotFound, (await _names.DeleteStream(stream.Id))?.Error);
        Assert.NotEqual(stream.Id, (await _names.CreateStream("films", Framing.Lines)).Value.Id);
    }

    [Fact]
    public async Task Changes_ManyAtATime_AllOrOneOfEachName()
    {
        var stream = (await _names.CreateStream("films", Framing.Lines)).Value;
        var same = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _names.CreateTopic(stream.Id, "same", 1)));
        Assert.Single(same, made => made.Succeeded);
        var others = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => _names.CreateTopic(stream.Id, $"t{i}", 1)));
        Assert.All(others, made => Assert.Null(made.Fault));
        Assert.Equal(5, _names.Now.Streams[stream.Id].Topics.Count);
        Assert.Equal(5, _names.Now.Topics.Values.SelectMany(topic => topic.Partitions).Distinct().Count());
    }
}
