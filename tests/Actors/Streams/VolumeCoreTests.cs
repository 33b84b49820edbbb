using StreamActors.Messages;
using StreamActors.Sources;
using StreamActors.Streams;

namespace StreamActors.Actors.Tests.Streams;

public sealed class VolumeCoreTests
{
    private const long Epoch = 6;

    private static readonly StreamEntry Films = new(new EntityName("films"), FakeSource.Stream, DateTimeOffset.UnixEpoch);

    private readonly VolumeCore<string> _core = new(new OneStream(), new EntitySettings { MaxUnderWay = 1 }, Epoch);

    [Fact]
    public void FindStream_ByName_IsAnsweredAtOnce()
    {
        Assert.Equal([Reply("x", new VolumeReply.Found(Films))], _core.Handle(new VolumeRequest.FindStream(Films.Name), "x"));
        Assert.Equal(Fault.NotFound, FaultOf(_core.Handle(new VolumeRequest.FindStream(new EntityName("plays")), "x")));
        var listed = Assert.IsType<VolumeEffect<string>.Reply>(Assert.Single(_core.Handle(new VolumeRequest.ListStreams(), "x")));
        Assert.Equal([Films], Assert.IsType<VolumeReply.Streams>(listed.Message).Entries);
    }

    [Fact]
    public void Changes_MoreThanMayBeUnderWay_AreOverloaded()
    {
        Assert.Equal(
            [new VolumeEffect<string>.Create(Epoch, 1, Films.Name)], _core.Handle(new VolumeRequest.CreateStream(Films.Name), "x"));
        Assert.Equal(Fault.Overloaded, FaultOf(_core.Handle(new VolumeRequest.RenameStream(Films.Id, Films.Name), "y")));

        var taken = new Failure(Fault.Exists, "taken");
        Assert.Equal([Reply("x", taken)], _core.Ended(Epoch, 1, taken));
        Assert.Equal(
            [new VolumeEffect<string>.Rename(Epoch, 2, Films.Id, Films.Name)],
            _core.Handle(new VolumeRequest.RenameStream(Films.Id, Films.Name), "y"));
    }

    [Fact]
    public void Stop_WhoeverWaits_IsToldOnce_AndLateOutcomesAreDropped()
    {
        _core.Handle(new VolumeRequest.CreateStream(Films.Name), "x");
        var failure = new Failure(Fault.Crashed, "stopped");

        Assert.Empty(_core.Ended(Epoch - 1, 1, new VolumeReply.Done()));
        Assert.Equal([Reply("x", failure)], _core.Stop(failure));
        Assert.Empty(_core.Ended(Epoch, 1, new VolumeReply.Done()));
    }

    private static VolumeEffect<string>.Reply Reply(string to, object message) => new(to, message);

    private static Fault FaultOf(IReadOnlyList<VolumeEffect<string>> effects) =>
        Assert.IsType<Failure>(Assert.IsType<VolumeEffect<string>.Reply>(Assert.Single(effects)).Message).Fault;

    private sealed class OneStream : IStreamVolume
    {
        public IReadOnlyList<StreamEntry> Streams => [Films];

        public StreamEntry? Find(EntityName name) => name.Equals(Films.Name) ? Films : null;

        public Task<Result<StreamEntry>> CreateStream(EntityName name) => throw new NotSupportedException();

        public Task<Failure?> RenameStream(StreamId stream, EntityName name) => throw new NotSupportedException();
    }
}
