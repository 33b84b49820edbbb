using StreamActors.Messages;
using StreamActors.Runtime;

namespace StreamActors.Remote;

/// <summary>The forms of what went wrong. Of what was thrown only the text goes to another host.</summary>
internal static class FailureForms
{
    public static Protos.Failure Write(Failure failure)
    {
        var form = new Protos.Failure { Fault = EnumNumbers<Fault, Protos.Fault>.Write(failure.Fault), Reason = Cut(failure.Reason) };
        if (failure.Cause is { } cause)
            form.Cause = Cut(TextOf(cause));
        return form;
    }

    /// <summary>Reads a failure. One of a kind that this version does not know is one that nothing can be made of.</summary>
    public static Failure Read(Protos.Failure form)
    {
        var cause = form.HasCause ? new RemoteException(Cut(form.Cause)) : null;
        return EnumNumbers<Fault, Protos.Fault>.Read(form.Fault) is { } fault
            ? new Failure(fault, Cut(form.Reason), cause)
            : new Failure(Fault.Crashed, $"fault {(int)form.Fault}, which this version does not know: {Cut(form.Reason)}", cause);
    }

    public static Protos.Thrown Write(Status.Failure failure) => new()
    {
        Kind = failure.Cause switch
        {
            AskTimeoutException => Protos.Thrown.Types.Kind.TimedOut,
            MailboxFullException or TooManyAsksException => Protos.Thrown.Types.Kind.TooManyAsks,
            OperationCanceledException => Protos.Thrown.Types.Kind.Cancelled,
            _ => Protos.Thrown.Types.Kind.Other,
        },
        Text = Cut(failure.Cause is RemoteException or AskTimeoutException ? failure.Cause.Message : TextOf(failure.Cause)),
    };

    public static Status.Failure Read(Protos.Thrown form) => new(form.Kind switch
    {
        Protos.Thrown.Types.Kind.TimedOut => new AskTimeoutException(Cut(form.Text)),
        Protos.Thrown.Types.Kind.TooManyAsks => new TooManyAsksException(Cut(form.Text)),
        Protos.Thrown.Types.Kind.Cancelled => new OperationCanceledException(Cut(form.Text)),
        _ => new RemoteException(Cut(form.Text)),
    });

    private static string TextOf(Exception cause) => cause is RemoteException ? cause.Message : cause.ToString();

    private static string Cut(string text) => text.Length <= WireLimits.TextLength ? text : text[..WireLimits.TextLength];
}
