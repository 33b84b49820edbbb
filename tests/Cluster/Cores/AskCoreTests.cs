namespace StreamActors.Cluster.Tests.Cores;

public sealed class AskCoreTests
{
    private const int Shard = 3;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly AskSettings _settings = new() { MaxAsks = 3, MaxDeliveries = 2 };
    private readonly AskCore<string> _core;

    public AskCoreTests() => _core = new AskCore<string>(_settings);

    [Fact]
    public void Ask_OwnerKnown_IsSentAndAnsweredOnce()
    {
        _core.OwnerChanged(At(0), Shard, "m1");
        var effects = _core.Ask(At(0), "me", Shard, "question", Deadline, out var id);
        Assert.Contains(new AskEffect<string>.Send("m1", id, Shard, "question") { Deadline = Deadline }, effects);
        Assert.Contains(new AskEffect<string>.SetTimer(_settings.ResendAfter), effects);
        Assert.Contains(new AskEffect<string>.Reply("me", "question", "answer"), _core.Answered(At(1), id, "answer"));
        Assert.Empty(_core.Answered(At(1), id, "answer").OfType<AskEffect<string>.Reply>());
        Assert.Equal(0, _core.Count);
    }

    [Fact]
    public void Deliver_NoReceipt_IsSentAgainHoweverLongItTakes()
    {
        _core.OwnerChanged(At(0), Shard, "m1");
        var sent = Assert.Single(_core.Deliver(At(0), "nobody", Shard, "close").OfType<AskEffect<string>.Send>());
        Assert.Single(_core.TimerDue(At(1)).OfType<AskEffect<string>.Send>());
        Assert.Single(_core.TimerDue(At(1_000_000)).OfType<AskEffect<string>.Send>());
        Assert.Equal("close", Assert.Single(_core.OwnerChanged(At(2_000_000), Shard, "m2").OfType<AskEffect<string>.Send>()).Message);
        _core.Answered(At(2_000_001), sent.Id, "done");
        Assert.Equal(0, _core.Count);
    }

    [Fact]
    public void Deliver_NoOwner_SetsNoTimerThatIsTooLong()
    {
        Assert.Equal(TimeSpan.FromHours(1), Assert.Single(_core.Deliver(At(0), "nobody", Shard, "close").OfType<AskEffect<string>.SetTimer>()).Due);
        Assert.IsType<AskEffect<string>.SetTimer>(Assert.Single(_core.TimerDue(TimeSpan.FromHours(1))));
    }

    [Fact]
    public void Deliver_MoreThanMayWait_GivesUpTheOldestAndLeavesAsksTheirRoom()
    {
        for (var i = 0; i < 5; i++) _core.Deliver(At(0), "nobody", Shard, i);
        Assert.Equal(2, _core.Count);
        _core.Ask(At(0), "me", Shard, "question", Deadline, out var id);
        Assert.NotEqual(0, id);
        Assert.Equal([3, 4, "question"], _core.OwnerChanged(At(1), Shard, "m1").OfType<AskEffect<string>.Send>().Select(send => send.Message));
    }

    [Fact]
    public void Ask_NoOwner_IsKeptAndSentInOrderOnceThereIsOne()
    {
        _core.Ask(At(0), "a", Shard, "1", Deadline, out _);
        _core.Ask(At(0), "b", Shard, "2", Deadline, out _);
        _core.Ask(At(0), "c", Shard + 1, "3", Deadline, out _);
        var sent = _core.OwnerChanged(At(1), Shard, "m1").OfType<AskEffect<string>.Send>();
        Assert.Equal(["1", "2"], sent.Select(send => send.Message));
    }

    [Fact]
    public void Ask_OwnerChanges_IsSentToTheNewOneAtOnce()
    {
        _core.OwnerChanged(At(0), Shard, "m1");
        _core.Ask(At(0), "me", Shard, "question", Deadline, out var id);
        Assert.Empty(_core.OwnerChanged(At(1), Shard, null).OfType<AskEffect<string>.Send>());
        Assert.Contains(new AskEffect<string>.Send("m2", id, Shard, "question") { Deadline = Deadline }, _core.OwnerChanged(At(2), Shard, "m2"));
        Assert.Empty(_core.OwnerChanged(At(2), Shard, "m2"));
    }

    [Fact]
    public void Ask_NotOwned_IsSentAgainAfterAWhile()
    {
        _core.OwnerChanged(At(0), Shard, "m1");
        _core.Ask(At(0), "me", Shard, "question", Deadline, out var id);
        Assert.Contains(new AskEffect<string>.SetTimer(_settings.RetryAfter), _core.NotOwner(At(0), id));
        Assert.Contains(new AskEffect<string>.Send("m1", id, Shard, "question") { Deadline = Deadline }, _core.TimerDue(_settings.RetryAfter));
    }

    [Fact]
    public void Ask_Unanswered_IsSentAgainUntilItsDeadline()
    {
        _core.OwnerChanged(At(0), Shard, "m1");
        _core.Ask(At(0), "me", Shard, "question", At(2.5), out var id);
        Assert.Single(_core.TimerDue(At(1)).OfType<AskEffect<string>.Send>());
        Assert.Single(_core.TimerDue(At(2)).OfType<AskEffect<string>.Send>());
        var end = _core.TimerDue(At(2.5));
        Assert.Contains(new AskEffect<string>.Fail("me", AskFault.TimedOut), end);
        Assert.Contains(new AskEffect<string>.Withdraw("m1", id, Shard), end);
        Assert.Empty(_core.TimerDue(At(20)));
    }

    [Fact]
    public void Ask_ThatWaitsLong_IsSentAgainLessAndLessOftenAndAtOnceToAnotherOwner()
    {
        _core.OwnerChanged(At(0), Shard, "m1");
        _core.Ask(At(0), "me", Shard, "question", At(1000), out _);
        var sent = Enumerable.Range(1, 100).Where(second => _core.TimerDue(At(second)).OfType<AskEffect<string>.Send>().Any()).ToArray();
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], sent[..8]);
        Assert.Equal([8, 8], [sent[^1] - sent[^2], sent[^2] - sent[^3]]);
        Assert.Single(_core.OwnerChanged(At(101), Shard, "m2").OfType<AskEffect<string>.Send>());
        Assert.Single(_core.TimerDue(At(102)).OfType<AskEffect<string>.Send>());
    }

    [Fact]
    public void AskOnce_Unanswered_IsNotSentAgainAndEndsAtItsDeadline()
    {
        _core.OwnerChanged(At(0), Shard, "m1");
        Assert.Single(AskOnce().OfType<AskEffect<string>.Send>());
        Assert.Empty(_core.TimerDue(At(5)).OfType<AskEffect<string>.Send>());
        Assert.Contains(new AskEffect<string>.Fail("me", AskFault.TimedOut), _core.TimerDue(Deadline));
    }

    [Fact]
    public void AskOnce_OwnerChanges_WaitsForTheWordOfTheOneThatHasIt()
    {
        _core.MembersAre(At(0), ["m1", "m2"]);
        _core.OwnerChanged(At(0), Shard, "m1");
        AskOnce();
        Assert.Empty(_core.OwnerChanged(At(1), Shard, null).OfType<AskEffect<string>.Send>());
        Assert.Empty(_core.OwnerChanged(At(1), Shard, "m2").OfType<AskEffect<string>.Send>());
        Assert.Empty(_core.TimerDue(At(9)).OfType<AskEffect<string>.Fail>());
        _core.NotOwner(At(9), 1);
        Assert.Contains(new AskEffect<string>.Send("m2", 1, Shard, "question") { Deadline = Deadline }, _core.TimerDue(At(9) + _settings.RetryAfter));
    }

    [Fact]
    public void AskOnce_OwnerIsNoMemberAnyMore_EndsSoonUnlessItsAnswerComes()
    {
        _core.MembersAre(At(0), ["m1", "m2"]);
        _core.OwnerChanged(At(0), Shard, "m1");
        AskOnce();
        _core.OwnerChanged(At(1), Shard, null);
        _core.MembersAre(At(1), ["m2"]);
        Assert.Contains(new AskEffect<string>.Reply("me", "question", "answer"), _core.Answered(At(1.5), 1, "answer"));
        _core.OwnerChanged(At(2), Shard, "m2");
        AskOnce();
        _core.MembersAre(At(3), ["m3"]);
        _core.OwnerChanged(At(3.5), Shard, "m3");
        Assert.Contains(new AskEffect<string>.Fail("me", AskFault.TimedOut), _core.TimerDue(At(3) + _settings.ResendAfter));
    }

    [Fact]
    public void AskOnce_NotSent_IsSentAgainAndOthersAreAsIfLost()
    {
        _core.OwnerChanged(At(0), Shard, "m1");
        AskOnce();
        Assert.Contains(new AskEffect<string>.SetTimer(_settings.RetryAfter), _core.NotSent(At(0), 1));
        Assert.Contains(new AskEffect<string>.Send("m1", 1, Shard, "question") { Deadline = Deadline }, _core.TimerDue(_settings.RetryAfter));
        _core.Answered(At(1), 1, "answer");
        _core.Ask(At(1), "me", Shard, "question", Deadline, out var id);
        Assert.Empty(_core.NotSent(At(1), id));
        Assert.Empty(_core.NotSent(At(1), 99));
    }

    [Fact]
    public void Farewell_OfTheOwner_IsAskedNothingMoreAndMayGoWhenItHasSaidWhatBecameOfAll()
    {
        _core.MembersAre(At(0), ["m1", "m2"]);
        _core.OwnerChanged(At(0), Shard, "m1");
        AskOnce();
        _core.Farewell(At(1), "m1", out var mayGo);
        Assert.False(mayGo);
        // Late news of what it had.
        Assert.Empty(_core.OwnerChanged(At(1), Shard, "m1").OfType<AskEffect<string>.Send>());
        Assert.Empty(_core.Ask(At(1), "other", Shard, "2", Deadline, out _).OfType<AskEffect<string>.Send>());
        _core.NotOwner(At(2), 1);
        _core.Farewell(At(2), "m1", out mayGo);
        Assert.True(mayGo);
        Assert.Equal(["question", "2"], _core.OwnerChanged(At(3), Shard, "m2").OfType<AskEffect<string>.Send>().Select(send => send.Message));
    }

    [Fact]
    public void AskOnce_NotOwned_IsSentAgain()
    {
        _core.OwnerChanged(At(0), Shard, "m1");
        AskOnce();
        _core.NotOwner(At(0), 1);
        Assert.Contains(new AskEffect<string>.Send("m2", 1, Shard, "question") { Deadline = Deadline }, _core.OwnerChanged(At(1), Shard, "m2"));
    }

    private IReadOnlyList<AskEffect<string>> AskOnce() => _core.Ask(At(0), "me", Shard, "question", Deadline, out _, mayRepeat: false);

    [Fact]
    public void Ask_MoreThanMay_IsRefusedAtOnceAndLaterGoes()
    {
        for (var i = 0; i < 3; i++) _core.Ask(At(0), "me", Shard, "question", Deadline, out _);
        var refused = _core.Ask(At(0), "late", Shard, "question", Deadline, out var id);
        Assert.Equal(0, id);
        Assert.Contains(new AskEffect<string>.Fail("late", AskFault.Overloaded), refused);
        _core.Answered(At(0), 1, "answer");
        _core.Ask(At(0), "late", Shard, "question", Deadline, out id);
        Assert.NotEqual(0, id);
    }

    [Fact]
    public void Ask_TakenBack_IsWithdrawnAndNeverAnswered()
    {
        _core.OwnerChanged(At(0), Shard, "m1");
        _core.Ask(At(0), "me", Shard, "question", Deadline, out var id);
        Assert.Contains(new AskEffect<string>.Withdraw("m1", id, Shard), _core.Cancel(At(0), id));
        Assert.Empty(_core.Answered(At(1), id, "answer").OfType<AskEffect<string>.Reply>());
        Assert.Empty(_core.TimerDue(At(20)));
    }

    [Fact]
    public void Tell_OwnerKnownOrNot_IsSentOnce()
    {
        Assert.Empty(_core.Tell(At(0), "me", Shard, "1", Deadline).OfType<AskEffect<string>.Send>());
        Assert.Equal([new AskEffect<string>.Send("m1", 0, Shard, "1") { Deadline = Deadline }], _core.OwnerChanged(At(1), Shard, "m1").OfType<AskEffect<string>.Send>());
        Assert.Equal([new AskEffect<string>.Send("m1", 0, Shard, "2") { Deadline = Deadline }], _core.Tell(At(1), "me", Shard, "2", Deadline).OfType<AskEffect<string>.Send>());
        Assert.Empty(_core.TimerDue(At(20)));
        Assert.Equal(0, _core.Count);
    }

    [Fact]
    public void TakeAll_OfAShard_GivesItsAsksInOrderAndForgetsThem()
    {
        _core.Ask(At(0), "a", Shard, "1", Deadline, out _);
        _core.Ask(At(0), "b", Shard + 1, "2", Deadline, out _);
        _core.Ask(At(0), "c", Shard, "3", Deadline, out _);
        _core.TakeAll(At(0), Shard, out var taken);
        Assert.Equal([("a", "1"), ("c", "3")], taken);
        _core.TakeAll(At(0), Shard, out taken);
        Assert.Empty(taken);
        Assert.Equal(1, _core.Count);
        Assert.Equal([new AskEffect<string>.Fail("b", AskFault.TimedOut)], _core.TimerDue(Deadline).OfType<AskEffect<string>.Fail>());
    }

    [Fact]
    public void TakeAll_WhatAnotherOwnerMayHaveDone_WaitsForItsWord()
    {
        _core.MembersAre(At(0), ["m1", "me"]);
        _core.OwnerChanged(At(0), Shard, "m1");
        _core.Ask(At(0), "sent", Shard, "1", Deadline, out _, mayRepeat: false);
        _core.OwnerChanged(At(0), Shard, null);
        _core.Ask(At(0), "kept", Shard, "2", Deadline, out _, mayRepeat: false);
        _core.TakeAll(At(1), Shard, out var taken);
        Assert.Equal([("kept", "2")], taken);
        Assert.Equal(Shard, _core.ShardOf(1));
        _core.NotOwner(At(2), 1);
        _core.TakeAll(At(2), Shard, out taken);
        Assert.Equal([("sent", "1")], taken);
        Assert.Null(_core.ShardOf(1));
    }

    [Fact]
    public void TakeAll_WhatAMemberMayHaveDoneThatIsNoneAnyMore_IsNotDoneAgainAndEndsSoon()
    {
        _core.OwnerChanged(At(0), Shard, "m1");
        _core.Ask(At(0), "sent", Shard, "1", Deadline, out _, mayRepeat: false);
        _core.MembersAre(At(1), ["me"]);
        _core.TakeAll(At(1), Shard, out var taken);
        Assert.Empty(taken);
        Assert.Equal(
            [new AskEffect<string>.Fail("sent", AskFault.TimedOut)],
            _core.TimerDue(At(1) + _settings.ResendAfter).OfType<AskEffect<string>.Fail>());
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);
}
