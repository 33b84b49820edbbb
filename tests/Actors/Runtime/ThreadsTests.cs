using System.Collections.Concurrent;
using StreamActors.Runtime;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Runtime;

/// <summary>What only several threads can break.</summary>
public sealed class ThreadsTests() : TestKitBase
{
    private const int Senders = 8;
    private const int MessagesEach = 20_000;

    [Fact]
    public async Task Tell_FromSeveralThreads_LosesNothingAndKeepsTheOrderOfEach()
    {
        var counter = Sys.ActorOf(
            Props.Create(() => new OrderCheck(TestActor.Ref)).WithMailboxCapacity(2 * Senders * MessagesEach));
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < MessagesEach; i++) counter.Tell((sender, i), null);
        })));
        await TestActor.ExpectMsgAsync(Senders * MessagesEach);
    }

    [Fact]
    public async Task Ask_FromSeveralThreads_GivesEachItsOwnReply()
    {
        var doubler = Enumerable.Range(0, 4).Select(_ => ActorOf(() => new Doubler())).ToArray();
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            for (var i = 0; i < MessagesEach / 10; i++)
                Assert.Equal(2 * i, await doubler[(sender + i) % 4].Ask<int>(i, Deadline));
        })));
    }

    [Fact]
    public async Task Tell_MailboxFullFromSeveralThreads_HandlesOrTurnsAwayEach()
    {
        var counter = Sys.ActorOf(Props.Create(() => new Counter()).WithMailboxCapacity(100));
        var turnedAway = 0;
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            for (var i = 0; i < MessagesEach / 10; i++)
            {
                var asks = Enumerable.Range(0, 32).Select(_ => counter.Ask<int>("count", Deadline)).ToArray();
                foreach (var ask in asks)
                {
                    try
                    {
                        await ask;
                    }
                    catch (MailboxFullException)
                    {
                        Interlocked.Increment(ref turnedAway);
                    }
                }
            }
        })));
        var handled = await counter.Ask<int>("read", Deadline);
        Assert.Equal(Senders * (MessagesEach / 10) * 32, handled + turnedAway);
        Assert.Equal(turnedAway, Sys.DroppedCount);
    }

    [Fact]
    public async Task Stop_WhileSeveralThreadsAsk_AnswersEveryAsk()
    {
        for (var round = 0; round < 50; round++)
        {
            var actor = ActorOf(() => new Doubler());
            var asking = Enumerable.Range(0, Senders).Select(_ => Task.Run(async () =>
            {
                for (var i = 0; ; i++)
                {
                    try
                    {
                        Assert.Equal(2 * i, await actor.Ask<int>(i, Deadline));
                    }
                    catch (ActorTerminatedException)
                    {
                        return;
                    }
                }
            })).ToArray();
            await actor.Ask<int>(1, Deadline);
            Sys.Stop(actor);
            await Task.WhenAll(asking);
        }
    }

    [Fact]
    public async Task Restart_WhileSeveralThreadsAsk_AnswersEveryAsk()
    {
        var actor = ActorOf(() => new Doubler());
        var failures = 0;
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            for (var i = 0; i < 500; i++)
            {
                try
                {
                    Assert.Equal(2 * i, await actor.Ask<int>(i % 50 == sender ? "throw" : i, Deadline));
                }
                catch (FormatException)
                {
                    Interlocked.Increment(ref failures);
                }
            }
        })));
        Assert.Equal(Senders * 10, failures);
    }

    [Fact]
    public async Task Ask_ManyDeadlinesOnTheRealClock_AllPass()
    {
        var asks = Enumerable.Range(0, 1000)
            .Select(i => TestActor.Ref.Ask<string>("no reply", TimeSpan.FromMilliseconds(1 + (i % 50)))).ToArray();
        foreach (var ask in asks) await Assert.ThrowsAsync<AskTimeoutException>(() => ask.WaitAsync(Deadline));
    }

    [Fact]
    public async Task AskInTurn_Reply_GoesOnInTheTurnOfTheActor()
    {
        var actor = ActorOf(() => new LateReplier());
        var goesOn = actor.AskInTurn("ask").ContinueWith(
            reply => (Here: Environment.CurrentManagedThreadId, There: (int)reply.Result),
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        actor.Tell("reply", null);
        var threads = await goesOn.WaitAsync(Deadline);
        Assert.Equal(threads.There, threads.Here);
    }

    [Fact]
    public async Task Timer_OfAnIdleActor_TicksOnTheThreadOfTheTimer()
    {
        var time = new TimeByHand();
        var system = ActorSystem.Create("timers", new ActorSystemOptions { TimeProvider = time });
        var ticks = new BlockingCollection<int>();
        system.ActorOf(Props.Create(() => new TimerOwner(ticks)));
        var fire = await time.Started.WaitAsync(Deadline);
        var done = new TaskCompletionSource();
        // While the actor is in a turn, a tick waits for its next one, wherever that is.
        new Thread(() =>
        {
            do fire();
            while (ticks.Take() != Environment.CurrentManagedThreadId);
            done.SetResult();
        })
        { IsBackground = true }.Start();
        await done.Task.WaitAsync(Deadline);
        await system.Terminate().WaitAsync(Deadline);
    }

    /// <summary>A clock whose first timer ends when the test says so.</summary>
    private sealed class TimeByHand : TimeProvider
    {
        private readonly TaskCompletionSource<Action> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Action> Started => _started.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == TimerOwner.Due) _started.TrySetResult(() => callback(state));
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class TimerOwner : ReceiveActor, IWithTimers
    {
        public static readonly TimeSpan Due = TimeSpan.FromMilliseconds(123);

        public TimerOwner(BlockingCollection<int> ticks) => Receive<string>(_ => ticks.Add(Environment.CurrentManagedThreadId));

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart() => Timers.StartPeriodicTimer("key", "tick", Due);
    }

    private sealed class LateReplier : ReceiveActor
    {
        private IActorRef? _asker;

        public LateReplier() => Receive<string>(message =>
        {
            if (message == "ask") _asker = Sender;
            else _asker!.Tell(Environment.CurrentManagedThreadId);
        });
    }

    private sealed class OrderCheck : ReceiveActor
    {
        private readonly int[] _next = new int[Senders];
        private int _handled;

        public OrderCheck(IActorRef log) => Receive<(int Sender, int Number)>(message =>
        {
            if (_next[message.Sender]++ != message.Number) log.Tell($"{message} came too early");
            if (++_handled == Senders * MessagesEach) log.Tell(_handled);
        });
    }

    private sealed class Doubler : ReceiveActor
    {
        public Doubler()
        {
            Receive<int>(number => Sender.Tell(number * 2));
            Receive<string>(message => throw new FormatException(message));
        }
    }

    private sealed class Counter : ReceiveActor
    {
        private int _count;

        public Counter() => Receive<string>(message => Sender.Tell(message == "count" ? ++_count : _count));
    }
}
