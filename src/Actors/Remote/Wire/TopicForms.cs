using StreamActors.Messages;
using static StreamActors.Remote.CommonForms;

namespace StreamActors.Remote;

/// <summary>The forms of what is asked of a topic, and of its answers.</summary>
internal static class TopicForms
{
    public static Protos.TopicRequest Write(TopicRequest request)
    {
        var form = new Protos.TopicRequest { Topic = request.Topic.Value };
        switch (request)
        {
            case TopicRequest.ListPartitions:
                form.ListPartitions = Nothing;
                break;
            case TopicRequest.FindPartition find:
                form.FindPartition = find.Index;
                break;
            case TopicRequest.AddPartition add:
                form.AddPartition = add.Index;
                break;
            case TopicRequest.Append append:
                form.Append = BatchForms.Write(append.Batch);
                break;
            case TopicRequest.Sync:
                form.Sync = Nothing;
                break;
            case TopicRequest.StatMerged stat:
                form.StatMerged = Merged(stat.Kind, stat.Start);
                break;
            case TopicRequest.OpenMerged open:
                form.OpenMerged = new() { Handle = CommonForms.Write(open.Handle), View = Merged(open.Kind, open.Start) };
                break;
            case TopicRequest.Wait wait:
                form.Wait = TailWait(wait.Handle, wait.Waiter, wait.Position, wait.UntilComplete);
                break;
            case TopicRequest.CancelWait cancel:
                form.CancelWait = TailCancel(cancel.Handle, cancel.Waiter);
                break;
            case TopicRequest.Close close:
                form.Close = CommonForms.Write(close.Handle);
                break;
            case TopicRequest.ListCursors:
                form.ListCursors = Nothing;
                break;
            case TopicRequest.FindCursor find:
                form.FindCursor = CommonForms.Write(find.Name);
                break;
            case TopicRequest.CreateCursor create:
                form.CreateCursor = CommonForms.Write(create.Name);
                break;
            case TopicRequest.ForgetCursor forget:
                form.ForgetCursor = CommonForms.Write(forget.Name);
                break;
            default:
                throw Unknown($"the request {request}");
        }
        return form;
    }

    public static TopicRequest Read(Protos.TopicRequest form)
    {
        var topic = new TopicId(Id(form.Topic));
        switch (form.RequestCase)
        {
            case Protos.TopicRequest.RequestOneofCase.ListPartitions:
                return new TopicRequest.ListPartitions(topic);
            case Protos.TopicRequest.RequestOneofCase.FindPartition:
                return new TopicRequest.FindPartition(topic, form.FindPartition);
            case Protos.TopicRequest.RequestOneofCase.AddPartition:
                return new TopicRequest.AddPartition(topic, form.AddPartition);
            case Protos.TopicRequest.RequestOneofCase.Append:
                return new TopicRequest.Append(topic, BatchForms.Read(form.Append));
            case Protos.TopicRequest.RequestOneofCase.Sync:
                return new TopicRequest.Sync(topic);
            case Protos.TopicRequest.RequestOneofCase.StatMerged:
                return new TopicRequest.StatMerged(topic, CommonForms.Read(form.StatMerged.Kind), CommonForms.Read(form.StatMerged.Start));
            case Protos.TopicRequest.RequestOneofCase.OpenMerged:
                var view = Required(form.OpenMerged.View, "view");
                return new TopicRequest.OpenMerged(
                    topic, CommonForms.Read(form.OpenMerged.Handle), CommonForms.Read(view.Kind), CommonForms.Read(view.Start));
            case Protos.TopicRequest.RequestOneofCase.Wait:
                return new TopicRequest.Wait(
                    topic, CommonForms.Read(form.Wait.Handle), new WaiterId(form.Wait.Waiter), NotNegative(form.Wait.Position), form.Wait.UntilComplete);
            case Protos.TopicRequest.RequestOneofCase.CancelWait:
                return new TopicRequest.CancelWait(topic, CommonForms.Read(form.CancelWait.Handle), new WaiterId(form.CancelWait.Waiter));
            case Protos.TopicRequest.RequestOneofCase.Close:
                return new TopicRequest.Close(topic, CommonForms.Read(form.Close));
            case Protos.TopicRequest.RequestOneofCase.ListCursors:
                return new TopicRequest.ListCursors(topic);
            case Protos.TopicRequest.RequestOneofCase.FindCursor:
                return new TopicRequest.FindCursor(topic, Name(form.FindCursor));
            case Protos.TopicRequest.RequestOneofCase.CreateCursor:
                return new TopicRequest.CreateCursor(topic, Name(form.CreateCursor));
            case Protos.TopicRequest.RequestOneofCase.ForgetCursor:
                return new TopicRequest.ForgetCursor(topic, Name(form.ForgetCursor));
            default:
                throw Unknown("a request of a topic");
        }
    }

    public static Protos.TopicReply Write(TopicReply reply)
    {
        switch (reply)
        {
            case TopicReply.Partitions partitions:
                var ids = new Protos.TopicReply.Types.PartitionList();
                ids.Ids.Add(partitions.Ids.Select(id => id.Value));
                ids.TellsGenerations = partitions.Generations is not null;
                ids.Generations.Add(partitions.Generations ?? []);
                return new() { Partitions = ids };
            case TopicReply.Found found:
                return new() { Found = found.Partition.Value };
            case TopicReply.Done:
                return new() { Done = Nothing };
            case TopicReply.Stated stated:
                return new() { Stated = CommonForms.Write(stated.Value) };
            case TopicReply.Cursors cursors:
                var names = new Protos.TopicReply.Types.NameList();
                names.Names.Add(cursors.Names.Select(CommonForms.Write));
                return new() { Cursors = names };
            default:
                throw Unknown($"the answer {reply}");
        }
    }

    public static TopicReply Read(Protos.TopicReply form) => form.ReplyCase switch
    {
        Protos.TopicReply.ReplyOneofCase.Partitions => new TopicReply.Partitions(
            [.. form.Partitions.Ids.Select(id => new PartitionId(Id(id)))],
            form.Partitions.TellsGenerations ? form.Partitions.Generations.ToArray() : null),
        Protos.TopicReply.ReplyOneofCase.Found => new TopicReply.Found(new PartitionId(Id(form.Found))),
        Protos.TopicReply.ReplyOneofCase.Done => new TopicReply.Done(),
        Protos.TopicReply.ReplyOneofCase.Stated => new TopicReply.Stated(CommonForms.Read(form.Stated)),
        Protos.TopicReply.ReplyOneofCase.Cursors => new TopicReply.Cursors([.. form.Cursors.Names.Select(Name)]),
        _ => throw Unknown("an answer of a topic"),
    };

    private static Protos.TopicRequest.Types.Merged Merged(ViewKind kind, StartPlace? start) =>
        new() { Kind = CommonForms.Write(kind), Start = CommonForms.Write(start) };
}
