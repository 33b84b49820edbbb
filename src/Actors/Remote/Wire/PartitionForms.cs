using StreamActors.Messages;
using static StreamActors.Remote.CommonForms;

namespace StreamActors.Remote;

/// <summary>The forms of what is asked of a partition.</summary>
internal static class PartitionForms
{
    public static Protos.PartitionRequest Write(PartitionRequest request)
    {
        var form = new Protos.PartitionRequest { Partition = request.Partition.Value };
        switch (request)
        {
            case PartitionRequest.FindView find:
                form.FindView = new() { Kind = CommonForms.Write(find.Kind), Start = CommonForms.Write(find.Start) };
                break;
            case PartitionRequest.Stat stat:
                form.Stat = CommonForms.Write(stat.View);
                break;
            case PartitionRequest.Describe:
                form.Describe = Nothing;
                break;
            case PartitionRequest.Open open:
                form.Open = new() { Handle = CommonForms.Write(open.Handle), View = CommonForms.Write(open.View), Writes = open.Writes };
                break;
            case PartitionRequest.OpenCursor open:
                form.OpenCursor = new()
                {
                    Handle = CommonForms.Write(open.Handle),
                    Cursor = CommonForms.Write(open.Cursor),
                    Kind = CommonForms.Write(open.Kind),
                };
                break;
            case PartitionRequest.Acknowledge acknowledge:
                form.Acknowledge = new() { Handle = CommonForms.Write(acknowledge.Handle), Offset = acknowledge.Offset };
                break;
            case PartitionRequest.FindCursor find:
                form.FindCursor = CommonForms.Write(find.Cursor);
                break;
            case PartitionRequest.MoveCursor move:
                form.MoveCursor = new() { Cursor = CommonForms.Write(move.Cursor), Place = CommonForms.Write(move.Place) };
                break;
            case PartitionRequest.CreateCursor create:
                form.CreateCursor = CommonForms.Write(create.Cursor);
                break;
            case PartitionRequest.ProbeCursor probe:
                form.ProbeCursor = CommonForms.Write(probe.Cursor);
                break;
            case PartitionRequest.ForgetCursor forget:
                form.ForgetCursor = CommonForms.Write(forget.Cursor);
                break;
            case PartitionRequest.Append append:
                form.Append = BatchForms.Write(append.Batch);
                break;
            case PartitionRequest.Sync:
                form.Sync = Nothing;
                break;
            case PartitionRequest.Close close:
                form.Close = CommonForms.Write(close.Handle);
                break;
            case PartitionRequest.Wait wait:
                form.Wait = TailWait(wait.Handle, wait.Waiter, wait.Position, wait.UntilComplete);
                break;
            case PartitionRequest.CancelWait cancel:
                form.CancelWait = TailCancel(cancel.Handle, cancel.Waiter);
                break;
            default:
                throw Unknown($"the request {request}");
        }
        return form;
    }

    public static PartitionRequest Read(Protos.PartitionRequest form)
    {
        var partition = new PartitionId(Id(form.Partition));
        switch (form.RequestCase)
        {
            case Protos.PartitionRequest.RequestOneofCase.FindView:
                return new PartitionRequest.FindView(partition, CommonForms.Read(form.FindView.Kind), CommonForms.Read(form.FindView.Start));
            case Protos.PartitionRequest.RequestOneofCase.Stat:
                return new PartitionRequest.Stat(partition, CommonForms.Read(form.Stat));
            case Protos.PartitionRequest.RequestOneofCase.Describe:
                return new PartitionRequest.Describe(partition);
            case Protos.PartitionRequest.RequestOneofCase.Open:
                return new PartitionRequest.Open(partition, CommonForms.Read(form.Open.Handle), CommonForms.Read(form.Open.View), form.Open.Writes);
            case Protos.PartitionRequest.RequestOneofCase.OpenCursor:
                return new PartitionRequest.OpenCursor(
                    partition, CommonForms.Read(form.OpenCursor.Handle), Name(form.OpenCursor.Cursor), CommonForms.Read(form.OpenCursor.Kind));
            case Protos.PartitionRequest.RequestOneofCase.Acknowledge:
                return new PartitionRequest.Acknowledge(partition, CommonForms.Read(form.Acknowledge.Handle), NotNegative(form.Acknowledge.Offset));
            case Protos.PartitionRequest.RequestOneofCase.FindCursor:
                return new PartitionRequest.FindCursor(partition, Name(form.FindCursor));
            case Protos.PartitionRequest.RequestOneofCase.MoveCursor:
                return new PartitionRequest.MoveCursor(
                    partition, Name(form.MoveCursor.Cursor), Required(CommonForms.Read(form.MoveCursor.Place), "place"));
            case Protos.PartitionRequest.RequestOneofCase.CreateCursor:
                return new PartitionRequest.CreateCursor(partition, Name(form.CreateCursor));
            case Protos.PartitionRequest.RequestOneofCase.ProbeCursor:
                return new PartitionRequest.ProbeCursor(partition, Name(form.ProbeCursor));
            case Protos.PartitionRequest.RequestOneofCase.ForgetCursor:
                return new PartitionRequest.ForgetCursor(partition, Name(form.ForgetCursor));
            case Protos.PartitionRequest.RequestOneofCase.Append:
                return new PartitionRequest.Append(partition, BatchForms.Read(form.Append));
            case Protos.PartitionRequest.RequestOneofCase.Sync:
                return new PartitionRequest.Sync(partition);
            case Protos.PartitionRequest.RequestOneofCase.Close:
                return new PartitionRequest.Close(partition, CommonForms.Read(form.Close));
            case Protos.PartitionRequest.RequestOneofCase.Wait:
                return new PartitionRequest.Wait(
                    partition, CommonForms.Read(form.Wait.Handle), new WaiterId(form.Wait.Waiter), NotNegative(form.Wait.Position),
                    form.Wait.UntilComplete);
            case Protos.PartitionRequest.RequestOneofCase.CancelWait:
                return new PartitionRequest.CancelWait(partition, CommonForms.Read(form.CancelWait.Handle), new WaiterId(form.CancelWait.Waiter));
            default:
                throw Unknown("a request of a partition");
        }
    }
}
