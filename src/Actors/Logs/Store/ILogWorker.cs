namespace StreamActors.Logs;

/// <summary>Runs pieces of work one after another, in the order in which they were posted.</summary>
public interface ILogWorker : IDisposable
{
    /// <summary>Adds a piece of work, which does not throw.</summary>
    /// <param name="work">The work.</param>
    void Post(Action work);

    /// <summary>Runs a short piece of work on the calling thread, where nothing else runs or waits.</summary>
    /// <param name="work">The work.</param>
    /// <returns>False where it was not run, and has to be posted.</returns>
    bool TryRun(Action work) => false;
}
