using System.Security.Cryptography;
using StreamActors.Messages;
using StreamActors.Messages.Simulated;

namespace StreamActors.Sources.Simulated;

/// <summary>Deletes: they change the JSON file first, then what is known of it.</summary>
public sealed partial class SimulatedSource
{
    /// <summary>Deletes a topic; may block.</summary>
    /// <param name="topic">The topic.</param>
    /// <returns>Null, or why it was not deleted.</returns>
    public Failure? DeleteTopic(TopicId topic)
    {
        var (stream, number) = (SimulatedIds.StreamOf(topic), SimulatedIds.NumberOf(topic));
        if (FindEntry(stream) is not { Stream: { } life } found)
            return NotKnown(stream);
        lock (GateOf(found.Path))
        {
            var read = ReadUnchanged(stream);
            if (read.Failure is not null)
                return read.Failure;
            var bytes = read.Value!.Bytes.Span;
            var document = SimulatedStreamReader.Read(bytes, _options.Separator.Span, out _)!;
            var content = new SimulatedContent(document.Topics, NumbersIn(life, bytes));
            if (content.Find(number) is not { } deleted)
                return new Failure(Fault.Deleted, $"topic {topic} was deleted");
            var rest = SimulatedStreamWriter.WithoutTopic(bytes, document, deleted.Name);
            var hash = SHA256.HashData(rest);
            if (Announce(life, SHA256.HashData(bytes), hash, number) is { } unknown)
                return unknown;
            var errno = found.File.Rewrite(read.Value.Version, rest);
            if (errno != 0)
                return new Failure(SystemError.FaultOf(errno), $"{found.Path} can't be rewritten (error {errno})");
            content = content.Without(number);
            life.EndTopic(number, content.Numbers, _clock.Elapsed);
            _cache.Put(stream, content);
            Adopt(stream, rest);
            Confirm(life, hash);
            return null;
        }
    }

    /// <summary>Deletes a stream with its topics; may block.</summary>
    /// <param name="stream">The stream.</param>
    /// <returns>Null, or why it was not deleted.</returns>
    public Failure? DeleteStream(StreamId stream)
    {
        if (FindEntry(stream) is not { Stream: { } life } found)
            return NotKnown(stream);
        lock (GateOf(found.Path))
        {
            var errno = found.File.Remove(found.Version);
            if (errno == SystemError.Stale)
            {
                // Owner, mode or links may have changed since, which does not make it another file.
                var read = ReadUnchanged(stream);
                if (read.Failure is not null)
                    return read.Failure;
                errno = found.File.Remove(read.Value!.Version);
            }
            if (errno != 0)
                return new Failure(SystemError.FaultOf(errno), $"{found.Path} can't be removed (error {errno})");
            Deleted(life);
            life.End(_clock.Elapsed);
            _catalog.Remove(stream);
            _cache.Remove(stream);
            return null;
        }
    }

    /// <summary>The file that was just written goes on as the same incarnation, so that other topics' readers notice nothing.</summary>
    private void Adopt(StreamId stream, byte[] written)
    {
        var entry = _catalog.Find(stream);
        if (entry is null || entry.File.Read(_options.MaxBytes) is not FileReadResult.Content content || !content.Bytes.Span.SequenceEqual(written))
            return;
        _catalog.Put(entry with { Version = content.Version, IsTrusted = false, Hash = SHA256.HashData(written) });
    }
}
