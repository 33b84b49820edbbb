using StreamActors.Messages;
using StreamActors.Sharding;
using static StreamActors.Remote.CommonForms;

namespace StreamActors.Remote;

/// <summary>The forms of what is asked of a volume, and of its answers.</summary>
internal static class VolumeForms
{
    public static Protos.VolumeRequest Write(VolumeRequest request) => request switch
    {
        VolumeRequest.ListStreams => new() { ListStreams = Nothing },
        VolumeRequest.FindStream find => new() { FindStream = CommonForms.Write(find.Name) },
        VolumeRequest.CreateStream create => new() { CreateStream = CommonForms.Write(create.Name) },
        VolumeRequest.RenameStream rename => new() { RenameStream = new() { Stream = rename.Stream.Value, Name = CommonForms.Write(rename.Name) } },
        _ => throw Unknown($"the request {request}"),
    };

    public static VolumeRequest Read(Protos.VolumeRequest form) => form.RequestCase switch
    {
        Protos.VolumeRequest.RequestOneofCase.ListStreams => new VolumeRequest.ListStreams(),
        Protos.VolumeRequest.RequestOneofCase.FindStream => new VolumeRequest.FindStream(Name(form.FindStream)),
        Protos.VolumeRequest.RequestOneofCase.CreateStream => new VolumeRequest.CreateStream(Name(form.CreateStream)),
        Protos.VolumeRequest.RequestOneofCase.RenameStream =>
            new VolumeRequest.RenameStream(new StreamId(Id(form.RenameStream.Stream)), Name(form.RenameStream.Name)),
        _ => throw Unknown("a request of a volume"),
    };

    public static Protos.VolumeAsk Write(ShardingEnvelope ask) => ask.Message is VolumeRequest request
        ? new() { Volume = ask.EntityId, Request = Write(request) } : throw Unknown($"a {ask.Message.GetType().Name} for a volume");

    public static ShardingEnvelope Read(Protos.VolumeAsk form) => new(Id(form.Volume), Read(Required(form.Request, "request")));

    public static Protos.VolumeReply Write(VolumeReply reply)
    {
        switch (reply)
        {
            case VolumeReply.Streams streams:
                var list = new Protos.VolumeReply.Types.StreamList();
                list.Entries.Add(streams.Entries.Select(Write));
                return new() { Streams = list };
            case VolumeReply.Found found:
                return new() { Found = Write(found.Entry) };
            case VolumeReply.Done:
                return new() { Done = Nothing };
            default:
                throw Unknown($"the answer {reply}");
        }
    }

    public static VolumeReply Read(Protos.VolumeReply form) => form.ReplyCase switch
    {
        Protos.VolumeReply.ReplyOneofCase.Streams => new VolumeReply.Streams([.. form.Streams.Entries.Select(Read)]),
        Protos.VolumeReply.ReplyOneofCase.Found => new VolumeReply.Found(Read(form.Found)),
        Protos.VolumeReply.ReplyOneofCase.Done => new VolumeReply.Done(),
        _ => throw Unknown("an answer of a volume"),
    };

    private static Protos.StreamEntry Write(StreamEntry entry) =>
        new() { Name = CommonForms.Write(entry.Name), Id = entry.Id.Value, CreatedAt = CommonForms.Write(entry.CreatedAt) };

    private static StreamEntry Read(Protos.StreamEntry form) => new(Name(form.Name), new StreamId(Id(form.Id)), Time(form.CreatedAt));
}
