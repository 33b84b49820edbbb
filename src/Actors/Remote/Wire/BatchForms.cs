using Google.Protobuf;
using StreamActors.Messages;
using static StreamActors.Remote.CommonForms;

namespace StreamActors.Remote;

/// <summary>The forms of messages that are appended.</summary>
internal static class BatchForms
{
    /// <summary>Writes a batch; its bytes are not copied before they are written.</summary>
    public static Protos.MessageBatch Write(MessageBatch batch)
    {
        if (batch.Count > WireLimits.BatchedMessages)
            throw Refused($"a batch has {WireLimits.BatchedMessages} messages at most, not {batch.Count}");
        var form = new Protos.MessageBatch();
        form.Messages.Capacity = batch.Count;
        for (var i = 0; i < batch.Count; i++)
            form.Messages.Add(Write(batch[i]));
        if (batch.Stamp is { } stamp)
            form.Stamp = new Protos.WriterStamp { Writer = stamp.Writer, Number = stamp.Number };
        return form;
    }

    public static MessageBatch Read(Protos.MessageBatch form)
    {
        if (form.Messages.Count > WireLimits.BatchedMessages)
            throw Refused($"a batch has {WireLimits.BatchedMessages} messages at most, not {form.Messages.Count}");
        var batch = new MessageBatch();
        foreach (var message in form.Messages)
            batch.Add(
                message.HasValue ? message.Value.Memory : default(ReadOnlyMemory<byte>?),
                message.HasKey ? message.Key.Memory : default(ReadOnlyMemory<byte>?),
                message.HasHeaders ? [.. message.Headers.Select(Read)] : null,
                message.HasTimestamp ? message.Timestamp : null);
        if (form.Stamp is { } stamp)
            batch.Stamp = new WriterStamp(NotNegative(stamp.Writer), NotNegative(stamp.Number));
        return batch;
    }

    private static Protos.BatchedMessage Write(in BatchedMessage message)
    {
        var form = new Protos.BatchedMessage();
        if (message.Value is { } value)
            form.Value = UnsafeByteOperations.UnsafeWrap(value);
        if (message.Key is { } key)
            form.Key = UnsafeByteOperations.UnsafeWrap(key);
        if (message.Timestamp is { } timestamp)
            form.Timestamp = timestamp;
        if (message.Headers is not { } headers)
            return form;
        form.HasHeaders = true;
        foreach (var header in headers)
            form.Headers.Add(Write(header));
        return form;
    }

    private static Protos.MessageHeader Write(MessageHeader header)
    {
        var form = new Protos.MessageHeader { Name = header.Name };
        if (header.Value is { } value)
            form.Value = UnsafeByteOperations.UnsafeWrap(value);
        return form;
    }

    private static MessageHeader Read(Protos.MessageHeader header) =>
        new(header.Name, header.HasValue ? header.Value.Memory : default(ReadOnlyMemory<byte>?));
}
