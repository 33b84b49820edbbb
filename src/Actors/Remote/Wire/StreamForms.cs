using StreamActors.Messages;
using static StreamActors.Remote.CommonForms;

namespace StreamActors.Remote;

/// <summary>The forms of what is asked of a stream, and of its answers.</summary>
internal static class StreamForms
{
    public static Protos.StreamRequest Write(StreamRequest request)
    {
        var form = new Protos.StreamRequest { Stream = request.Stream.Value };
        switch (request)
        {
            case StreamRequest.Describe:
                form.Describe = Nothing;
                break;
            case StreamRequest.ListTopics:
                form.ListTopics = Nothing;
                break;
            case StreamRequest.FindTopic find:
                form.FindTopic = CommonForms.Write(find.Name);
                break;
            case StreamRequest.DeleteTopic delete:
                form.DeleteTopic = delete.Topic.Value;
                break;
            case StreamRequest.CreateTopic create:
                form.CreateTopic = CommonForms.Write(create.Name);
                break;
            case StreamRequest.RenameTopic rename:
                form.RenameTopic = new() { Topic = rename.Topic.Value, Target = rename.Target.Value, Name = CommonForms.Write(rename.Name) };
                break;
            case StreamRequest.SetFraming set:
                form.SetFraming = CommonForms.Write(set.Framing);
                break;
            case StreamRequest.Delete:
                form.Delete = Nothing;
                break;
            default:
                throw Unknown($"the request {request}");
        }
        return form;
    }

    public static StreamRequest Read(Protos.StreamRequest form)
    {
        var stream = new StreamId(Id(form.Stream));
        return form.RequestCase switch
        {
            Protos.StreamRequest.RequestOneofCase.Describe => new StreamRequest.Describe(stream),
            Protos.StreamRequest.RequestOneofCase.ListTopics => new StreamRequest.ListTopics(stream),
            Protos.StreamRequest.RequestOneofCase.FindTopic => new StreamRequest.FindTopic(stream, Name(form.FindTopic)),
            Protos.StreamRequest.RequestOneofCase.DeleteTopic => new StreamRequest.DeleteTopic(stream, new TopicId(Id(form.DeleteTopic))),
            Protos.StreamRequest.RequestOneofCase.CreateTopic => new StreamRequest.CreateTopic(stream, Name(form.CreateTopic)),
            Protos.StreamRequest.RequestOneofCase.RenameTopic => new StreamRequest.RenameTopic(
                stream, new TopicId(Id(form.RenameTopic.Topic)), new StreamId(Id(form.RenameTopic.Target)), Name(form.RenameTopic.Name)),
            Protos.StreamRequest.RequestOneofCase.SetFraming => new StreamRequest.SetFraming(stream, CommonForms.Read(form.SetFraming)),
            Protos.StreamRequest.RequestOneofCase.Delete => new StreamRequest.Delete(stream),
            _ => throw Unknown("a request of a stream"),
        };
    }

    public static Protos.StreamReply Write(StreamReply reply)
    {
        switch (reply)
        {
            case StreamReply.Described described:
                return new()
                {
                    Described = new()
                    {
                        TopicCount = described.TopicCount,
                        CreatedAt = CommonForms.Write(described.CreatedAt),
                        Framing = CommonForms.Write(described.Framing),
                    },
                };
            case StreamReply.Topics topics:
                var list = new Protos.StreamReply.Types.TopicList();
                list.Entries.Add(topics.Entries.Select(Write));
                return new() { Topics = list };
            case StreamReply.Found found:
                return new() { Found = Write(found.Entry) };
            case StreamReply.Done:
                return new() { Done = Nothing };
            default:
                throw Unknown($"the answer {reply}");
        }
    }

    public static StreamReply Read(Protos.StreamReply form) => form.ReplyCase switch
    {
        Protos.StreamReply.ReplyOneofCase.Described => new StreamReply.Described(
            NotNegative(form.Described.TopicCount), Time(form.Described.CreatedAt), CommonForms.Read(form.Described.Framing)),
        Protos.StreamReply.ReplyOneofCase.Topics => new StreamReply.Topics([.. form.Topics.Entries.Select(Read)]),
        Protos.StreamReply.ReplyOneofCase.Found => new StreamReply.Found(Read(form.Found)),
        Protos.StreamReply.ReplyOneofCase.Done => new StreamReply.Done(),
        _ => throw Unknown("an answer of a stream"),
    };

    private static Protos.TopicEntry Write(TopicEntry entry)
    {
        var form = new Protos.TopicEntry { Name = CommonForms.Write(entry.Name), Id = entry.Id.Value, Place = entry.Place, OnlyGeneration = entry.OnlyGeneration };
        if (entry.Only is { } only)
            form.Only = only.Value;
        if (entry.CreatedAt is { } created)
            form.CreatedAt = CommonForms.Write(created);
        return form;
    }

    private static TopicEntry Read(Protos.TopicEntry form) => new(
        Name(form.Name), new TopicId(Id(form.Id)), form.Place,
        form.HasOnly ? new PartitionId(Id(form.Only)) : null,
        form.HasCreatedAt ? Time(form.CreatedAt) : null,
        form.OnlyGeneration);
}
