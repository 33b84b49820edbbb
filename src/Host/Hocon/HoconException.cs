namespace StreamActors.Hocon;

/// <summary>A document that can't be read. The message is one line: origin, what was expected, what was found.</summary>
public sealed class HoconException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="origin">Where it is.</param>
    /// <param name="problem">What was expected, and what was found.</param>
    /// <param name="cause">The failure below, if any.</param>
    public HoconException(HoconOrigin origin, string problem, Exception? cause = null)
        : base($"{origin}: {problem}", cause)
    {
        Origin = origin;
        Problem = problem;
    }

    /// <summary>Where it is.</summary>
    public HoconOrigin Origin { get; }

    /// <summary>The message without the origin.</summary>
    public string Problem { get; }
}
