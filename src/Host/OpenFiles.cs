using StreamActors.Fuse.Kernel;

namespace StreamActors.Host;

/// <summary>The limit on open files of the process: each open file of a mount is a descriptor of its server.</summary>
internal static class OpenFiles
{
    // The runtime, its libraries and an empty mount take about a hundred; the overlay keeps some in reserve.
    private const ulong Least = 256;

    /// <summary>How many files may be open at a time.</summary>
    public static int Limit => Syscall.GetOpenFileLimit(out var soft, out _) == Errno.None ? (int)Math.Min(soft, int.MaxValue) : (int)Least;

    /// <summary>Raises the limit as far as the administrator allows.</summary>
    /// <returns>Null, or why nothing can be mounted. Less than this and the runtime would fail without a word to the user.</returns>
    public static string? RaiseLimit()
    {
        if (Syscall.GetOpenFileLimit(out var soft, out var hard) != Errno.None)
            return null;
        if (hard < Least)
            return $"only {hard} files may be open at a time: at least {Least} are needed (ulimit -n)";
        if (soft < hard)
            Syscall.SetOpenFileLimit(hard, hard);
        return null;
    }
}
