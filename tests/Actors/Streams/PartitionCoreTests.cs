using StreamActors.Messages;
using StreamActors.Sources;
using StreamActors.Streams;
using Xunit;

namespace StreamActors.Actors.Tests.Streams;

public sealed class PartitionCoreTests
{
    private const long Epoch = 3;

    private static readonly PartitionId Id = new("7.0.0");
    private static readonly EntitySettings Settings = new() { MaxHandles = 2, MaxWaiters = 2, MaxPending = 3 };

    private readonly FakePartition _partition = new() { Text = "1\n", UntilNext = TimeSpan.FromSeconds(1) };
    private readonly PartitionCore<string> _core = new(Settings, Epoch);

    [Fact]
    public void Stat_BeforeTheSourceIsOpen_WaitsForIt()
    {
        Expect(_core.Handle(new PartitionRequest.Stat(Id, ViewId.Default), "x"), new PartitionEffect<string>.OpenSource(Epoch));
        Expect(_core.Handle(new PartitionRequest.Stat(Id, ViewId.Default), "y"));

        var stated = new PartitionReply.Stated(_partition.Stat);
        Expect(_core.SourceOpened(Epoch, Opened), Reply("x", stated), Reply("y", stated));
        Expect(_core.Handle(new PartitionRequest.Stat(Id, ViewId.Default), "z"), Reply("z", stated));
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
        Expect(_core.SourceOpened(Epoch, Opened), Reply("x", new PartitionReply.Stated(_partition.Stat)));
    }

    [Fact]
    public void Open_ReaderComes_IsAHandleWithACursor()
    {
        OpenSource();
        var reader = new FakeReader(_partition);

        Expect(_core.Handle(new PartitionRequest.Open(Id, Handle(1), ViewId.Default), "x"), new PartitionEffect<string>.OpenReader(Epoch, Handle(1)));
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
        Expect(_core.ReaderOpened(Epoch, Handle(1), new Result<IPartitionReader>(reader)), new PartitionEffect<string>.DisposeReader(reader));
        Assert.Equal(0, _core.HandleCount);
    }

    [Fact]
    public void Close_BehindAnOpenThatWaitsForTheSource_EndsIt()
    {
        _core.Handle(new PartitionRequest.Open(Id, Handle(1), ViewId.Default), "x");
        _core.Handle(new PartitionRequest.Close(Id, Handle(1)), "x");

        var effects = _core.SourceOpened(Epoch, Opened);

        Assert.Equal(new PartitionEffect<string>.OpenReader(Epoch, Handle(1)), effects[0]);
        ExpectFailure([effects[1]], "x", Fault.Cancelled);
        Assert.IsType<PartitionEffect<string>.DisposeReader>(
            Assert.Single(_core.ReaderOpened(Epoch, Handle(1), new Result<IPartitionReader>(new FakeReader(_partition)))));
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

        ExpectFailure(_core.Handle(new PartitionRequest.Close(Id, Handle(1)), "z"), "x", Fault.Cancelled);
        Assert.Equal((1, 1), (_core.HandleCount, _core.WaiterCount));
        Assert.Null(_core.CursorOf(Handle(1)));
    }

    [Fact]
    public void Deleted_AnswersEveryWaiter_AndRefusesWhatIsNew()
    {
        OpenSource();
        OpenHandle(1);
        _core.Handle(Wait(1, 1, position: 2), "x");
        _partition.Delete();
        _partition.UntilNext = null;

        Expect(_core.Deleted(), Reply("x", new PartitionReply.Grown(2)));
        Expect(_core.Handle(Wait(1, 2, position: 2), "x"), Reply("x", new PartitionReply.Grown(2)));
        ExpectFailure(_core.Handle(new PartitionRequest.Stat(Id, ViewId.Default), "y"), "y", Fault.Deleted);
        ExpectFailure(_core.Handle(new PartitionRequest.Open(Id, Handle(2), ViewId.Default), "y"), "y", Fault.Deleted);
        Expect(_core.Handle(new PartitionRequest.Close(Id, Handle(1)), "x"));
        Assert.Equal(0, _core.HandleCount);
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

        Expect(_core.ReaderOpened(Epoch - 1, Handle(1), new Result<IPartitionReader>(reader)), new PartitionEffect<string>.DisposeReader(reader));
    }

    private Result<IPartitionSource> Opened => new(_partition);

    private static HandleId Handle(long number) => new(Guid.Empty, number);

    private static PartitionRequest.Wait Wait(long handle, long waiter, long position) => new(Id, Handle(handle), new WaiterId(waiter), position);

    private static PartitionEffect<string>.Reply Reply(string to, object message) => new(to, message);

    private void OpenSource()
    {
        _core.Handle(new PartitionRequest.Stat(Id, ViewId.Default), "first");
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
