namespace StreamActors.Kafka.Tests.Front;

/// <summary>
/// Groups: the mock lets them be joined, the front keeps who is in them and what they have committed, and tells it.
/// </summary>
internal sealed class FrontGroups
{
    private readonly object _gate = new();
    private readonly SortedDictionary<string, Group> _groups = new(StringComparer.Ordinal);

    /// <summary>How many members a group has.</summary>
    public int Members(string group)
    {
        lock (_gate)
            return _groups.GetValueOrDefault(group)?.Members.Count ?? 0;
    }

    /// <summary>What a group has committed; null where it has nothing.</summary>
    public long? Committed(string group, string topic, int partition)
    {
        lock (_gate)
            return _groups.GetValueOrDefault(group)?.Offsets.TryGetValue((topic, partition), out var offset) == true ? offset : null;
    }

    /// <summary>What groups have committed of a topic goes with it.</summary>
    public void Forget(string topic)
    {
        lock (_gate)
            foreach (var group in _groups.Values)
                foreach (var key in group.Offsets.Keys.Where(key => key.Topic == topic).ToArray())
                    group.Offsets.Remove(key);
    }

    /// <summary>Takes note of who joined.</summary>
    public async Task<byte[]> Joined(Request request, object connection, Task<byte[]> answer)
    {
        var group = request.Body.Text();
        var bytes = await answer;
        var reply = new WireReader(bytes, request.Version >= 2 ? 8 : 4);
        var error = reply.Short();
        reply.Int();
        reply.Text();
        reply.Text();
        var member = reply.Text();
        lock (_gate)
        {
            if (error == KafkaError.None)
                Of(group).Members[member] = connection;
        }
        return bytes;
    }

    /// <summary>Takes note of who leaves.</summary>
    public void Leaves(Request request)
    {
        var body = request.Body;
        var group = body.Text();
        string[] members = request.Version >= 3 ? [.. Enumerable.Range(0, body.Int()).Select(_ => (body.Text(), body.NullableText()).Item1)] : [body.Text()];
        lock (_gate)
            foreach (var member in members)
                Of(group).Members.Remove(member);
    }

    /// <summary>Who is gone without a word has left, too.</summary>
    public void Lost(object connection)
    {
        lock (_gate)
            foreach (var group in _groups.Values)
                foreach (var member in group.Members.Where(member => member.Value == connection).ToArray())
                    group.Members.Remove(member.Key);
    }

    public byte[] List(Request request, short error)
    {
        lock (_gate)
        {
            var reply = request.Reply().Short(error).Int(_groups.Count);
            foreach (var name in _groups.Keys)
                reply.Text(name).Text("consumer");
            return reply.ToArray();
        }
    }

    public byte[] Describe(Request request, short error)
    {
        var (body, reply) = (request.Body, request.Reply());
        var count = body.Int();
        reply.Int(count);
        lock (_gate)
        {
            for (; count > 0; count--)
            {
                var name = body.Text();
                string[] members = [.. _groups.GetValueOrDefault(name)?.Members.Keys.Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>()];
                reply.Short(error).Text(name).Text(members.Length > 0 ? "Stable" : "Empty").Text("consumer").Text("range").Int(members.Length);
                foreach (var member in members)
                    reply.Text(member).Text("client").Text("/127.0.0.1").Bytes([]).Bytes([]);
            }
        }
        return reply.ToArray();
    }

    public byte[] Commit(Request request, short error)
    {
        var body = request.Body;
        var name = body.Text();
        var member = "";
        if (request.Version >= 1)
        {
            body.Int();
            member = body.Text();
        }
        _ = request.Version >= 7 ? body.NullableText() : null;
        body.Span(request.Version is >= 2 and <= 4 ? 8 : 0);
        var reply = request.Reply();
        _ = request.Version >= 3 ? reply.Int(0) : reply;
        var topics = body.Int();
        reply.Int(topics);
        lock (_gate)
        {
            var group = Of(name);
            if (error == KafkaError.None && group.Members.Count > 0 && !group.Members.ContainsKey(member))
                error = KafkaError.UnknownMember;
            for (; topics > 0; topics--)
            {
                var topic = body.Text();
                var partitions = body.Int();
                reply.Text(topic).Int(partitions);
                for (; partitions > 0; partitions--)
                {
                    var (partition, offset) = (body.Int(), body.Long());
                    body.Span((request.Version >= 6 ? 4 : 0) + (request.Version == 1 ? 8 : 0));
                    body.NullableText();
                    if (error == KafkaError.None)
                        group.Offsets[(topic, partition)] = offset;
                    reply.Int(partition).Short(error);
                }
            }
        }
        return reply.ToArray();
    }

    public byte[] Fetch(Request request, short error)
    {
        var body = request.Body;
        var name = body.Text();
        var reply = request.Reply();
        _ = request.Version >= 3 ? reply.Int(0) : reply;
        lock (_gate)
        {
            var offsets = _groups.GetValueOrDefault(name)?.Offsets ?? [];
            var count = body.Int();
            // No list stands for everything that the group has.
            var asked = count < 0
                ? [.. offsets.Keys.GroupBy(key => key.Topic).Select(group => (group.Key, group.Select(key => key.Partition).ToArray()))]
                : Enumerable.Range(0, count).Select(_ => (body.Text(), Enumerable.Range(0, body.Int()).Select(_ => body.Int()).ToArray())).ToArray();
            reply.Int(asked.Length);
            foreach (var (topic, partitions) in asked)
            {
                reply.Text(topic).Int(partitions.Length);
                foreach (var partition in partitions)
                {
                    reply.Int(partition).Long(error == KafkaError.None && offsets.TryGetValue((topic, partition), out var offset) ? offset : -1);
                    _ = request.Version >= 5 ? reply.Int(-1) : reply;
                    reply.Text("").Short(error);
                }
            }
        }
        _ = request.Version >= 2 ? reply.Short(error) : reply;
        return reply.ToArray();
    }

    public byte[] Delete(Request request, short error)
    {
        var body = request.Body;
        var name = body.Text();
        lock (_gate)
        {
            if (error == KafkaError.None && !_groups.ContainsKey(name))
                error = KafkaError.GroupNotFound;
            var reply = request.Reply().Short(error).Int(0);
            var topics = body.Int();
            reply.Int(topics);
            for (; topics > 0; topics--)
            {
                var topic = body.Text();
                var partitions = body.Int();
                reply.Text(topic).Int(partitions);
                for (; partitions > 0; partitions--)
                {
                    var partition = body.Int();
                    if (error == KafkaError.None)
                        _groups[name].Offsets.Remove((topic, partition));
                    reply.Int(partition).Short(error);
                }
            }
            return reply.ToArray();
        }
    }

    private Group Of(string name)
    {
        if (!_groups.TryGetValue(name, out var group))
            _groups[name] = group = new Group();
        return group;
    }

    private sealed class Group
    {
        /// <summary>The members, and the connections by which they joined.</summary>
        public Dictionary<string, object> Members { get; } = [];

        public Dictionary<(string Topic, int Partition), long> Offsets { get; } = [];
    }
}
