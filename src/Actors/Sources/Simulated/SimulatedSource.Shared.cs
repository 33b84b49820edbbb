using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using StreamActors.Messages;

namespace StreamActors.Sources.Simulated;

/// <summary>Files that several hosts show: which streams they are stands where all hosts see it.</summary>
public sealed partial class SimulatedSource
{
    // The streams that this host has read, to be told of what others delete.
    private readonly ConcurrentDictionary<StreamId, StreamLife> _shared = [];

    /// <summary>The hash of a content, as it is told to other hosts.</summary>
    private static string HashOf(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash);

    /// <summary>What is known of a stream; where another host has told its id, its file is read.</summary>
    private CatalogEntry? FindEntry(StreamId stream)
    {
        if (_catalog.Find(stream) is { } known || _sharing is null)
            return _catalog.Find(stream);
        if (_sharing.Streams.Find(stream).Value is { IsDeleted: false } row && _sharing.Find(row.Path) is { } file)
            Resolve(file);
        return _catalog.Find(stream);
    }

    /// <summary>Whether a content is that of a file's stream; another host may have deleted topics of it.</summary>
    private bool IsStill(CatalogEntry entry, ReadOnlySpan<byte> hash) =>
        hash.SequenceEqual(entry.Hash.Span) || (entry.Stream is { } stream && _sharing?.Streams.Find(stream.Id).Value?.Find(HashOf(hash)) is not null);

    /// <summary>The numbers of the topics that are in a content of a stream.</summary>
    private IReadOnlyList<int> NumbersIn(StreamLife life, ReadOnlySpan<byte> bytes) =>
        _sharing?.Streams.Find(life.Id).Value is { } row && row.Find(HashOf(SHA256.HashData(bytes))) is { } content ? row.NumbersOf(content) : life.Numbers;

    private Result<StreamLife> Begin(SharedStreamTable streams, string path, ReadOnlyMemory<byte> hash, SimulatedDocument document)
    {
        var begun = streams.Begin(path, HashOf(hash.Span), document.Topics.Count);
        if (begun.Value is not { } row)
            return begun.Failure!;
        var numbers = row.NumbersOf(row.Find(HashOf(hash.Span))!);
        if (numbers.Count != document.Topics.Count)
            return new Failure(
                Fault.InputOutput, string.Create(CultureInfo.InvariantCulture, $"{path} has {document.Topics.Count} topics, and other hosts know of {numbers.Count}"));
        var id = streams.IdOf(row);
        var life = _shared.GetOrAdd(id, new StreamLife(id, numbers));
        _cache.Put(id, new SimulatedContent(document.Topics, numbers));
        End(life, row);
        return life;
    }

    /// <summary>Says to other hosts that a file is about to lose a topic: what it is now and what it is going to be are the same stream.</summary>
    private Failure? Announce(StreamLife life, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> next, int number)
    {
        if (_sharing is null)
            return null;
        var (from, to) = (HashOf(hash), HashOf(next));
        return _sharing.Streams.Change(life.Id, row => row.Find(from) is { } now
            ? row with { Contents = [now, new SharedContent(to, [.. now.Deleted, number])] } : row);
    }

    /// <summary>Says to other hosts that a file has lost a topic. Where that fails, they go on knowing both contents.</summary>
    private void Confirm(StreamLife life, ReadOnlySpan<byte> next)
    {
        var hash = HashOf(next);
        _sharing?.Streams.Change(life.Id, row => row.Find(hash) is { } now ? row with { Contents = [now] } : row);
    }

    /// <summary>Says to other hosts that a stream was deleted, so that their waits end.</summary>
    private void Deleted(StreamLife life) => _sharing?.Streams.Change(life.Id, row => row with { IsDeleted = true });

    private void FollowOthers()
    {
        foreach (var (id, life) in _shared)
        {
            // What is another stream by now ends no wait, as where no other host shows it.
            if (_sharing!.Streams.Known(id) is { } row)
                End(life, row);
            if (life.Lifetime.IsEnded || _catalog.Find(id) is null)
                _shared.TryRemove(id, out _);
        }
    }

    private void End(StreamLife life, SharedStreamRow row)
    {
        if (row.IsDeleted)
        {
            life.End(_clock.Elapsed);
            return;
        }
        var numbers = life.Numbers;
        int[] rest = [.. numbers.Where(row.Has)];
        if (rest.Length == numbers.Count)
            return;
        foreach (var number in numbers.Except(rest))
            life.EndTopic(number, rest, _clock.Elapsed);
    }
}
