namespace StreamActors.Logs;

/// <summary>Runs pieces of work one after another, in the order in which they were posted.</summary>
public interface ILogWorker : IDisposable
{
    /// <summary>Adds a piece of work, which does not throw.</summary>
    /// <param name="work">The work.</param>
    void Post(Action work);
}
