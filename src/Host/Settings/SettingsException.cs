using StreamActors.Hocon;

namespace StreamActors.Host.Settings;

/// <summary>A setting that stops the start. The message is one line: where it is, which, what was expected.</summary>
public sealed class SettingsException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="origin">Where the setting was given.</param>
    /// <param name="problem">Which setting, and what was expected of it.</param>
    public SettingsException(HoconOrigin origin, string problem)
        : base($"{origin}: {problem}")
    {
    }

    /// <summary>Takes over a reader's error.</summary>
    /// <param name="cause">The error.</param>
    public SettingsException(HoconException cause)
        : base(cause.Message, cause)
    {
    }
}
