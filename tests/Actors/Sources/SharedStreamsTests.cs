using StreamActors.Etcd;
using StreamActors.Messages;
using StreamActors.Messages.Simulated;
using StreamActors.Sources;
using StreamActors.Sources.Simulated;
using StreamActors.TestKit;
using StreamActors.TestKit.Etcd;

namespace StreamActors.Actors.Tests.Sources;

/// <summary>Simulated streams of a directory that several hosts show.</summary>
public sealed class SharedStreamsTests : IDisposable
{
    private const string TwoTopics = """[{"topic":"a","messages":["1","2"]},{"topic":"b","messages":["x"]}]""";
    private const string OtherTopics = """[{"topic":"c","messages":["3"]}]""";

    private readonly Simulation _simulation = new(5);
    private readonly ModelEtcd _etcd;
    private readonly LogRecorder _log = new();
    private readonly List<IDisposable> _made = [];

    public SharedStreamsTests()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        _etcd = new ModelEtcd(_simulation.Time, 5);
    }

    [Fact]
    public async Task File_OnAllHosts_IsOneStreamAndIsFoundByItsId()
    {
        var (a, b, c) = (new Host(this), new Host(this), new Host(this));
        var stream = a.Resolve();
        Assert.Equal(stream, b.Resolve());
        // A host that nobody has shown the file has only the id.
        var opened = (await ((IStreamSource)c.Source).OpenPartition(new PartitionId($"{stream}.0.0"))).Value!;
        Assert.Equal("%2F:", stream.Value[..4]);
        Assert.Equal(["a", "b"], (await ((IStreamSource)c.Source).OpenStream(stream)).Value!.Topics.Select(topic => topic.Name.ToString()));
        Assert.True((await opened.OpenReader(ViewId.Default)).Value is not null);
    }

    [Fact]
    public void Content_Changes_IsAnotherStreamOnAllHosts()
    {
        var (a, b) = (new Host(this), new Host(this));
        var before = a.Resolve();
        a.File.Write(OtherTopics, 1_500_000_002);
        b.File.Write(OtherTopics, 1_500_000_002);
        var after = b.Resolve();
        Assert.NotEqual(before, after);
        Assert.Equal(after, a.Resolve());
        // As before, and yet another one.
        a.File.Write(TwoTopics, 1_500_000_003);
        Assert.NotEqual(before, a.Resolve());
    }

    [Fact]
    public async Task Topic_DeletedOnOneHost_EndsOnAllAndTheRestIsTheSameStream()
    {
        var (a, b) = (new Host(this), new Host(this));
        var stream = a.Resolve();
        b.Resolve();
        var (first, second) = (await b.Open(stream, 0), await b.Open(stream, 1));
        var ended = 0;
        using var watch = first.Watch(() => ended++);

        Assert.Null(a.Source.DeleteTopic(new TopicId($"{stream}.0")));
        b.File.Write(System.Text.Encoding.UTF8.GetString(a.File.Bytes), 1_500_000_009);
        _simulation.Advance(TimeSpan.FromSeconds(1));

        Assert.True(first.IsEnded);
        Assert.True(ended > 0);
        Assert.False(second.IsEnded);
        Assert.Equal(stream, b.Resolve());
        Assert.Equal(["b"], b.Source.OpenStream(stream).Value!.Topics.Select(topic => topic.Name.ToString()));
        Assert.Equal(stream, new Host(this, System.Text.Encoding.UTF8.GetString(a.File.Bytes)).Resolve());
    }

    [Fact]
    public async Task Topic_ThatCanNotBeDeleted_StaysOnAll()
    {
        var (a, b) = (new Host(this), new Host(this));
        var stream = a.Resolve();
        b.Resolve();
        var partition = await b.Open(stream, 0);
        a.File.Errno = 28;
        Assert.NotNull(a.Source.DeleteTopic(new TopicId($"{stream}.0")));
        a.File.Errno = 0;
        _simulation.Advance(TimeSpan.FromSeconds(1));
        Assert.False(partition.IsEnded);
        Assert.Equal(stream, new Host(this).Resolve());
        Assert.Null(a.Source.DeleteTopic(new TopicId($"{stream}.0")));
        _simulation.Advance(TimeSpan.FromSeconds(1));
        Assert.True(partition.IsEnded);
    }

    [Fact]
    public async Task Stream_DeletedOnOneHost_EndsOnAllAndMadeAgainIsAnother()
    {
        var (a, b) = (new Host(this), new Host(this));
        var stream = a.Resolve();
        b.Resolve();
        var partition = await b.Open(stream, 1);
        Assert.Null(a.Source.DeleteStream(stream));
        _simulation.Advance(TimeSpan.FromSeconds(1));
        Assert.True(partition.IsEnded);
        Assert.NotEqual(stream, new Host(this).Resolve());
    }

    [Fact]
    public void Etcd_IsAway_StreamsAreNotShownAndOrdinaryFilesAre()
    {
        var (a, b) = (new Host(this), new Host(this, "no list"));
        _etcd.IsAway = true;
        Assert.Equal(Fault.TimedOut, a.Source.Resolve(a.File).Failure!.Fault);
        Assert.IsType<CatalogReply.Ordinary>(b.Source.Resolve(b.File).Value);
        _etcd.IsAway = false;
        a.Resolve();
    }

    [Fact]
    public void Hosts_WithOtherSeparators_AreToldApart()
    {
        var (a, b) = (new Host(this), new Host(this, separator: ";"));
        a.Resolve();
        Assert.Contains("another simulated.separator", b.Source.Resolve(b.File).Failure!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Row_DamagedByHand_IsMadeAnew()
    {
        var a = new Host(this);
        var stream = a.Resolve();
        foreach (var entry in _etcd.Peek("s/"))
            _etcd.Intervene(EtcdTransaction.Of(new EtcdOperation.Put(entry.Key, "no row")));
        _simulation.Advance(TimeSpan.FromSeconds(1));
        var again = new Host(this).Resolve();
        Assert.NotEqual(stream, again);
        _simulation.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(a.Source.Find(a.File));
        Assert.Equal(again, a.Resolve());
    }

    public void Dispose() => _made.ForEach(made => made.Dispose());

    private sealed class Host
    {
        private readonly SharedStreamsTests _test;

        public Host(SharedStreamsTests test, string content = TwoTopics, string separator = "\n")
        {
            _test = test;
            var time = test._simulation.Time;
            File = new FakeFile("d/x.dir", content, (ulong)test._made.Count + 1);
            var etcd = new ImmediateEtcd(test._etcd);
            var (streams, release) = (new EtcdTable(etcd, "s/", time, _ => { }), new EtcdTable(etcd, "r/", time, _ => { }));
            var clock = new SharedReleaseClock(release, time, TimeSpan.FromSeconds(1));
            test._made.AddRange([clock, streams, release]);
            var bytes = System.Text.Encoding.UTF8.GetBytes(separator);
            var sharing = new SimulatedSharing(
                new SharedStreamTable(streams, "%2F:", bytes, Guid.NewGuid), clock, path => path == "d/x.dir" && !File.IsGone ? File.Again : null);
            var options = new SimulatedOptions { MaxBytes = 1 << 20, CacheBytes = 0, Interval = TimeSpan.FromSeconds(1), Separator = bytes };
            Source = new SimulatedSource(options, time, test._log, sharing);
            test._simulation.Advance(TimeSpan.FromSeconds(1));
        }

        public FakeFile File { get; }

        public SimulatedSource Source { get; }

        public StreamId Resolve() => Assert.IsType<CatalogReply.Stream>(Source.Resolve(File.Again).Value).Id;

        public async Task<IPartitionSource> Open(StreamId stream, int topic)
        {
            _test._simulation.Advance(TimeSpan.FromSeconds(1));
            var opened = await ((IStreamSource)Source).OpenPartition(new PartitionId($"{stream}.{topic}.0"));
            Assert.Null(opened.Failure);
            return opened.Value!;
        }
    }
}
