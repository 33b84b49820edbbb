using StreamActors.Runtime;
using StreamActors.Sharding;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Runtime;

public sealed class DeterminismTests
{
    [Fact]
    public async Task Simulation_SameSeed_GivesTheSameTrace() => Assert.Equal(await TraceOf(42), await TraceOf(42));

    [Fact]
    public async Task Simulation_OtherSeeds_GiveOtherTraces()
    {
        var traces = new HashSet<string>();
        for (var seed = 0; seed < 10; seed++) traces.Add(await TraceOf(seed));
        Assert.Equal(10, traces.Count);
    }

    /// <summary>Actors that ask each other, throw, use timers, tasks, chance and ids, and write down what they do.</summary>
    private static async Task<string> TraceOf(int seed)
    {
        var simulation = new Simulation(seed);
        var trace = new List<string>();
        await using var system = ActorSystem.Create("trace", simulation.Options);
        var settings = ClusterShardingSettings.Create(system);
        IActorRef region = null!;
        region = ClusterSharding.Get(system).Start(
            "walker", id => Props.Create(() => new Walker(id, () => region, trace)), settings,
            HashCodeMessageExtractor.Create(4, message => (message as Step)?.To));
        for (var i = 0; i < 8; i++) region.Tell(new Step($"w{i}", 30), null);
        simulation.Advance(TimeSpan.FromMinutes(5));
        await simulation.Complete(system.Terminate());
        Assert.True(trace.Count > 20, $"Only {trace.Count} steps with seed {seed}.");
        return string.Join('\n', trace);
    }

    private sealed record Step(string To, int Left);

    private sealed class Walker : ReceiveActor, IWithTimers
    {
        public Walker(string id, Func<IActorRef> region, List<string> trace)
        {
            void Note(string what) => trace.Add($"{Context.System.Scheduler.MonotonicClock} {id} {what}");

            Receive<Step>(step =>
            {
                Note($"step {step.Left} {Context.System.NewGuid()}");
                Sender.Tell("stepped");
                if (step.Left == 0) return;
                var next = new Step($"w{Context.System.Random.Next(8)}", step.Left - 1);
                switch (Context.System.Random.Next(4))
                {
                    case 0: Timers.StartSingleTimer(next, next, TimeSpan.FromMilliseconds(Context.System.Random.Next(1000))); break;
                    case 1: AskAndSay(region(), next).PipeTo(Self); break;
                    case 2: region().Tell(next); break;
                    default: region().Ask<string>(next, TimeSpan.FromSeconds(1)).PipeTo(Self, failure: cause => cause.GetType().Name); break;
                }
                if (Context.System.Random.Next(40) == 0) throw new FormatException("thrown");
            });
            Receive<string>(Note);
            Receive<Status.Failure>(failure => Note(failure.Cause.GetType().Name));
        }

        public ITimerScheduler Timers { get; set; } = null!;

        private static async Task<string> AskAndSay(IActorRef region, Step step)
        {
            var reply = await region.Ask<string>(step, TimeSpan.FromSeconds(1)).ConfigureAwait(false);
            return "asked: " + reply;
        }
    }
}
