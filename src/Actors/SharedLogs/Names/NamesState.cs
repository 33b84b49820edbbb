using System.Collections.Immutable;
using StreamActors.Etcd;
using StreamActors.Logs;

namespace StreamActors.SharedLogs;

/// <summary>The names of a volume as they stood in etcd at a revision: immutable, so that a look-up needs no lock.</summary>
/// <param name="Revision">The revision.</param>
/// <param name="Version">The revision that changed streams or topics last; 0 where none has, or somebody deleted the key.</param>
/// <param name="Names">Streams and topics.</param>
/// <param name="Used">The streams whose framing is fixed.</param>
/// <param name="Cursors">The named cursors of each topic.</param>
/// <param name="Gone">What was deleted and is not removed yet.</param>
/// <param name="Hidden">Topics of streams that were deleted.</param>
/// <param name="Strange">Keys that mean nothing, and topics of no stream: with a reason each.</param>
internal sealed record NamesState(
    long Revision,
    long Version,
    NamesSnapshot Names,
    ImmutableHashSet<ulong> Used,
    ImmutableSortedDictionary<ulong, ImmutableSortedDictionary<string, ulong>> Cursors,
    ImmutableSortedDictionary<ulong, (GoneRecord Record, long ModRevision)> Gone,
    ImmutableArray<(ulong Id, TopicRecord Record)> Hidden,
    ImmutableSortedDictionary<string, string> Strange)
{
    private static readonly ImmutableSortedDictionary<string, ulong> NoNames = ImmutableSortedDictionary.Create<string, ulong>(StringComparer.Ordinal);

    /// <summary>Makes it of what stands in etcd.</summary>
    /// <param name="keys">Where that is.</param>
    /// <param name="entries">What stands there.</param>
    /// <param name="revision">At which revision.</param>
    /// <param name="known">What is known of entries that are the same as before.</param>
    public static NamesState Of(NamesKeys keys, IEnumerable<EtcdEntry> entries, long revision, KnownRecords known)
    {
        var builder = new Builder(keys, known);
        foreach (var entry in entries)
            builder.Add(entry);
        known.ForgetOthers();
        return builder.Build(revision);
    }

    private sealed class Builder(NamesKeys keys, KnownRecords known)
    {
        private readonly SortedDictionary<ulong, StreamRecord> _streams = [];
        private readonly SortedDictionary<ulong, TopicRecord> _topics = [];
        private readonly ImmutableSortedDictionary<ulong, (GoneRecord, long)>.Builder _gone = ImmutableSortedDictionary.CreateBuilder<ulong, (GoneRecord, long)>();
        private readonly SortedDictionary<ulong, ImmutableSortedDictionary<string, ulong>.Builder> _cursors = [];
        private readonly ImmutableSortedDictionary<string, string>.Builder _strange = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        private long _version;

        public void Add(EtcdEntry entry)
        {
            if (entry.Key == keys.Version)
                _version = entry.ModRevision;
            else if (!(Add(keys.Streams, entry, _streams) || Add(keys.Topics, entry, _topics) || AddGone(entry) || AddCursor(entry)))
                _strange[entry.Key] = "it is no record of a name";
        }

        public NamesState Build(long revision)
        {
            var topicsOf = new SortedDictionary<ulong, ImmutableSortedDictionary<string, ulong>.Builder>();
            var topics = ImmutableSortedDictionary.CreateBuilder<ulong, NamedTopic>();
            var hidden = ImmutableArray.CreateBuilder<(ulong, TopicRecord)>();
            foreach (var (id, topic) in _topics)
            {
                if (!_streams.ContainsKey(topic.Stream))
                {
                    if (_gone.ContainsKey(topic.Stream))
                        hidden.Add((id, topic));
                    else
                        _strange[keys.Topic(id)] = $"its stream has no record {keys.Stream(topic.Stream)}";
                    continue;
                }
                if (!topicsOf.TryGetValue(topic.Stream, out var names))
                    topicsOf.Add(topic.Stream, names = NoNames.ToBuilder());
                if (!names.TryAdd(topic.Name, id))
                {
                    _strange[keys.Topic(id)] = $"another topic of its stream is called \"{topic.Name}\"";
                    continue;
                }
                topics.Add(id, new NamedTopic(id, topic.Stream, topic.Name, topic.Created, [.. topic.Partitions.Select(one => new IncarnationId(one))]));
            }
            var streams = ImmutableSortedDictionary.CreateBuilder<ulong, NamedStream>();
            var streamNames = NoNames.ToBuilder();
            foreach (var (id, stream) in _streams)
            {
                if (streamNames.TryAdd(stream.Name, id))
                    streams.Add(id, new NamedStream(
                        id, stream.Name, stream.Created, stream.Framing.Read(), topicsOf.GetValueOrDefault(id)?.ToImmutable() ?? NoNames));
                else
                    _strange[keys.Stream(id)] = $"another stream is called \"{stream.Name}\"";
            }
            return new NamesState(
                revision, _version, new NamesSnapshot(0, streams.ToImmutable(), topics.ToImmutable(), streamNames.ToImmutable()),
                [.. _streams.Where(stream => stream.Value.Used).Select(stream => stream.Key)],
                _cursors.ToImmutableSortedDictionary(topic => topic.Key, topic => topic.Value.ToImmutable()),
                _gone.ToImmutable(), hidden.ToImmutable(), _strange.ToImmutable());
        }

        private bool Add<T>(string beginning, EtcdEntry entry, SortedDictionary<ulong, T> table)
            where T : class
        {
            if (!entry.Key.StartsWith(beginning, StringComparison.Ordinal) || !NamesKeys.TryParse(entry.Key.AsSpan(beginning.Length), out var id) ||
                known.Read<T>(entry) is not { } record)
                return false;
            table[id] = record;
            return true;
        }

        private bool AddGone(EtcdEntry entry)
        {
            if (!entry.Key.StartsWith(keys.Gone, StringComparison.Ordinal) || !NamesKeys.TryParse(entry.Key.AsSpan(keys.Gone.Length), out var id) ||
                known.Read<GoneRecord>(entry) is not { } record)
                return false;
            _gone[id] = (record, entry.ModRevision);
            return true;
        }

        private bool AddCursor(EtcdEntry entry)
        {
            var rest = entry.Key.AsSpan();
            if (!entry.Key.StartsWith(keys.Cursors, StringComparison.Ordinal))
                return false;
            rest = rest[keys.Cursors.Length..];
            if (rest.Length < 18 || rest[16] != '/' || !NamesKeys.TryParse(rest[..16], out var topic) ||
                known.Read<CursorRecord>(entry) is not { } record)
                return false;
            if (!_cursors.TryGetValue(topic, out var names))
                _cursors.Add(topic, names = NoNames.ToBuilder());
            names[Uri.UnescapeDataString(rest[17..].ToString())] = record.Id;
            return true;
        }
    }
}
