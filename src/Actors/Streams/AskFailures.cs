using StreamActors.Messages;

namespace StreamActors.Streams;

/// <summary>What an ask of another entity ended with that gave no reply, as a failure.</summary>
internal static class AskFailures
{
    /// <summary>The reply to an ask, or the failure that it ended with. The task does not fail.</summary>
    /// <param name="asked">The ask.</param>
    public static async Task<object> ReplyTo(Task<object> asked)
    {
        try
        {
            return await asked.ConfigureAwait(false) is var reply && reply is Status.Failure failed ? Of(failed.Cause) : reply;
        }
        catch (Exception cause)
        {
            return Of(cause);
        }
    }

    /// <summary>The failure that something thrown is.</summary>
    public static Failure Of(Exception cause) => new(
        cause switch
        {
            AskTimeoutException => Fault.TimedOut,
            MailboxFullException or TooManyAsksException => Fault.Overloaded,
            _ => Fault.Crashed,
        },
        cause.Message,
        cause);

    /// <summary>The failure that a reply is which is not the one that was expected.</summary>
    public static Failure In(object reply) => reply as Failure ?? new Failure(Fault.Crashed, $"unexpected reply {reply}");
}
