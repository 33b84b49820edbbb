namespace StreamActors.Simulation.Tests.Mounts;

/// <summary>A bug that is planted, to see that the simulation finds it.</summary>
public enum Plant
{
    None,

    /// <summary>A host answers without asking whether its lease still holds.</summary>
    AnswerWithoutLease,

    /// <summary>A new owner does not wait for the end of the old lease.</summary>
    DontWaitForLease,

    /// <summary>A sync of a file does nothing.</summary>
    LyingSync,

    /// <summary>A new owner does not know the last journal.</summary>
    ForgottenJournal,

    /// <summary>Appends that come from other hosts are not numbered.</summary>
    ForgottenStamps,

    /// <summary>Bytes of another host come twice, in place of those behind them.</summary>
    DoubledBytes,
}
