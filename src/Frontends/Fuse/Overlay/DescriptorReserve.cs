using StreamActors.Fuse.Kernel;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// The last descriptors of the process, which are not given to files that users open: without one the server could
/// neither load a library that it has not needed so far, nor start the helper that unmounts.
/// </summary>
internal sealed class DescriptorReserve
{
    private const int Size = 64;

    // Descriptors that may be opened elsewhere between two looks at how far from the limit the process is.
    private const int Margin = 256;

    private readonly int _first = int.MaxValue;
    private int _last;

    /// <summary>Reads the limit that holds now.</summary>
    public DescriptorReserve()
    {
        if (Syscall.GetOpenFileLimit(out var limit, out _) == Errno.None && limit < int.MaxValue)
            _first = (int)limit - Size;
    }

    /// <summary>Whether a descriptor is of the reserve: the kernel gives the lowest number that is free.</summary>
    /// <param name="opened">The descriptor.</param>
    public bool Has(FileDescriptor opened) => opened.Number >= _first;

    /// <summary>Notes how far from the limit the process is.</summary>
    /// <param name="opened">What was just opened.</param>
    public void Note(FileDescriptor opened) => Volatile.Write(ref _last, opened.Number);

    /// <summary>Whether a file may be opened. It is asked before, because opening may create or truncate.</summary>
    /// <param name="directory">Any directory; near the limit it is opened once more, as a trial.</param>
    /// <returns>False where only the reserve is left.</returns>
    public bool HasRoom(FileDescriptor directory)
    {
        if (Volatile.Read(ref _last) < _first - Margin)
            return true;
        if (Syscall.OpenAt(directory, "."u8, Linux.O_PATH, 0, out var trial) is Errno.EMFILE or Errno.ENFILE)
            return false;
        using (trial)
            return trial is null || !Has(trial);
    }
}
