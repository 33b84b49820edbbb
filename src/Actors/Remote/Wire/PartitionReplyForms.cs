using StreamActors.Messages;
using static StreamActors.Remote.CommonForms;

namespace StreamActors.Remote;

/// <summary>The forms of what a partition answers.</summary>
internal static class PartitionReplyForms
{
    public static Protos.PartitionReply Write(PartitionReply reply) => reply switch
    {
        PartitionReply.Found found => new() { Found = new() { View = CommonForms.Write(found.View), Stat = CommonForms.Write(found.Value) } },
        PartitionReply.Stated stated => new() { Stated = CommonForms.Write(stated.Value) },
        PartitionReply.Described described => new() { Described = Write(described.Value) },
        PartitionReply.Done => new() { Done = Nothing },
        PartitionReply.Appended appended => new() { Appended = appended.FirstOffset },
        PartitionReply.CursorAt at => new() { CursorAt = new() { Offset = at.Value.Offset, Lag = at.Value.Lag } },
        PartitionReply.Grown grown => new() { Grown = grown.End },
        _ => throw Unknown($"the answer {reply}"),
    };

    public static PartitionReply Read(Protos.PartitionReply form) => form.ReplyCase switch
    {
        Protos.PartitionReply.ReplyOneofCase.Found => new PartitionReply.Found(CommonForms.Read(form.Found.View), CommonForms.Read(form.Found.Stat)),
        Protos.PartitionReply.ReplyOneofCase.Stated => new PartitionReply.Stated(CommonForms.Read(form.Stated)),
        Protos.PartitionReply.ReplyOneofCase.Described => new PartitionReply.Described(Read(form.Described)),
        Protos.PartitionReply.ReplyOneofCase.Done => new PartitionReply.Done(),
        Protos.PartitionReply.ReplyOneofCase.Appended => new PartitionReply.Appended(NotNegative(form.Appended)),
        Protos.PartitionReply.ReplyOneofCase.CursorAt => new PartitionReply.CursorAt(new CursorState(form.CursorAt.Offset, form.CursorAt.Lag)),
        Protos.PartitionReply.ReplyOneofCase.Grown => new PartitionReply.Grown(NotNegative(form.Grown)),
        _ => throw Unknown("an answer of a partition"),
    };

    private static Protos.PartitionDescription Write(PartitionDescription description)
    {
        var form = new Protos.PartitionDescription
        {
            FirstOffset = description.FirstOffset,
            NextOffset = description.NextOffset,
            Messages = description.Messages,
            Bytes = description.Bytes,
            CreatedAt = CommonForms.Write(description.CreatedAt),
            Framing = CommonForms.Write(description.Framing),
            Generation = description.Generation,
            IsComplete = description.IsComplete,
        };
        if (description.FirstAt is { } first)
            form.FirstAt = CommonForms.Write(first);
        if (description.LastAt is { } last)
            form.LastAt = CommonForms.Write(last);
        return form;
    }

    private static PartitionDescription Read(Protos.PartitionDescription form) => new(
        form.FirstOffset, form.NextOffset, form.Messages, form.Bytes, Time(form.CreatedAt),
        form.HasFirstAt ? Time(form.FirstAt) : null, form.HasLastAt ? Time(form.LastAt) : null,
        CommonForms.Read(form.Framing), form.Generation, form.IsComplete);
}
