using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>What a <see cref="VolumeCore{TAsker}"/> wants done; a closed set.</summary>
/// <typeparam name="TAsker">Who asks.</typeparam>
public abstract record VolumeEffect<TAsker>
{
    private VolumeEffect()
    {
    }

    /// <summary>Answer someone.</summary>
    /// <param name="To">Who.</param>
    /// <param name="Message">A <see cref="VolumeReply"/> or a <see cref="Failure"/>.</param>
    public sealed record Reply(TAsker To, object Message) : VolumeEffect<TAsker>;

    /// <summary>Make sure that what the volume tells is as of now; the outcome goes to <see cref="VolumeCore{TAsker}.Refreshed"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="Ticket">Names the outcome.</param>
    public sealed record Refresh(long Epoch, long Ticket) : VolumeEffect<TAsker>;

    /// <summary>Make a stream; the outcome goes to <see cref="VolumeCore{TAsker}.Ended"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="Ticket">Names the outcome.</param>
    /// <param name="Name">The stream's name.</param>
    public sealed record Create(long Epoch, long Ticket, EntityName Name) : VolumeEffect<TAsker>;

    /// <summary>Rename a stream; the outcome goes to <see cref="VolumeCore{TAsker}.Ended"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    /// <param name="Ticket">Names the outcome.</param>
    /// <param name="Stream">The stream.</param>
    /// <param name="Name">Its new name.</param>
    public sealed record Rename(long Epoch, long Ticket, StreamId Stream, EntityName Name) : VolumeEffect<TAsker>;
}

/// <summary>What a volume does: it knows its streams by name, and has them made and renamed. Every call is one step. One caller at a time.</summary>
/// <typeparam name="TAsker">Who asks; the core only hands it back.</typeparam>
public sealed class VolumeCore<TAsker>
{
    private readonly IStreamVolume _volume;
    private readonly long _epoch;
    private readonly UnderWay<TAsker> _underWay;
    private readonly UnderWay<Refreshing> _refreshing;

    /// <summary>Makes the core of an actor that was just started.</summary>
    /// <param name="volume">The names.</param>
    /// <param name="settings">The bounds.</param>
    /// <param name="epoch">Stamps the effects of this start; no other start has the same.</param>
    public VolumeCore(IStreamVolume volume, EntitySettings settings, long epoch)
    {
        _volume = volume;
        _epoch = epoch;
        _underWay = new UnderWay<TAsker>(settings.MaxUnderWay);
        _refreshing = new UnderWay<Refreshing>(settings.MaxUnderWay);
    }

    /// <summary>Handles a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="asker">Who asks.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<VolumeEffect<TAsker>> Handle(VolumeRequest request, TAsker asker)
    {
        switch (request)
        {
            case VolumeRequest.ListStreams or VolumeRequest.FindStream when _volume.IsOutdated((request as VolumeRequest.FindStream)?.Name):
                return [_refreshing.Add(new Refreshing(request, asker), out var name) is { } full
                    ? new VolumeEffect<TAsker>.Reply(asker, full) : new VolumeEffect<TAsker>.Refresh(_epoch, name)];
            case VolumeRequest.ListStreams or VolumeRequest.FindStream:
                return [new VolumeEffect<TAsker>.Reply(asker, Tell(request))];
            case VolumeRequest.CreateStream create:
                return Change(asker, ticket => new VolumeEffect<TAsker>.Create(_epoch, ticket, create.Name));
            case VolumeRequest.RenameStream rename:
                return Change(asker, ticket => new VolumeEffect<TAsker>.Rename(_epoch, ticket, rename.Stream, rename.Name));
            default:
                throw new InvalidOperationException($"a volume does not know the request {request}");
        }
    }

    /// <summary>Takes the outcome of <see cref="VolumeEffect{TAsker}.Refresh"/>.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="ticket">Its name.</param>
    /// <param name="failure">Null, or why the volume can't tell.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<VolumeEffect<TAsker>> Refreshed(long epoch, long ticket, Failure? failure) =>
        epoch == _epoch && _refreshing.Take(ticket, out var waiting)
            ? [new VolumeEffect<TAsker>.Reply(waiting.Asker, failure ?? Tell(waiting.Request))] : [];

    /// <summary>Takes the outcome of a change.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="ticket">Its name.</param>
    /// <param name="outcome">A <see cref="VolumeReply"/>, or a <see cref="Failure"/>.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<VolumeEffect<TAsker>> Ended(long epoch, long ticket, object outcome) =>
        epoch == _epoch && _underWay.Take(ticket, out var asker) ? [new VolumeEffect<TAsker>.Reply(asker!, outcome)] : [];

    /// <summary>The actor ends, or starts anew: whoever waits is told.</summary>
    /// <param name="failure">What they are told.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<VolumeEffect<TAsker>> Stop(Failure failure) =>
        [.. _underWay.Clear().Concat(_refreshing.Clear().Select(waiting => waiting.Asker)).Select(asker => new VolumeEffect<TAsker>.Reply(asker, failure))];

    private object Tell(VolumeRequest request)
    {
        if (request is not VolumeRequest.FindStream find)
            return new VolumeReply.Streams(_volume.Streams);
        return _volume.Find(find.Name) is { } entry
            ? new VolumeReply.Found(entry) : new Failure(Fault.NotFound, $"there is no stream {find.Name}");
    }

    private readonly record struct Refreshing(VolumeRequest Request, TAsker Asker);

    private IReadOnlyList<VolumeEffect<TAsker>> Change(TAsker asker, Func<long, VolumeEffect<TAsker>> change) =>
        [_underWay.Add(asker, out var ticket) is { } full ? new VolumeEffect<TAsker>.Reply(asker, full) : change(ticket)];
}
