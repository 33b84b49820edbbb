namespace StreamActors.Cli;

/// <summary>The exit statuses of <c>streamactors</c>.</summary>
public static class ExitCode
{
    /// <summary>The command did what it was asked.</summary>
    public const int Success = 0;

    /// <summary>The command was right, and failed.</summary>
    public const int Failure = 1;

    /// <summary>The command line or a setting is wrong; nothing was started.</summary>
    public const int Usage = 2;
}
