using StreamActors.Sources;

namespace StreamActors.Kafka.Tests;

/// <summary>Start and stop of what is fetched for a mirror, in the orders in which threads can come.</summary>
public sealed class MirrorFetchTests
{
    private static readonly Failure s_refused = new(Fault.Overloaded, "no");

    private readonly Script _script = new();
    private readonly Sink _sink = new();
    private readonly MirrorFetch _fetch;

    public MirrorFetchTests() => _fetch = new MirrorFetch(_script.Begin, _sink);

    [Fact]
    public void Start_BeginsOnce_AndStopEndsIt()
    {
        Assert.Null(_fetch.Start(3, FetchPace.CatchUp));
        Assert.Null(_fetch.Start(4, FetchPace.CatchUp));
        Assert.True(_fetch.IsActive);
        _fetch.Stop();

        Assert.False(_fetch.IsActive);
        Assert.Equal(["begin 3 CatchUp", "end 3"], _script.Events);
    }

    [Fact]
    public void Start_WhileOneThatWasStoppedIsStillBeginning_BeginsAfterThatHasEnded()
    {
        _script.While(0, () =>
        {
            _fetch.Stop();
            Assert.False(_fetch.IsActive);
            Assert.Null(_fetch.Start(5, FetchPace.Tail));
            Assert.True(_fetch.IsActive);
        });

        Assert.Null(_fetch.Start(0, FetchPace.CatchUp));

        Assert.Equal(["begin 0 CatchUp", "end 0", "begin 5 Tail"], _script.Events);
        _script.Sinks[5].Take([Message(5)]);
        Assert.Equal(["take 5"], _sink.Calls);
    }

    [Fact]
    public void Start_WhileOneThatWasStoppedIsStillEnding_BeginsAfterIt()
    {
        Assert.Null(_fetch.Start(0, FetchPace.CatchUp));
        _script.WhileEnding(0, () => Assert.Null(_fetch.Start(5, FetchPace.Tail)));

        _fetch.Stop();

        Assert.True(_fetch.IsActive);
        Assert.Equal(["begin 0 CatchUp", "end 0", "begin 5 Tail"], _script.Events);
    }

    [Fact]
    public void Stop_WhileItBegins_EndsItAndHandsNothingOn()
    {
        _script.While(0, () =>
        {
            _script.Sinks[0].Take([Message(0)]);
            _fetch.Stop();
            _script.Sinks[0].Take([Message(1)]);
            _script.Sinks[0].ReachedEnd(2);
            _script.Sinks[0].Failed(s_refused);
        });

        Assert.Null(_fetch.Start(0, FetchPace.CatchUp));

        Assert.Equal(["take 0"], _sink.Calls);
        Assert.Equal(["begin 0 CatchUp", "end 0"], _script.Events);
    }

    [Fact]
    public void Stop_OfAStartThatWaitsForAnEarlierOne_BeginsNothing()
    {
        _script.While(0, () =>
        {
            _fetch.Stop();
            Assert.Null(_fetch.Start(5, FetchPace.Tail));
            _fetch.Stop();
        });

        Assert.Null(_fetch.Start(0, FetchPace.CatchUp));

        Assert.False(_fetch.IsActive);
        Assert.Equal(["begin 0 CatchUp", "end 0"], _script.Events);
    }

    [Fact]
    public void End_ThatIsReachedBeforeItIsKnownToHaveBegun_IsWaitedAt()
    {
        _script.While(0, () => _fetch.ReachedEnd(7));

        Assert.Null(_fetch.Start(0, FetchPace.CatchUp));

        Assert.Equal(["begin 0 CatchUp", "end 0", "begin 7 Tail"], _script.Events);
        _fetch.ReachedEnd(9);
        Assert.Equal(3, _script.Events.Count);
    }

    [Fact]
    public void Start_AfterAStopWhileItTurnsToWaiting_BeginsWhereItSays()
    {
        Assert.Null(_fetch.Start(0, FetchPace.CatchUp));
        _script.While(7, () =>
        {
            _fetch.Stop();
            Assert.Null(_fetch.Start(3, FetchPace.CatchUp));
        });

        _fetch.ReachedEnd(7);

        Assert.Equal(["begin 0 CatchUp", "end 0", "begin 7 Tail", "end 7", "begin 3 CatchUp"], _script.Events);
        Assert.True(_fetch.IsActive);
    }

    [Fact]
    public void Start_ThatIsRefused_SaysSo_AndTheNextBegins()
    {
        _script.Refuse(0);

        Assert.Equal(s_refused, _fetch.Start(0, FetchPace.CatchUp));

        Assert.False(_fetch.IsActive);
        Assert.Null(_fetch.Start(1, FetchPace.CatchUp));
        Assert.Equal(["begin 1 CatchUp"], _script.Events);
    }

    [Fact]
    public void Start_ThatAnotherThreadBegins_AndIsRefused_TellsTheSink()
    {
        _script.Refuse(5);
        _script.While(0, () =>
        {
            _fetch.Stop();
            Assert.Null(_fetch.Start(5, FetchPace.Tail));
        });

        Assert.Null(_fetch.Start(0, FetchPace.CatchUp));

        Assert.Equal(["no"], _sink.Calls);
        Assert.False(_fetch.IsActive);
    }

    [Fact]
    public void Stop_FromACallOfTheSink_WaitsForNobody()
    {
        Assert.Null(_fetch.Start(0, FetchPace.CatchUp));
        _sink.Taken = () => _fetch.Stop();

        _script.Sinks[0].Take([Message(0)]);

        Assert.False(_fetch.IsActive);
        Assert.Equal(["begin 0 CatchUp", "end 0"], _script.Events);
    }

    [Fact]
    public async Task Stop_WhileTheSinkIsCalled_WaitsForTheCall()
    {
        var order = new List<string>();
        using var entered = new ManualResetEventSlim();
        using var stopping = new ManualResetEventSlim();
        Assert.Null(_fetch.Start(0, FetchPace.CatchUp));
        _sink.Taken = () =>
        {
            entered.Set();
            stopping.Wait();
            order.Add("taken");
        };
        var taking = Task.Run(() => _script.Sinks[0].Take([Message(0)]));
        entered.Wait();

        stopping.Set();
        _fetch.Stop();
        order.Add("stopped");

        await taking;
        Assert.Equal(["taken", "stopped"], order);
    }

    [Fact]
    public void Stop_UnlessItIsStillWanted_LeavesIt()
    {
        Assert.Null(_fetch.Start(0, FetchPace.CatchUp));

        _fetch.Stop(unless: () => true);
        Assert.True(_fetch.IsActive);
        _fetch.Stop(unless: () => false);
        Assert.False(_fetch.IsActive);
    }

    private static FetchedMessage Message(long offset) => new(offset, Clients.Message("a"));

    /// <summary>Begins and ends what is fetched; in the middle of each something else can happen, as from another thread.</summary>
    private sealed class Script
    {
        private readonly Dictionary<long, Action> _beginning = [];
        private readonly Dictionary<long, Action> _ending = [];
        private readonly HashSet<long> _refused = [];

        public List<string> Events { get; } = [];

        /// <summary>What takes the messages, by the offset where it has begun.</summary>
        public Dictionary<long, IFetchSink> Sinks { get; } = [];

        public void While(long offset, Action happens) => _beginning[offset] = happens;

        public void WhileEnding(long offset, Action happens) => _ending[offset] = happens;

        public void Refuse(long offset) => _refused.Add(offset);

        public Result<IDisposable> Begin(long offset, IFetchSink sink, FetchPace pace)
        {
            if (_refused.Contains(offset))
                return s_refused;
            Events.Add($"begin {offset} {pace}");
            Sinks[offset] = sink;
            _beginning.GetValueOrDefault(offset)?.Invoke();
            return new Result<IDisposable>(new Begun(this, offset));
        }

        private sealed class Begun(Script script, long offset) : IDisposable
        {
            public void Dispose()
            {
                script.Events.Add($"end {offset}");
                script._ending.GetValueOrDefault(offset)?.Invoke();
            }
        }
    }

    private sealed class Sink : IFetchSink
    {
        public List<string> Calls { get; } = [];

        public Action? Taken { get; set; }

        public void Take(IReadOnlyList<FetchedMessage> messages)
        {
            Calls.Add($"take {messages[0].Offset}");
            Taken?.Invoke();
        }

        public void ReachedEnd(long next) => Calls.Add($"end {next}");

        public void Failed(Failure failure) => Calls.Add(failure.Reason);
    }
}
