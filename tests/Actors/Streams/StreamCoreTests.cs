using StreamActors.Messages;
using StreamActors.Sources;
using StreamActors.Streams;

namespace StreamActors.Actors.Tests.Streams;

public sealed class StreamCoreTests
{
    private const long Epoch = 4;

    private static readonly StreamId Id = FakeSource.Stream;
    private static readonly TopicEntry A = FakeSource.Entry("a", 0);
    private static readonly TopicEntry B = FakeSource.Entry("b", 1);

    private readonly FakeSource _source = new();
    private readonly StreamCore<string> _core = new(new EntitySettings { MaxPending = 2 }, Epoch);

    [Fact]
    public void Handle_BeforeTheSourceIsOpen_WaitsForIt()
    {
        Expect(_core.Handle(new StreamRequest.Describe(Id), "x"), new StreamEffect<string>.OpenSource(Epoch));
        Expect(_core.Handle(new StreamRequest.FindTopic(Id, B.Name), "y"));
        ExpectFailure(_core.Handle(new StreamRequest.Describe(Id), "z"), "z", Fault.Overloaded);

        Expect(
            _core.SourceOpened(Epoch, Content),
            Reply("x", new StreamReply.Described(2, DateTimeOffset.UnixEpoch, Framing.Lines)), Reply("y", new StreamReply.Found(B)));
    }

    [Fact]
    public void Handle_SourceDoesNotOpen_FailsAndTheNextTriesAgain()
    {
        var failure = new Failure(Fault.Stale, "gone");
        _core.Handle(new StreamRequest.Describe(Id), "x");

        Expect(_core.SourceOpened(Epoch, failure), Reply("x", failure));
        Expect(_core.Handle(new StreamRequest.Describe(Id), "y"), new StreamEffect<string>.OpenSource(Epoch));
    }

    [Fact]
    public void SourceOpened_OfAnotherEpoch_IsDropped()
    {
        _core.Handle(new StreamRequest.Describe(Id), "x");

        Expect(_core.SourceOpened(Epoch + 1, Content), new StreamEffect<string>.Discard(_source.Content));
    }

    [Fact]
    public void FindTopic_UnknownName_IsNotFound()
    {
        Open();

        ExpectFailure(_core.Handle(new StreamRequest.FindTopic(Id, new EntityName("c")), "x"), "x", Fault.NotFound);
    }

    [Fact]
    public void ListTopics_AreInTheirOrder()
    {
        Open();

        var reply = Assert.IsType<StreamEffect<string>.Reply>(Assert.Single(_core.Handle(new StreamRequest.ListTopics(Id), "x")));
        Assert.Equal([A, B], Assert.IsType<StreamReply.Topics>(reply.Message).Entries);
    }

    [Fact]
    public void DeleteTopic_AsSoonAsTheSourceHasIt_IsNotFound()
    {
        Open();

        Expect(_core.Handle(new StreamRequest.DeleteTopic(Id, A.Id), "x"), Deletes(A));
        Expect(_core.Handle(new StreamRequest.FindTopic(Id, A.Name), "y"), Reply("y", new StreamReply.Found(A)));
        _source.Content.Topics = [B];
        ExpectFailure(_core.Handle(new StreamRequest.FindTopic(Id, A.Name), "y"), "y", Fault.NotFound);
        Expect(_core.ChangeEnded(Epoch, new StreamReply.Done()), Reply("x", new StreamReply.Done()));
        Expect(_core.Handle(new StreamRequest.Describe(Id), "y"), Reply("y", new StreamReply.Described(1, DateTimeOffset.UnixEpoch, Framing.Lines)));
    }

    [Fact]
    public void DeleteTopic_Fails_StaysAndTheAskerIsTold()
    {
        Open();
        var failure = new Failure(Fault.NoSpace, "full");
        _core.Handle(new StreamRequest.DeleteTopic(Id, A.Id), "x");

        Expect(_core.ChangeEnded(Epoch, failure), Reply("x", failure));
        Expect(_core.Handle(new StreamRequest.FindTopic(Id, A.Name), "y"), Reply("y", new StreamReply.Found(A)));
    }

    [Fact]
    public void DeleteTopic_WhileAnotherIsDeleted_WaitsForIt()
    {
        Open();
        _core.Handle(new StreamRequest.DeleteTopic(Id, A.Id), "x");

        Expect(_core.Handle(new StreamRequest.DeleteTopic(Id, B.Id), "y"));
        Expect(_core.ChangeEnded(Epoch, new StreamReply.Done()), Reply("x", new StreamReply.Done()), Deletes(B));
        Expect(_core.ChangeEnded(Epoch, new StreamReply.Done()), Reply("y", new StreamReply.Done()));
    }

    [Fact]
    public void Delete_Done_RefusesWhatComesThen()
    {
        Open();

        Expect(_core.Handle(new StreamRequest.Delete(Id), "x"), new StreamEffect<string>.Change(Epoch, new StreamRequest.Delete(Id)));
        _source.Content.IsEnded = true;
        Expect(_core.ChangeEnded(Epoch, new StreamReply.Done()), Reply("x", new StreamReply.Done()));
        ExpectFailure(_core.Handle(new StreamRequest.ListTopics(Id), "y"), "y", Fault.Deleted);
    }

    [Fact]
    public void Changes_OfEveryKind_AreTheSourcesAndComeOneAfterTheOther()
    {
        Open();
        StreamRequest[] changes =
        [
            new StreamRequest.CreateTopic(Id, new EntityName("c")), new StreamRequest.RenameTopic(Id, A.Id, Id, new EntityName("d")),
            new StreamRequest.SetFraming(Id, Framing.Lines),
        ];
        Expect(_core.Handle(changes[0], "x"), new StreamEffect<string>.Change(Epoch, changes[0]));
        Expect(_core.Handle(changes[1], "y"));
        Expect(_core.Handle(changes[2], "z"));
        ExpectFailure(_core.Handle(changes[2], "w"), "w", Fault.Overloaded);

        Expect(
            _core.ChangeEnded(Epoch, new StreamReply.Found(A)),
            Reply("x", new StreamReply.Found(A)), new StreamEffect<string>.Change(Epoch, changes[1]));
        Expect(
            _core.ChangeEnded(Epoch, new Failure(Fault.Exists, "taken")),
            Reply("y", new Failure(Fault.Exists, "taken")), new StreamEffect<string>.Change(Epoch, changes[2]));
    }

    [Fact]
    public void Topics_Outdated_AreToldAfterARefresh()
    {
        Open();
        _source.Content.Outdated = true;
        Expect(_core.Handle(new StreamRequest.FindTopic(Id, new EntityName("c")), "x"), new StreamEffect<string>.Refresh(Epoch, 1, new EntityName("c")));
        Expect(_core.Handle(new StreamRequest.ListTopics(Id), "y"), new StreamEffect<string>.Refresh(Epoch, 2, null));
        Expect(_core.Idle());
        var found = FakeSource.Entry("c", 2);
        _source.Content.Topics = [found];

        Expect(_core.Refreshed(Epoch, 1, null), Reply("x", new StreamReply.Found(found)));
        Expect(_core.Refreshed(Epoch, 1, null));
        var failure = new Failure(Fault.TimedOut, "nobody answers");
        Expect(_core.Refreshed(Epoch - 1, 2, null));
        Expect(_core.Refreshed(Epoch, 2, failure), Reply("y", failure));
        _core.Handle(new StreamRequest.ListTopics(Id), "z");
        Expect(_core.Stop(failure), Reply("z", failure));
    }

    [Fact]
    public void Idle_WhileDeleting_Stays()
    {
        Open();
        _core.Handle(new StreamRequest.Delete(Id), "x");
        Expect(_core.Idle());
        _core.ChangeEnded(Epoch, new StreamReply.Done());
        Expect(_core.Idle(), new StreamEffect<string>.Passivate());
    }

    [Fact]
    public void Stop_WhoeverWaits_IsTold_AndALateOutcomeIsDropped()
    {
        Open();
        _core.Handle(new StreamRequest.DeleteTopic(Id, A.Id), "x");
        _core.Handle(new StreamRequest.DeleteTopic(Id, B.Id), "y");
        var failure = new Failure(Fault.Crashed, "stopped");

        Expect(_core.Stop(failure), Reply("x", failure), Reply("y", failure));
        Expect(_core.ChangeEnded(Epoch, new StreamReply.Done()));
    }

    [Fact]
    public void HandOver_ChangeUnderWay_GivesTheOthersBackAndStopsWithIt()
    {
        Open();
        var (first, second) = (new StreamRequest.DeleteTopic(Id, A.Id), new StreamRequest.DeleteTopic(Id, B.Id));
        _core.Handle(first, "x");
        _core.Handle(second, "y");
        Expect(_core.HandOver(), new StreamEffect<string>.GiveBack(second, "y"));
        Expect(_core.ChangeEnded(Epoch, new StreamReply.Done()), Reply("x", new StreamReply.Done()), new StreamEffect<string>.Stop());
    }

    private Result<ISourceStream> Content => new(_source.Content);

    private void Open()
    {
        _core.Handle(new StreamRequest.Describe(Id), "first");
        _core.SourceOpened(Epoch, Content);
    }

    private static StreamEffect<string>.Change Deletes(TopicEntry topic) => new(Epoch, new StreamRequest.DeleteTopic(Id, topic.Id));

    private static StreamEffect<string>.Reply Reply(string to, object message) => new(to, message);

    private static void Expect(IReadOnlyList<StreamEffect<string>> effects, params StreamEffect<string>[] expected) =>
        Assert.Equal(expected, effects);

    private static void ExpectFailure(IReadOnlyList<StreamEffect<string>> effects, string to, Fault fault)
    {
        var reply = Assert.IsType<StreamEffect<string>.Reply>(Assert.Single(effects));
        Assert.Equal((to, fault), (reply.To, Assert.IsType<Failure>(reply.Message).Fault));
    }
}
