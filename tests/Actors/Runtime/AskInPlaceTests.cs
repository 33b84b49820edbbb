using StreamActors.Runtime;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Runtime;

/// <summary>Asks whose asker's thread takes the turns, on real threads.</summary>
public sealed class AskInPlaceTests() : TestKitBase()
{
    [Fact]
    public async Task AskInPlace_IdleActors_AnswersBeforeItReturns_OnTheAskersThread()
    {
        var actor = ActorOf(() => new WhichThread());
        var between = ActorOf(() => new Forwarder(actor));
        await OnAThread(() =>
        {
            // An actor may still be at its start, on another thread: it is then that one which answers.
            while (between.AskInPlace("thread") is not { IsCompletedSuccessfully: true } ask || (int)ask.Result != Environment.CurrentManagedThreadId)
                Thread.Yield();
        });
    }

    [Fact]
    public async Task AskInPlace_ActorAtWorkOnAnotherThread_IsAnsweredThere()
    {
        using var mayGoOn = new ManualResetEventSlim();
        var started = new TaskCompletionSource();
        var actor = ActorOf(() => new WhichThread(started, mayGoOn));
        var waits = actor.Ask<int>("wait");
        await started.Task.WaitAsync(Deadline);
        var ask = actor.AskInPlace("thread", Deadline);
        Assert.False(ask.IsCompleted);
        mayGoOn.Set();
        Assert.Equal(await waits.WaitAsync(Deadline), await ask);
    }

    [Fact]
    public async Task AskInPlace_InATurn_DoesNotRunAnotherInItsMiddle()
    {
        var log = new List<string>();
        var inner = ActorOf(() => new Logger(log));
        var outer = ActorOf(() => new AskingLogger(log, inner));
        await OnAThread(() =>
        {
            do
            {
                inner.Ask<string>("before").Wait(Deadline);
                lock (log) log.Clear();
            }
            while (outer.AskInPlace("go") is not { IsCompletedSuccessfully: true } ask || (int)ask.Result != Environment.CurrentManagedThreadId);
        });
        await inner.Ask<string>("end");
        lock (log) Assert.Equal(["begins", "ends", "inner", "end"], log);
    }

    [Fact]
    public async Task TellInPlace_TurnsWithoutEnd_AreLeftToThePool()
    {
        var elsewhere = new TaskCompletionSource();
        var (one, other) = (ActorOf(() => new Bouncer(elsewhere)), ActorOf(() => new Bouncer(elsewhere)));
        one.Tell(other, null);
        other.Tell(one, null);
        await OnAThread(() =>
        {
            one.TellInPlace(Environment.CurrentManagedThreadId);
            Assert.True(elsewhere.Task.Wait(Deadline));
        });
    }

    [Fact]
    public async Task ExecuteBlocking_InATurnInPlace_RunsOnThePool()
    {
        var thread = new TaskCompletionSource<int>();
        var actor = ActorOf(() => new Blocking(thread));
        await OnAThread(() =>
        {
            actor.TellInPlace("block");
            Assert.True(thread.Task.Wait(Deadline));
            Assert.NotEqual(Environment.CurrentManagedThreadId, thread.Task.Result);
        });
    }

    [Fact]
    public async Task AskInPlace_FromSeveralThreads_KeepsActorsToOneThreadAtATime()
    {
        var counter = ActorOf(() => new Counter());
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 5000; i++) await counter.AskInPlace("count", Deadline);
        })));
        Assert.Equal(20_001, await counter.Ask<int>("count", Deadline));
    }

    /// <summary>Runs something on a thread that the pool never gets.</summary>
    private static Task OnAThread(Action run)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                run();
                done.SetResult();
            }
            catch (Exception cause)
            {
                done.SetException(cause);
            }
        })
        { IsBackground = true }.Start();
        return done.Task.WaitAsync(Deadline);
    }

    private sealed class WhichThread : ReceiveActor
    {
        public WhichThread(TaskCompletionSource? started = null, ManualResetEventSlim? mayGoOn = null) => Receive<string>(message =>
        {
            if (message == "wait")
            {
                started!.SetResult();
                mayGoOn!.Wait();
            }
            Sender.Tell(Environment.CurrentManagedThreadId);
        });
    }

    private sealed class Forwarder : ReceiveActor
    {
        public Forwarder(IActorRef to) => ReceiveAny(to.Forward);
    }

    private sealed class Logger : ReceiveActor
    {
        public Logger(List<string> log) => Receive<string>(message =>
        {
            lock (log) log.Add(message);
            Sender.Tell("done");
        });
    }

    private sealed class AskingLogger : ReceiveActor
    {
        public AskingLogger(List<string> log, IActorRef inner) => Receive<string>(_ =>
        {
            lock (log) log.Add("begins");
            inner.AskInPlace("inner");
            lock (log) log.Add("ends");
            Sender.Tell(Environment.CurrentManagedThreadId);
        });
    }

    /// <summary>Plays a ball, which is the id of a thread, back and forth with its peer, until another thread runs it.</summary>
    private sealed class Bouncer : ReceiveActor
    {
        private IActorRef? _peer;

        public Bouncer(TaskCompletionSource elsewhere)
        {
            Receive<IActorRef>(peer => _peer = peer);
            Receive<int>(thread =>
            {
                if (Environment.CurrentManagedThreadId == thread) _peer!.Tell(thread);
                else elsewhere.TrySetResult();
            });
        }
    }

    private sealed class Blocking : ReceiveActor
    {
        public Blocking(TaskCompletionSource<int> thread) => Receive<string>(_ =>
            Context.System.Dispatcher.ExecuteBlocking(new Item(() => thread.SetResult(Environment.CurrentManagedThreadId))));

        private sealed class Item(Action run) : IThreadPoolWorkItem
        {
            public void Execute() => run();
        }
    }

    private sealed class Counter : ReceiveActor
    {
        private int _count;

        public Counter() => Receive<string>(_ => Sender.Tell(++_count));
    }
}
