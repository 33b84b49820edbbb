using StreamActors.Fuse.Kernel;

namespace StreamActors.Host;

/// <summary>The limit on open files of the process: each open file of a mount is a descriptor of its server.</summary>
internal static class OpenFiles
{
    // The runtime, its libraries and an empty mount take about a hundred; the overlay keeps some in reserve.
    private const ulong Least = 256;

    // With some to spare.
    private const ulong Own = 150;

    /// <summary>How many files volumes may have open at a time, all of them together.</summary>
    public static int OfVolumes =>
        (int)Math.Min((Syscall.GetOpenFileLimit(out var soft, out _) == Errno.None ? Math.Max(soft, Least) : Least) - Own, int.MaxValue);

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
