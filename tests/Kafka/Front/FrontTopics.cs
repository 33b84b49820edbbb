namespace StreamActors.Kafka.Tests.Front;

/// <summary>A topic as it was asked for.</summary>
internal sealed class FrontTopic(int partitions, int replication, IReadOnlyDictionary<string, string?> config)
{
    public int Partitions { get; set; } = partitions;

    public int Replication => replication;

    public IReadOnlyDictionary<string, string?> Config => config;
}

/// <summary>
/// Makes, deletes and grows topics of the mock by request. The mock can't add partitions, so a topic has some in reserve
/// that its metadata does not show before they are asked for.
/// </summary>
internal sealed class FrontTopics(MockCluster mock, int brokers, Action<string> deleted)
{
    /// <summary>So many partitions a topic has in reserve.</summary>
    private const int Reserve = 4;

    private static readonly string[] s_settings = ["cleanup.policy", "max.message.bytes", "retention.bytes", "retention.ms"];

    private readonly object _gate = new();
    private readonly List<(int Left, Action Change)> _late = [];
    private readonly Dictionary<string, FrontTopic> _topics = new(StringComparer.Ordinal);

    /// <summary>After so many requests for metadata they show what was made and deleted.</summary>
    public int Lag { get; set; }

    public FrontTopic? Find(string name)
    {
        lock (_gate)
            return _topics.GetValueOrDefault(name);
    }

    public short Create(string name, int partitions, int replication, IReadOnlyDictionary<string, string?> config)
    {
        lock (_gate)
        {
            if (_topics.ContainsKey(name))
                return KafkaError.TopicExists;
            // −1 stands for what the cluster is set to.
            if (partitions is 0 or < -1)
                return KafkaError.InvalidPartitions;
            if (replication is 0 or < -1 || replication > brokers)
                return KafkaError.InvalidReplication;
            if (config.Keys.Except(s_settings, StringComparer.Ordinal).Any())
                return KafkaError.InvalidConfig;
            var topic = new FrontTopic(Math.Max(1, partitions), Math.Max(1, replication), config);
            Change(() => mock.With(name, topic.Partitions + Reserve, topic.Replication));
            _topics.Add(name, topic);
            return KafkaError.None;
        }
    }

    public short Delete(string name)
    {
        lock (_gate)
        {
            if (!_topics.Remove(name))
                return KafkaError.UnknownTopic;
            Change(() => mock.Without(name));
        }
        deleted(name);
        return KafkaError.None;
    }

    public short Grow(string name, int partitions)
    {
        lock (_gate)
        {
            if (!_topics.TryGetValue(name, out var topic))
                return KafkaError.UnknownTopic;
            if (partitions <= topic.Partitions || partitions > topic.Partitions + Reserve)
                return KafkaError.InvalidPartitions;
            Change(() => topic.Partitions = partitions);
            return KafkaError.None;
        }
    }

    public byte[] Create(Request request, short error)
    {
        var (body, reply) = (request.Body, request.Reply());
        _ = request.Version >= 2 ? reply.Int(0) : reply;
        var count = body.Int();
        reply.Int(count);
        for (; count > 0; count--)
        {
            var (name, partitions, replication) = (body.Text(), body.Int(), body.Short());
            for (var assignments = body.Int(); assignments > 0; assignments--)
            {
                body.Int();
                body.Span(4 * body.Int());
            }
            var config = new Dictionary<string, string?>(StringComparer.Ordinal);
            for (var settings = body.Int(); settings > 0; settings--)
                config[body.Text()] = body.NullableText();
            Answer(reply, name, error != KafkaError.None ? error : Create(name, partitions, replication, config), request.Version >= 1);
        }
        return reply.ToArray();
    }

    public byte[] Delete(Request request, short error)
    {
        var (body, reply) = (request.Body, request.Reply());
        _ = request.Version >= 1 ? reply.Int(0) : reply;
        var count = body.Int();
        reply.Int(count);
        for (; count > 0; count--)
        {
            var name = body.Text();
            Answer(reply, name, error != KafkaError.None ? error : Delete(name), hasMessage: false);
        }
        return reply.ToArray();
    }

    public byte[] Grow(Request request, short error)
    {
        var (body, reply) = (request.Body, request.Reply().Int(0));
        var count = body.Int();
        reply.Int(count);
        for (; count > 0; count--)
        {
            var (name, partitions) = (body.Text(), body.Int());
            for (var assignments = body.Int(); assignments > 0; assignments--)
                body.Span(4 * body.Int());
            Answer(reply, name, error != KafkaError.None ? error : Grow(name, partitions), hasMessage: true);
        }
        return reply.ToArray();
    }

    /// <summary>Leaves what is in reserve out of what the mock tells.</summary>
    public byte[] Filter(byte[] answer, short version)
    {
        const int FlexibleVersion = 9;
        CatchUp();
        var isFlexible = version >= FlexibleVersion;
        var (from, to) = (new WireReader(answer, 0, isFlexible), new WireWriter(isFlexible));
        void Copy(Action<WireReader> part)
        {
            var start = from.Position;
            part(from);
            to.Raw(from.Since(start));
        }
        Copy(reader =>
        {
            reader.Int();
            reader.Tags();
            _ = version >= 3 ? reader.Int() : 0;
            for (var brokers = reader.Count(); brokers > 0; brokers--)
            {
                reader.Int();
                reader.Text();
                reader.Int();
                _ = version >= 1 ? reader.NullableText() : null;
                reader.Tags();
            }
            _ = version >= 2 ? reader.NullableText() : null;
            _ = version >= 1 ? reader.Int() : 0;
        });
        var topics = from.Count();
        to.Count(topics);
        for (; topics > 0; topics--)
        {
            string? name = null;
            Copy(reader =>
            {
                reader.Short();
                name = reader.NullableText();
                reader.Span((version >= 10 ? 16 : 0) + (version >= 1 ? 1 : 0));
            });
            var partitions = from.Count();
            var shown = name is not null && Find(name) is { } topic ? Math.Min(topic.Partitions, partitions) : partitions;
            to.Count(shown);
            for (; partitions > 0; partitions--)
            {
                var start = from.Position;
                from.Short();
                var index = from.Int();
                from.Span(version >= 7 ? 8 : 4);
                for (var lists = version >= 5 ? 3 : 2; lists > 0; lists--)
                    from.Span(4 * Math.Max(0, from.Count()));
                from.Tags();
                if (index < shown)
                    to.Raw(from.Since(start));
            }
            Copy(reader =>
            {
                reader.Span(version >= 8 ? 4 : 0);
                reader.Tags();
            });
        }
        return [.. to.ToArray(), .. from.Span(from.Left)];
    }

    private void Change(Action change)
    {
        if (Lag == 0)
            change();
        else
            _late.Add((Lag, change));
    }

    private void CatchUp()
    {
        lock (_gate)
        {
            for (var i = 0; i < _late.Count; i++)
                _late[i] = (_late[i].Left - 1, _late[i].Change);
            foreach (var (_, change) in _late.Where(late => late.Left == 0))
                change();
            _late.RemoveAll(late => late.Left == 0);
        }
    }

    private static void Answer(WireWriter reply, string name, short error, bool hasMessage)
    {
        reply.Text(name).Short(error);
        _ = hasMessage ? reply.Text(null) : reply;
    }
}
