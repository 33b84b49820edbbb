using System.Text;
using StreamActors.Messages;
using StreamActors.Sources;
using StreamActors.Streams;

namespace StreamActors.Actors.Tests.Streams;

public sealed class PartitionCoreTests : IDisposable
{
    private const long Epoch = 3;

    private static readonly PartitionId Id = new("7.0.0");
    private static readonly EntitySettings Settings = new() { MaxHandles = 2, MaxWaiters = 2, MaxPending = 3, MaxAppends = 3, MaxAppendBytes = 10 };

    private static readonly EntityName Cursor = new("c");
    private static readonly Dictionary<string, PartitionRequest.Append> Batches = [];

    private readonly FakePartition _partition = new() { Text = "1\n", UntilNext = TimeSpan.FromSeconds(1) };
    private readonly PartitionCore<string> _core = new(Settings, Epoch);

    public void Dispose() => _partition.Dispose();

    [Fact]
    public void Stat_BeforeTheSourceIsOpen_WaitsForIt()
    {
        var stat = new PartitionRequest.Stat(Id, ViewId.Default);
        Expect(_core.Handle(stat, "x"), new PartitionEffect<string>.OpenSource(Epoch));
        Expect(_core.Handle(stat, "y"));

        var stated = new PartitionReply.Stated(_partition.Now);
        Expect(_core.SourceOpened(Epoch, Opened), new PartitionEffect<string>.Ask(Epoch, 1, stat), new PartitionEffect<string>.Ask(Epoch, 2, stat));
        Expect(_core.Ended(Epoch, 2, stated), Reply("y", stated));
        Expect(_core.Ended(Epoch, 1, stated), Reply("x", stated));
        Expect(_core.Handle(stat, "z"), new PartitionEffect<string>.Ask(Epoch, 3, stat));
    }

    [Fact]
    public void Stat_SourceDoesNotOpen_FailsAndTheNextTriesAgain()
    {
        var failure = new Failure(Fault.Stale, "gone");
        _core.Handle(new PartitionRequest.Stat(Id, ViewId.Default), "x");

        Expect(_core.SourceOpened(Epoch, failure), Reply("x", failure));
        Expect(_core.Handle(new PartitionRequest.Stat(Id, ViewId.Default), "y"), new PartitionEffect<string>.OpenSource(Epoch));
    }

    [Fact]
    public void Handle_MoreThanMayWaitForTheSource_IsOverloaded()
    {
        for (var i = 0; i < Settings.MaxPending; i++)
            _core.Handle(new PartitionRequest.Stat(Id, ViewId.Default), "x");

        ExpectFailure(_core.Handle(new PartitionRequest.Stat(Id, ViewId.Default), "y"), "y", Fault.Overloaded);
    }

    [Fact]
    public void SourceOpened_OfAnotherEpoch_IsDropped()
    {
        _core.Handle(new PartitionRequest.Stat(Id, ViewId.Default), "x");

        Expect(_core.SourceOpened(Epoch - 1, new Failure(Fault.Stale, "late")));
        Expect(_core.SourceOpened(Epoch - 1, Opened), new PartitionEffect<string>.Discard(_partition));
        Assert.IsType<PartitionEffect<string>.Ask>(Assert.Single(_core.SourceOpened(Epoch, Opened)));
    }

    [Fact]
    public void Open_ReaderComes_IsAHandleWithACursor()
    {
        OpenSource();
        var reader = new FakeReader(_partition);

        Expect(_core.Handle(new PartitionRequest.Open(Id, Handle(1), ViewId.Default), "x"), new PartitionEffect<string>.OpenReader(Epoch, Handle(1), ViewId.Default));
        Expect(_core.ReaderOpened(Epoch, Handle(1), new Result<IPartitionReader>(reader)), Reply("x", new PartitionReply.Opened(reader)));

        Assert.Equal(1, _core.HandleCount);
        Assert.Equal(0, _core.CursorOf(Handle(1)));
    }

    [Fact]
    public void Open_MoreThanAllowed_IsTooManyHandles()
    {
        OpenSource();
        OpenHandle(1);
        _core.Handle(new PartitionRequest.Open(Id, Handle(2), ViewId.Default), "x");

        ExpectFailure(_core.Handle(new PartitionRequest.Open(Id, Handle(3), ViewId.Default), "y"), "y", Fault.TooManyHandles);
    }

    [Fact]
    public void Close_WhileItIsBeingOpened_DisposesOfTheReader()
    {
        OpenSource();
        _core.Handle(new PartitionRequest.Open(Id, Handle(1), ViewId.Default), "x");
        var reader = new FakeReader(_partition);

        ExpectFailure(_core.Handle(new PartitionRequest.Close(Id, Handle(1)), "y"), "x", Fault.Cancelled);
        Expect(_core.ReaderOpened(Epoch, Handle(1), new Result<IPartitionReader>(reader)), new PartitionEffect<string>.Discard(reader));
        Assert.Equal(0, _core.HandleCount);
    }

    [Fact]
    public void Close_BehindAnOpenThatWaitsForTheSource_EndsItAlsoWhereNothingMoreMayWait()
    {
        for (var handle = 1; handle <= Settings.MaxPending; handle++)
            _core.Handle(new PartitionRequest.Open(Id, Handle(handle), ViewId.Default), "x");

        ExpectFailure(_core.Handle(new PartitionRequest.Close(Id, Handle(2)), "y"), "x", Fault.Cancelled);
        Expect(_core.Handle(new PartitionRequest.Close(Id, Handle(2)), "y"));
        Expect(
            _core.SourceOpened(Epoch, Opened),
            new PartitionEffect<string>.OpenReader(Epoch, Handle(1), ViewId.Default), new PartitionEffect<string>.OpenReader(Epoch, Handle(3), ViewId.Default));
    }

    [Fact]
    public void Wait_BeforeTheEnd_IsAnsweredAtOnce()
    {
        OpenSource();
        OpenHandle(1);

        Expect(_core.Handle(Wait(1, 1, position: 1), "x"), Reply("x", new PartitionReply.Grown(2)));
        Assert.Equal(1, _core.CursorOf(Handle(1)));
    }

    [Fact]
    public void Wait_AtTheEnd_IsAnsweredByTheRelease()
    {
        OpenSource();
        OpenHandle(1);

        Expect(_core.Handle(Wait(1, 1, position: 2), "x"), new PartitionEffect<string>.SetTimer(TimeSpan.FromSeconds(1)));
        _partition.Text = "1\n2\n";
        Expect(_core.ReleaseDue(), Reply("x", new PartitionReply.Grown(4)));
        Assert.Equal(0, _core.WaiterCount);
    }

    [Fact]
    public void ReleaseDue_TooEarly_SetsTheTimerAgain()
    {
        OpenSource();
        OpenHandle(1);
        _core.Handle(Wait(1, 1, position: 2), "x");
        _partition.UntilNext = TimeSpan.FromTicks(1);

        Expect(_core.ReleaseDue(), new PartitionEffect<string>.SetTimer(TimeSpan.FromTicks(1)));
    }

    [Fact]
    public void ReleaseDue_SeveralWaiters_AnswersThoseBeforeTheEndInTheirOrder()
    {
        OpenSource();
        OpenHandle(1);
        OpenHandle(2);
        _core.Handle(Wait(2, 1, position: 2), "y");
        _core.Handle(Wait(1, 1, position: 2), "x");
        _partition.Text = "1\n2\n";
        _partition.UntilNext = null;

        Expect(_core.ReleaseDue(), Reply("y", new PartitionReply.Grown(4)), Reply("x", new PartitionReply.Grown(4)));
    }

    [Fact]
    public void ReleaseDue_WaiterBehindTheEnd_StaysAndTheTimerIsSetAgain()
    {
        OpenSource();
        OpenHandle(1);
        _core.Handle(Wait(1, 1, position: 9), "x");
        _partition.Text = "1\n2\n";

        Expect(_core.ReleaseDue(), new PartitionEffect<string>.SetTimer(TimeSpan.FromSeconds(1)));
        Assert.Equal(1, _core.WaiterCount);
    }

    [Fact]
    public void Wait_NothingIsToCome_SetsNoTimer()
    {
        OpenSource();
        OpenHandle(1);
        _partition.UntilNext = null;

        Expect(_core.Handle(Wait(1, 1, position: 2), "x"));
    }

    [Fact]
    public void Wait_MoreThanAllowed_IsTooManyWaiters()
    {
        OpenSource();
        OpenHandle(1);
        _core.Handle(Wait(1, 1, position: 2), "x");
        _core.Handle(Wait(1, 2, position: 2), "x");

        ExpectFailure(_core.Handle(Wait(1, 3, position: 2), "y"), "y", Fault.TooManyWaiters);
    }

    [Fact]
    public void Wait_SameWaiterTwice_IsBusy()
    {
        OpenSource();
        OpenHandle(1);
        _core.Handle(Wait(1, 1, position: 2), "x");

        ExpectFailure(_core.Handle(Wait(1, 1, position: 2), "y"), "y", Fault.Busy);
        Assert.Equal(1, _core.WaiterCount);
    }

    [Fact]
    public void Wait_UnknownHandle_IsToldSo()
    {
        ExpectFailure(_core.Handle(Wait(1, 1, position: 0), "x"), "x", Fault.UnknownHandle);
        OpenSource();
        ExpectFailure(_core.Handle(Wait(1, 1, position: 0), "x"), "x", Fault.UnknownHandle);
    }

    [Fact]
    public void CancelWait_TheLastOne_AnswersItAndStopsTheTimer()
    {
        OpenSource();
        OpenHandle(1);
        _core.Handle(Wait(1, 1, position: 2), "x");

        var effects = _core.Handle(new PartitionRequest.CancelWait(Id, Handle(1), new WaiterId(1)), "z");

        ExpectFailure([effects[0]], "x", Fault.Cancelled);
        Expect([effects[1]], new PartitionEffect<string>.CancelTimer());
        Expect(_core.Handle(new PartitionRequest.CancelWait(Id, Handle(1), new WaiterId(1)), "z"));
    }

    [Fact]
    public void Close_HandleWithWaiters_AnswersThem()
    {
        OpenSource();
        OpenHandle(1);
        OpenHandle(2);
        _core.Handle(Wait(1, 1, position: 2), "x");
        _core.Handle(Wait(2, 1, position: 2), "y");

        var effects = _core.Handle(new PartitionRequest.Close(Id, Handle(1)), "z");
        ExpectFailure([effects[0]], "x", Fault.Cancelled);
        Assert.IsType<FakeReader>(Assert.IsType<PartitionEffect<string>.Discard>(effects[1]).Opened);
        Assert.Equal((1, 1), (_core.HandleCount, _core.WaiterCount));
        Assert.Null(_core.CursorOf(Handle(1)));
    }

    [Fact]
    public void Deleted_AnswersEveryWaiter_AndRefusesWhatIsNew()
    {
        OpenSource();
        OpenHandle(1);
        _core.Handle(Wait(1, 1, position: 2), "x");
        _partition.IsEnded = true;
        _partition.UntilNext = null;

        Expect(_core.Changed(), Reply("x", new PartitionReply.Grown(2)), new PartitionEffect<string>.CancelTimer());
        Expect(_core.Handle(Wait(1, 2, position: 2), "x"), Reply("x", new PartitionReply.Grown(2)));
        ExpectFailure(_core.Handle(new PartitionRequest.Stat(Id, ViewId.Default), "y"), "y", Fault.Deleted);
        ExpectFailure(_core.Handle(new PartitionRequest.Open(Id, Handle(2), ViewId.Default), "y"), "y", Fault.Deleted);
        Assert.IsType<PartitionEffect<string>.Discard>(Assert.Single(_core.Handle(new PartitionRequest.Close(Id, Handle(1)), "x")));
        Expect(_core.Handle(new PartitionRequest.Close(Id, Handle(1)), "x"));
        Assert.Equal(0, _core.HandleCount);
        // Nobody needs it any more: whoever asks next finds what has the id by then.
        var last = _core.Handle(new PartitionRequest.Stat(Id, ViewId.Default), "y");
        ExpectFailure([last[0]], "y", Fault.Deleted);
        Assert.IsType<PartitionEffect<string>.Passivate>(last[1]);
    }

    [Fact]
    public void Idle_WithoutHandles_IsPassivated()
    {
        OpenSource();

        Expect(_core.Idle(), new PartitionEffect<string>.Passivate());
    }

    [Fact]
    public void Idle_WithAHandleOrWhileOpening_Stays()
    {
        _core.Handle(new PartitionRequest.Stat(Id, ViewId.Default), "x");
        Expect(_core.Idle());
        _core.SourceOpened(Epoch, Opened);
        Expect(_core.Idle());
        _core.Ended(Epoch, 1, new PartitionReply.Stated(default));
        _core.Handle(new PartitionRequest.Open(Id, Handle(1), ViewId.Default), "x");
        Expect(_core.Idle());
        _core.ReaderOpened(Epoch, Handle(1), new Result<IPartitionReader>(new FakeReader(_partition)));
        Expect(_core.Idle());
        _core.Handle(new PartitionRequest.Close(Id, Handle(1)), "x");
        Expect(_core.Idle(), new PartitionEffect<string>.Passivate());
    }

    [Fact]
    public void Stop_WhoeverWaits_IsTold()
    {
        OpenSource();
        OpenHandle(1);
        _core.Handle(Wait(1, 1, position: 2), "x");
        _core.Handle(new PartitionRequest.Open(Id, Handle(2), ViewId.Default), "y");
        var failure = new Failure(Fault.Crashed, "stopped");

        Expect(_core.Stop(failure), Reply("x", failure), Reply("y", failure));
        Expect(_core.Stop(failure));
    }

    [Fact]
    public void Stop_WhileTheSourceOpens_TellsWhoWaitsForIt()
    {
        _core.Handle(new PartitionRequest.Stat(Id, ViewId.Default), "x");
        var failure = new Failure(Fault.Crashed, "stopped");

        Expect(_core.Stop(failure), Reply("x", failure));
    }

    [Fact]
    public void ReaderOpened_OfAnotherEpoch_IsDisposedOf()
    {
        OpenSource();
        var reader = new FakeReader(_partition);

        Expect(_core.ReaderOpened(Epoch - 1, Handle(1), new Result<IPartitionReader>(reader)), new PartitionEffect<string>.Discard(reader));
    }

    [Fact]
    public void Append_Several_AreUnderWayTogetherAndAnsweredAsTheyEnd()
    {
        OpenSource();

        Expect(_core.Handle(Append("a"), "x"), Ask(1, Append("a")));
        Expect(_core.Handle(Append("b"), "y"), Ask(2, Append("b")));
        Expect(_core.AppendEnded(Epoch, 2, new PartitionReply.Appended(1)), Reply("y", new PartitionReply.Appended(1)));
        Expect(_core.AppendEnded(Epoch, 1, new PartitionReply.Appended(0)), Reply("x", new PartitionReply.Appended(0)));
    }

    [Fact]
    public void Append_UnderWay_HoldsUpNeitherOpensNorWaits()
    {
        OpenSource();
        _core.Handle(Append("a"), "x");

        OpenHandle(1);
        Expect(_core.Handle(Wait(1, 1, position: 0), "y"), Reply("y", new PartitionReply.Grown(2)));
    }

    [Fact]
    public void Append_Ended_WakesAllWaitersInOnePass()
    {
        OpenSource();
        _partition.UntilNext = null;
        OpenHandle(1);
        OpenHandle(2);
        _core.Handle(Wait(1, 1, position: 2), "w");
        _core.Handle(Wait(2, 1, position: 2), "v");
        _core.Handle(Append("2"), "x");
        _partition.Text = "1\n2\n";

        Expect(
            _core.AppendEnded(Epoch, 1, new PartitionReply.Appended(1)),
            Reply("x", new PartitionReply.Appended(1)), Reply("w", new PartitionReply.Grown(4)), Reply("v", new PartitionReply.Grown(4)));
    }

    [Fact]
    public void Append_MoreThanMayBeUnderWay_IsOverloaded()
    {
        OpenSource();
        for (var i = 0; i < Settings.MaxAppends; i++)
            _core.Handle(Append("a"), "x");

        ExpectFailure(_core.Handle(Append("a"), "y"), "y", Fault.Overloaded);
        _core.AppendEnded(Epoch, 1, new PartitionReply.Appended(0));
        Expect(_core.Handle(Append("a"), "y"), Ask(4, Append("a")));
    }

    [Fact]
    public void Append_MoreBytesThanMayBeUnderWay_IsOverloadedButForOneAlone()
    {
        OpenSource();

        Expect(_core.Handle(Append("larger than all"), "x"), Ask(1, Append("larger than all")));
        ExpectFailure(_core.Handle(Append("a"), "y"), "y", Fault.Overloaded);
        _core.AppendEnded(Epoch, 1, new Failure(Fault.NoSpace, "full"));
        Expect(_core.Handle(Append("a"), "y"), Ask(2, Append("a")));
    }

    [Fact]
    public void Append_Nothing_IsInvalid()
    {
        OpenSource();

        ExpectFailure(_core.Handle(new PartitionRequest.Append(Id, new MessageBatch()), "x"), "x", Fault.Invalid);
    }

    [Fact]
    public void Append_EntityEndsMeanwhile_IsAnsweredOnce()
    {
        OpenSource();
        _core.Handle(Append("a"), "x");
        var failure = new Failure(Fault.Crashed, "stopped");

        Expect(_core.Stop(failure), Reply("x", failure));
        Expect(_core.AppendEnded(Epoch, 1, new PartitionReply.Appended(0)));
        Expect(new PartitionCore<string>(Settings, Epoch + 1).AppendEnded(Epoch, 1, new PartitionReply.Appended(0)));
    }

    [Fact]
    public void Sync_OfADeletedPartition_IsDone()
    {
        OpenSource();
        Expect(_core.Handle(new PartitionRequest.Sync(Id), "x"), Ask(1, new PartitionRequest.Sync(Id)));
        Expect(_core.Ended(Epoch, 1, new Failure(Fault.InputOutput, "no disk")), Reply("x", new Failure(Fault.InputOutput, "no disk")));
        _partition.IsEnded = true;

        Expect(_core.Handle(new PartitionRequest.Sync(Id), "x"), Reply("x", new PartitionReply.Done()));
    }

    [Fact]
    public void OpenCursor_WhileAnotherReadsByIt_IsBusyAfterAWhile()
    {
        OpenSource();
        OpenCursor(1);
        PartitionRequest[] requests =
        [
            new PartitionRequest.OpenCursor(Id, Handle(2), Cursor, ViewKind.Json),
            new PartitionRequest.MoveCursor(Id, Cursor, new StartPlace.Last(1)),
            new PartitionRequest.ForgetCursor(Id, Cursor),
            new PartitionRequest.ProbeCursor(Id, Cursor),
        ];
        for (var i = 0; i < requests.Length; i++)
            Expect(_core.Handle(requests[i], "y"), new PartitionEffect<string>.SetPatience(Epoch, i + 1, Settings.CursorPatience));

        Expect(_core.PatienceIsOver(Epoch - 1, 1));
        for (var i = 0; i < requests.Length; i++)
            ExpectFailure(_core.PatienceIsOver(Epoch, i + 1), "y", Fault.Busy);
        Expect(_core.PatienceIsOver(Epoch, 1));
        Expect(_core.Handle(new PartitionRequest.FindCursor(Id, Cursor), "y"), Ask(1, new PartitionRequest.FindCursor(Id, Cursor)));
        _core.Handle(new PartitionRequest.Close(Id, Handle(1)), "x");
        Expect(_core.Handle(new PartitionRequest.ProbeCursor(Id, Cursor), "y"), Reply("y", new PartitionReply.Done()));
        OpenCursor(2);
    }

    [Fact]
    public void Close_OfACursor_LetsTheNextOneHaveIt()
    {
        OpenSource();
        OpenCursor(1);
        _core.Handle(new PartitionRequest.ProbeCursor(Id, Cursor), "x");
        _core.Handle(new PartitionRequest.OpenCursor(Id, Handle(2), Cursor, ViewKind.Json), "y");
        _core.Handle(new PartitionRequest.OpenCursor(Id, Handle(3), Cursor, ViewKind.Json), "z");

        var effects = _core.Handle(new PartitionRequest.Close(Id, Handle(1)), "v");

        Assert.IsType<PartitionEffect<string>.Discard>(effects[0]);
        Assert.Equal(
            [Reply("x", new PartitionReply.Done()), new PartitionEffect<string>.OpenCursor(Epoch, Handle(2), Cursor, ViewKind.Json)], effects.Skip(1));
        // One that can't be opened gives its place to the next.
        var failed = _core.ReaderOpened(Epoch, Handle(2), new Failure(Fault.NotFound, "no cursor"));
        ExpectFailure([failed[0]], "y", Fault.NotFound);
        Assert.Equal(new PartitionEffect<string>.OpenCursor(Epoch, Handle(3), Cursor, ViewKind.Json), failed[1]);
        Expect(_core.PatienceIsOver(Epoch, 2));
    }

    [Fact]
    public void OpenCursor_ThatWaitsForAnother_EndsWithItsCloseAndIsGivenBack()
    {
        OpenSource();
        OpenCursor(1);
        var waiting = new PartitionRequest.OpenCursor(Id, Handle(2), Cursor, ViewKind.Json);
        _core.Handle(waiting, "y");
        ExpectFailure(_core.Handle(new PartitionRequest.Close(Id, Handle(2)), "z"), "y", Fault.Cancelled);
        _core.Handle(waiting, "y");

        Assert.Equal(
            [new PartitionEffect<string>.GiveBack(waiting, "y"), new PartitionEffect<string>.Stop()], _core.HandOver().Where(effect => effect is not PartitionEffect<string>.Discard));
    }

    [Fact]
    public void OpenCursor_AgainByTheSameHandle_TakesTheNewReader()
    {
        OpenSource();
        OpenCursor(1);
        OpenCursor(1);
        Expect(_core.Handle(Acknowledge(1, 5), "x"), new PartitionEffect<string>.Acknowledge(Epoch, 1, Cursor, 5));
    }

    [Fact]
    public void OpenCursor_Fails_LeavesTheCursorFree()
    {
        OpenSource();
        _core.Handle(new PartitionRequest.OpenCursor(Id, Handle(1), Cursor, ViewKind.Default), "x");

        ExpectFailure(_core.ReaderOpened(Epoch, Handle(1), new Failure(Fault.NotFound, "no cursor")), "x", Fault.NotFound);
        OpenCursor(1);
    }

    [Fact]
    public void Acknowledge_SmallerThanBefore_IsDoneAlready()
    {
        OpenSource();
        OpenCursor(1);

        Expect(_core.Handle(Acknowledge(1, 5), "x"), new PartitionEffect<string>.Acknowledge(Epoch, 1, Cursor, 5));
        Expect(_core.Handle(Acknowledge(1, 5), "x"), Reply("x", new PartitionReply.Done()));
        Expect(_core.Ended(Epoch, 1, new PartitionReply.Done()), Reply("x", new PartitionReply.Done()));
        Expect(_core.Handle(Acknowledge(1, 4), "x"), Reply("x", new PartitionReply.Done()));
        Expect(_core.Handle(Acknowledge(1, 6), "x"), new PartitionEffect<string>.Acknowledge(Epoch, 2, Cursor, 6));
    }

    [Fact]
    public void Acknowledge_Failed_CanBeTriedAgain()
    {
        OpenSource();
        OpenCursor(1);
        _core.Handle(Acknowledge(1, 5), "x");
        _core.Ended(Epoch, 1, new Failure(Fault.NoSpace, "full"));

        Expect(_core.Handle(Acknowledge(1, 5), "x"), new PartitionEffect<string>.Acknowledge(Epoch, 2, Cursor, 5));
    }

    [Fact]
    public void Acknowledge_HandleWithoutCursor_IsUnknown()
    {
        ExpectFailure(_core.Handle(Acknowledge(1, 5), "x"), "x", Fault.UnknownHandle);
        OpenSource();
        OpenHandle(1);
        ExpectFailure(_core.Handle(Acknowledge(1, 5), "x"), "x", Fault.UnknownHandle);
    }

    [Fact]
    public void Wait_UntilComplete_EndsByGrowth_ByCompleteness_OrByWhatKeepsItFromThat()
    {
        OpenSource();
        OpenHandle(1);
        _partition.UntilNext = null;
        _partition.IsComplete = false;
        PartitionRequest.Wait UntilComplete(long waiter, long position) => new(Id, Handle(1), new WaiterId(waiter), position, UntilComplete: true);
        Expect(_core.Handle(UntilComplete(1, 2), "x"));
        Expect(_core.Changed());
        _partition.Text = "1\n2\n";
        Expect(_core.Changed(), Reply("x", new PartitionReply.Grown(4)));

        Expect(_core.Handle(UntilComplete(2, 4), "y"));
        Expect(_core.Handle(Wait(1, 3, position: 4), "follower"));
        _partition.Stalled = new Failure(Fault.TimedOut, "nothing came");
        Expect(_core.Changed(), Reply("y", _partition.Stalled));

        Expect(_core.Handle(UntilComplete(4, 4), "z"), Reply("z", _partition.Stalled));
        _partition.Stalled = null;
        Expect(_core.Handle(UntilComplete(5, 4), "z"));
        _partition.IsComplete = true;
        Expect(_core.Changed(), Reply("z", new PartitionReply.Grown(4)));
        Assert.Equal(1, _core.WaiterCount);
    }

    [Fact]
    public void Wait_ForMore_IsToldToTheReader_AndOneUntilItIsCompleteIsNot()
    {
        OpenSource();
        OpenHandle(1);
        _partition.UntilNext = null;
        _partition.IsComplete = false;
        _core.Handle(new PartitionRequest.Wait(Id, Handle(1), new WaiterId(1), _partition.Text.Length, UntilComplete: true), "x");
        Assert.Equal(0, _partition.Awaits);

        _core.Handle(Wait(1, 2, position: _partition.Text.Length), "y");

        Assert.Equal(1, _partition.Awaits);
    }

    [Fact]
    public void Open_AgainWhileItIsOpen_ReadsByTheNewReader()
    {
        OpenSource();
        OpenHandle(1);
        var other = new FakePartition { Text = "longer" };
        _core.Handle(new PartitionRequest.Open(Id, Handle(1), ViewId.Default), "x");
        _core.ReaderOpened(Epoch, Handle(1), new Result<IPartitionReader>(new FakeReader(other)));

        Expect(_core.Handle(Wait(1, 1, position: 5), "x"), Reply("x", new PartitionReply.Grown(6)));
        Assert.Equal(1, _core.HandleCount);
    }

    [Fact]
    public void HandOver_WithWaitersAndOpens_GivesThemBackAndStopsOnceAppendsHaveEnded()
    {
        _partition.HandsOver = true;
        OpenSource();
        OpenHandle(1);
        var (wait, open) = (Wait(1, 5, 2), new PartitionRequest.Open(Id, Handle(2), ViewId.Default));
        _core.Handle(wait, "waits");
        _core.Handle(open, "opens");
        _core.Handle(Append("1"), "appends");

        Expect(
            _core.HandOver(), new PartitionEffect<string>.GiveBack(wait, "waits"), new PartitionEffect<string>.GiveBack(open, "opens"),
            new PartitionEffect<string>.CancelTimer(), new PartitionEffect<string>.HandOver());
        Expect(_core.HandedOver());
        var late = new FakeReader(_partition);
        Expect(_core.ReaderOpened(Epoch, Handle(2), new Result<IPartitionReader>(late)), new PartitionEffect<string>.Discard(late));
        Expect(
            _core.AppendEnded(Epoch, 1, new PartitionReply.Appended(0)), Reply("appends", new PartitionReply.Appended(0)),
            new PartitionEffect<string>.Stop());
        Expect(_core.Stop(new Failure(Fault.Crashed, "stopped")));
    }

    [Fact]
    public void HandOver_Idle_StopsAtOnce()
    {
        OpenSource();
        OpenHandle(1);
        Expect(_core.HandOver(), new PartitionEffect<string>.Stop());
    }

    [Fact]
    public void HandOver_NextOwnerHasToKnowSomething_StopsOnceThatIsWritten()
    {
        _partition.HandsOver = true;
        OpenSource();
        Expect(_core.HandOver(), new PartitionEffect<string>.HandOver());
        Expect(_core.HandedOver(), new PartitionEffect<string>.Stop());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void HandOver_AndStop_LetGoOfReaders(bool isHandedOver)
    {
        OpenSource();
        var reader = new FakeReader(_partition);
        _core.Handle(new PartitionRequest.Open(Id, Handle(1), ViewId.Default), "opener");
        _core.ReaderOpened(Epoch, Handle(1), new Result<IPartitionReader>(reader));
        Assert.False(reader.IsLetGo);

        _ = isHandedOver ? _core.HandOver() : _core.Stop(new Failure(Fault.Crashed, "stopped"));

        Assert.True(reader.IsLetGo);
        // Whoever reads may do so just now.
        Assert.False(reader.IsDisposed);
    }

    [Fact]
    public void HandOver_SourceIsBeingOpened_GivesBackWhatWaitsForItAndStopsWithIt()
    {
        var stat = new PartitionRequest.Stat(Id, ViewId.Default);
        _core.Handle(stat, "x");
        Expect(_core.HandOver(), new PartitionEffect<string>.GiveBack(stat, "x"));
        Expect(_core.SourceOpened(Epoch, Opened), new PartitionEffect<string>.Stop());
    }

    private static PartitionRequest.Append Append(string value)
    {
        if (Batches.TryGetValue(value, out var request))
            return request;
        var batch = new MessageBatch();
        batch.Add(Encoding.ASCII.GetBytes(value));
        return Batches[value] = new PartitionRequest.Append(Id, batch);
    }

    private static PartitionRequest.Acknowledge Acknowledge(long handle, long offset) => new(Id, Handle(handle), offset);

    private static PartitionEffect<string>.Ask Ask(long ticket, PartitionRequest request) => new(Epoch, ticket, request);

    private void OpenCursor(long number)
    {
        Expect(
            _core.Handle(new PartitionRequest.OpenCursor(Id, Handle(number), Cursor, ViewKind.Default), "opener"),
            new PartitionEffect<string>.OpenCursor(Epoch, Handle(number), Cursor, ViewKind.Default));
        _core.ReaderOpened(Epoch, Handle(number), new Result<IPartitionReader>(new FakeReader(_partition)));
    }

    private Result<IPartitionSource> Opened => new(_partition);

    private static HandleId Handle(long number) => new(Guid.Empty, number);

    private static PartitionRequest.Wait Wait(long handle, long waiter, long position) => new(Id, Handle(handle), new WaiterId(waiter), position);

    private static PartitionEffect<string>.Reply Reply(string to, object message) => new(to, message);

    private void OpenSource()
    {
        _core.Handle(new PartitionRequest.ProbeCursor(Id, Cursor), "first");
        _core.SourceOpened(Epoch, Opened);
    }

    private void OpenHandle(long number)
    {
        _core.Handle(new PartitionRequest.Open(Id, Handle(number), ViewId.Default), "opener");
        _core.ReaderOpened(Epoch, Handle(number), new Result<IPartitionReader>(new FakeReader(_partition)));
    }

    private static void Expect(IReadOnlyList<PartitionEffect<string>> effects, params PartitionEffect<string>[] expected) =>
        Assert.Equal(expected, effects);

    private static void ExpectFailure(IReadOnlyList<PartitionEffect<string>> effects, string to, Fault fault)
    {
        var reply = Assert.IsType<PartitionEffect<string>.Reply>(Assert.Single(effects));
        Assert.Equal((to, fault), (reply.To, Assert.IsType<Failure>(reply.Message).Fault));
    }
}
