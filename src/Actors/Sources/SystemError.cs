using StreamActors.Messages;

namespace StreamActors.Sources;

/// <summary>What a Linux error number (<c>errno(3)</c>) means to a source.</summary>
internal static class SystemError
{
    /// <summary>ENOENT.</summary>
    public const int NoEntry = 2;

    /// <summary>ESTALE.</summary>
    public const int Stale = 116;

    /// <summary>The fault that an error number is.</summary>
    /// <param name="errno">The error number, not 0.</param>
    /// <returns>The fault; <see cref="Fault.InputOutput"/> for those that say nothing better.</returns>
    public static Fault FaultOf(int errno) => errno switch
    {
        1 => Fault.NotPermitted,
        NoEntry => Fault.NotFound,
        12 => Fault.OutOfMemory,
        13 => Fault.AccessDenied,
        16 or 26 => Fault.Busy,
        23 or 24 => Fault.OutOfDescriptors,
        27 => Fault.TooLarge,
        28 => Fault.NoSpace,
        30 => Fault.ReadOnly,
        Stale => Fault.Stale,
        122 => Fault.QuotaExceeded,
        _ => Fault.InputOutput,
    };
}
