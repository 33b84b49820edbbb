namespace StreamActors.Logs;

/// <summary>What a partition thinks of a batch that a writer sent.</summary>
internal enum WriterVerdict
{
    Accept,
    Duplicate,
    Fenced,
    OutOfSequence,
}

/// <summary>A batch that a writer's memory holds.</summary>
internal readonly record struct WriterBatch(int Sequence, int Count, long BaseOffset);

/// <summary>
/// The last five batches of each writer of a partition, by which a batch that is sent again is known. The rules are those
/// of Kafka's idempotent producer: sequences go on by the count of messages, below 2³¹, round; a new epoch begins at 0.
/// </summary>
internal sealed class WriterTable(int maxWriters)
{
    public const int RememberedBatches = 5;

    private readonly SortedDictionary<long, Writer> _writers = [];

    public int Count => _writers.Count;

    public WriterVerdict Judge(long writer, int epoch, int sequence, int count, out WriterBatch first)
    {
        first = default;
        if (writer == Batch.NoWriter || !_writers.TryGetValue(writer, out var known))
            return WriterVerdict.Accept;
        if (epoch < known.Epoch)
            return WriterVerdict.Fenced;
        if (epoch > known.Epoch)
            return sequence == 0 ? WriterVerdict.Accept : WriterVerdict.OutOfSequence;
        foreach (var batch in known.Batches)
        {
            if (batch.Sequence != sequence || batch.Count != count)
                continue;
            first = batch;
            return WriterVerdict.Duplicate;
        }
        var last = known.Batches[^1];
        return sequence == Next(last.Sequence, last.Count) ? WriterVerdict.Accept : WriterVerdict.OutOfSequence;
    }

    /// <summary>Remembers a batch that was committed.</summary>
    public void Note(long writer, int epoch, WriterBatch batch)
    {
        if (writer == Batch.NoWriter)
            return;
        if (!_writers.TryGetValue(writer, out var known))
        {
            if (_writers.Count >= maxWriters)
                _writers.Remove(_writers.MinBy(pair => pair.Value.Batches[^1].BaseOffset).Key);
            _writers[writer] = known = new Writer();
        }
        if (known.Epoch != epoch)
            known.Batches.Clear();
        known.Epoch = epoch;
        if (known.Batches.Count == RememberedBatches)
            known.Batches.RemoveAt(0);
        known.Batches.Add(batch);
    }

    public void Write(ByteBuffer buffer)
    {
        buffer.Int32(_writers.Count);
        foreach (var (id, writer) in _writers)
        {
            buffer.Int64(id);
            buffer.Int32(writer.Epoch);
            buffer.Byte((byte)writer.Batches.Count);
            foreach (var batch in writer.Batches)
            {
                buffer.Int32(batch.Sequence);
                buffer.Int32(batch.Count);
                buffer.Int64(batch.BaseOffset);
            }
        }
    }

    public void Read(ref SpanReader reader)
    {
        var count = reader.Int32();
        for (var i = 0; i < count; i++)
        {
            var id = reader.Int64();
            var writer = _writers[id] = new Writer { Epoch = reader.Int32() };
            var batches = reader.Byte();
            for (var b = 0; b < batches; b++)
                writer.Batches.Add(new WriterBatch(reader.Int32(), reader.Int32(), reader.Int64()));
        }
    }

    private static int Next(int sequence, int count) => (int)(((long)sequence + count) & int.MaxValue);

    private sealed class Writer
    {
        public int Epoch { get; set; }

        public List<WriterBatch> Batches { get; } = new(RememberedBatches);
    }
}
