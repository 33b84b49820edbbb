namespace StreamActors.Kafka.Tests.Front;

/// <summary>
/// What the front knows of the messages that went through it, because the mock does not: their times, and the
/// transactions that they belong to.
/// </summary>
internal sealed class FrontPartitions(Func<int, byte[], Task<byte[]>> ask)
{
    private readonly object _gate = new();
    private readonly Dictionary<(string Topic, int Partition), History> _histories = [];
    private readonly Dictionary<(string Topic, int Partition), long> _delivered = [];

    // Messages of transactions that the mock may have stored, and whose offsets are not noted yet.
    private readonly HashSet<TaskCompletionSource> _underWay = [];

    /// <summary>How many messages of a topic were sent to those who fetch.</summary>
    public long Delivered(string topic)
    {
        lock (_gate)
            return _delivered.Where(pair => pair.Key.Topic == topic).Sum(pair => pair.Value);
    }

    public void Forget(string topic)
    {
        lock (_gate)
            foreach (var key in _histories.Keys.Where(key => key.Topic == topic).ToArray())
                _histories.Remove(key);
    }

    /// <summary>Takes note of what was stored.</summary>
    public async Task<byte[]> Produced(Request request, int broker, Func<Task<byte[]>> forward)
    {
        var batches = BatchesOf(request);
        var noted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
            if (batches.Values.Any(batch => batch.IsTransactional))
                _underWay.Add(noted);
        try
        {
            return Produced(request, broker, batches, await forward());
        }
        finally
        {
            lock (_gate)
                _underWay.Remove(noted);
            noted.SetResult();
        }
    }

    private byte[] Produced(Request request, int broker, Dictionary<(string, int), RecordBatch> batches, byte[] bytes)
    {
        var reply = new WireReader(bytes, 4);
        for (var topics = reply.Int(); topics > 0; topics--)
        {
            var topic = reply.Text();
            for (var partitions = reply.Int(); partitions > 0; partitions--)
            {
                var (partition, error, offset) = (reply.Int(), reply.Short(), reply.Long());
                reply.Span((request.Version >= 2 ? 8 : 0) + (request.Version >= 5 ? 8 : 0));
                if (request.Version >= 8)
                    throw new NotSupportedException("the front offers no such version");
                if (error == KafkaError.None && batches.TryGetValue((topic, partition), out var batch))
                    Note((topic, partition), batch with { BaseOffset = offset }, broker);
            }
        }
        return bytes;
    }

    /// <summary>Waits until all is noted that the mock may have stored by now: it is not committed.</summary>
    private Task Settled()
    {
        lock (_gate)
            return Task.WhenAll(_underWay.Select(noted => noted.Task));
    }

    /// <summary>Ends a transaction as its coordinator said.</summary>
    public async Task<byte[]> Ended(Request request, Task<byte[]> answer)
    {
        var body = request.Body;
        body.NullableText();
        var producer = body.Long();
        body.Short();
        var isCommitted = body.Flag();
        var bytes = await answer;
        var reply = new WireReader(bytes, 8);
        if (reply.Short() != KafkaError.None)
            return bytes;
        KeyValuePair<(string Topic, int Partition), History>[] open;
        lock (_gate)
            open = [.. _histories.Where(pair => pair.Value.Open.ContainsKey(producer))];
        foreach (var (at, history) in open)
        {
            // The mock has stored the marker that ends it: that is the last record.
            var told = new WireReader(await ask(history.Broker, EndFrame(at.Topic, at.Partition)), 8);
            told.Text();
            told.Span(4 + 4 + 2 + 8);
            lock (_gate)
                history.End(producer, told.Long() - 1, isCommitted);
        }
        return bytes;
    }

    /// <summary>Counts what is sent to those who fetch, and holds back what is not committed.</summary>
    public async Task<byte[]> Fetched(Request request, Task<byte[]> answer)
    {
        var (wait, isCommitted, asked) = AskedIn(request);
        var bytes = await answer;
        await Settled();
        var (reply, result) = (new WireReader(bytes), new WireWriter());
        result.Raw(reply.Span(8 + (request.Version >= 7 ? 6 : 0)));
        var (sent, held) = (0, 0);
        var topics = reply.Int();
        result.Int(topics);
        for (; topics > 0; topics--)
        {
            var topic = reply.Text();
            var partitions = reply.Int();
            result.Text(topic).Int(partitions);
            for (; partitions > 0; partitions--)
            {
                var start = reply.Position;
                var partition = reply.Int();
                reply.Span(2 + 8);
                result.Raw(reply.Since(start));
                var stable = reply.Long();
                var oldest = request.Version >= 5 ? reply.Long() : 0;
                for (var left = reply.Int(); left > 0; left--)
                    reply.Span(16);
                var preferred = request.Version >= 11 ? reply.Int() : 0;
                var records = reply.Bytes();
                var shown = isCommitted ? Committed((topic, partition), asked[(topic, partition)], ref stable, ref records, out var aborted) : (aborted = []).Length;
                result.Long(stable);
                _ = request.Version >= 5 ? result.Long(oldest) : result;
                result.Int(aborted.Length);
                foreach (var (producer, first) in aborted)
                    result.Long(producer).Long(first);
                _ = request.Version >= 11 ? result.Int(preferred) : result;
                result.Bytes(records);
                held += shown;
                sent += Count((topic, partition), records);
            }
        }
        // A broker waits for messages that may be read; what is held back is none.
        if (sent == 0 && held > 0)
            await Task.Delay(wait);
        return result.ToArray();
    }

    /// <summary>Finds times, and the end of what is committed.</summary>
    public async Task<byte[]> Listed(Request request, Task<byte[]> answer)
    {
        var body = request.Body;
        body.Int();
        var isCommitted = request.Version >= 2 && body.Byte() != 0;
        var asked = new Dictionary<(string, int), long>();
        for (var topics = body.Int(); topics > 0; topics--)
        {
            var topic = body.Text();
            for (var partitions = body.Int(); partitions > 0; partitions--)
            {
                var partition = body.Int();
                _ = request.Version >= 4 ? body.Int() : 0;
                asked[(topic, partition)] = body.Long();
            }
        }
        var bytes = await answer;
        await Settled();
        var (reply, result) = (new WireReader(bytes), new WireWriter());
        result.Raw(reply.Span(4 + (request.Version >= 2 ? 4 : 0)));
        var count = reply.Int();
        result.Int(count);
        for (; count > 0; count--)
        {
            var topic = reply.Text();
            var partitions = reply.Int();
            result.Text(topic).Int(partitions);
            for (; partitions > 0; partitions--)
            {
                var (partition, error, time, offset) = (reply.Int(), reply.Short(), reply.Long(), reply.Long());
                if (error == KafkaError.None && asked.TryGetValue((topic, partition), out var wanted))
                    Find((topic, partition), wanted, isCommitted, ref time, ref offset);
                result.Int(partition).Short(error).Long(time).Long(offset);
                _ = request.Version >= 4 ? result.Int(reply.Int()) : result;
            }
        }
        return result.ToArray();
    }

    private static Dictionary<(string, int), RecordBatch> BatchesOf(Request request)
    {
        var body = request.Body;
        if (request.Version >= 3)
            body.NullableText();
        body.Span(2 + 4);
        var found = new Dictionary<(string, int), RecordBatch>();
        for (var topics = body.Int(); topics > 0; topics--)
        {
            var topic = body.Text();
            for (var partitions = body.Int(); partitions > 0; partitions--)
            {
                var partition = body.Int();
                foreach (var (batch, _) in RecordBatch.All(body.Bytes()))
                    found[(topic, partition)] = batch;
            }
        }
        return found;
    }

    private static byte[] EndFrame(string topic, int partition) => new WireWriter()
        .Short(Api.ListOffsets).Short(1).Int(0).Text("front").Int(-1).Int(1).Text(topic).Int(1).Int(partition).Long(-1).ToArray();

    private static (int Wait, bool IsCommitted, Dictionary<(string, int), long> Offsets) AskedIn(Request request)
    {
        var body = request.Body;
        body.Int();
        var wait = body.Int();
        body.Span(4 + 4);
        var isCommitted = body.Byte() != 0;
        body.Span(request.Version >= 7 ? 8 : 0);
        var asked = new Dictionary<(string, int), long>();
        for (var topics = body.Int(); topics > 0; topics--)
        {
            var topic = body.Text();
            for (var partitions = body.Int(); partitions > 0; partitions--)
            {
                var partition = body.Int();
                body.Span(request.Version >= 9 ? 4 : 0);
                asked[(topic, partition)] = body.Long();
                body.Span((request.Version >= 5 ? 8 : 0) + 4);
            }
        }
        return (wait, isCommitted, asked);
    }

    private void Note((string, int) at, RecordBatch batch, int broker)
    {
        lock (_gate)
        {
            if (!_histories.TryGetValue(at, out var history))
                _histories[at] = history = new History();
            history.Broker = broker;
            history.Batches.Add(batch);
            if (batch.IsTransactional)
                history.Open.TryAdd(batch.Producer, batch.BaseOffset);
        }
    }

    private int Committed((string, int) at, long offset, ref long stable, ref byte[]? records, out (long, long)[] aborted)
    {
        aborted = [];
        lock (_gate)
        {
            if (!_histories.TryGetValue(at, out var history))
                return 0;
            var end = stable = history.StableEnd(stable);
            aborted = [.. history.Aborted.Where(each => each.Last >= offset && each.First < end).Select(each => (each.Producer, each.First))];
            var (kept, held) = (new WireWriter(), 0);
            foreach (var (batch, bytes) in RecordBatch.All(records))
            {
                if (batch.BaseOffset < end)
                    kept.Raw(bytes);
                else
                    held++;
            }
            if (held > 0)
                records = kept.ToArray();
            return held;
        }
    }

    private void Find((string, int) at, long wanted, bool isCommitted, ref long time, ref long offset)
    {
        lock (_gate)
        {
            var history = _histories.GetValueOrDefault(at);
            if (wanted >= 0)
                (time, offset) = history?.Find(wanted) ?? (-1, -1);
            else if (wanted == -1 && isCommitted && history is not null)
                offset = history.StableEnd(offset);
        }
    }

    private int Count((string, int) at, byte[]? records)
    {
        var count = RecordBatch.All(records).Sum(each => each.Batch.IsControl ? 0 : each.Batch.Records);
        lock (_gate)
            _delivered[at] = _delivered.GetValueOrDefault(at) + count;
        return count;
    }

    private sealed class History
    {
        public List<RecordBatch> Batches { get; } = [];

        public Dictionary<long, long> Open { get; } = [];

        public List<(long Producer, long First, long Last)> Aborted { get; } = [];

        public int Broker { get; set; }

        /// <summary>Up to where everything is decided.</summary>
        public long StableEnd(long end) => Open.Count == 0 ? end : Math.Min(end, Open.Values.Min());

        public void End(long producer, long marker, bool isCommitted)
        {
            if (Open.Remove(producer, out var first) && !isCommitted)
                Aborted.Add((producer, first, marker));
        }

        public (long Time, long Offset)? Find(long wanted)
        {
            foreach (var batch in Batches)
                for (var i = 0; i < batch.Times.Count; i++)
                    if (batch.Times[i] >= wanted)
                        return (batch.Times[i], batch.BaseOffset + i);
            return null;
        }
    }
}
