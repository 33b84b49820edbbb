namespace StreamActors.Logs;

/// <summary>Space of the disk that is held back, for what has to be written where the disk is full.</summary>
internal sealed class DiskReserve(ILogFileSystem disk, DirectoryFiles files, long maxBytes)
{
    /// <summary>Holds back as much as there is, up to what is set, where nothing is held back.</summary>
    public void Make()
    {
        if (disk.Exists(files.Reserve))
            return;
        for (var bytes = maxBytes; bytes > 0; bytes /= 2)
        {
            try
            {
                using var file = disk.Open(files.Reserve, LogFileMode.CreateNew);
                file.Reserve(0, bytes);
                return;
            }
            catch (LogIOException e) when (e.Error is LogError.NoSpace or LogError.Quota)
            {
                disk.Delete(files.Reserve);
            }
        }
    }

    /// <summary>Gives it up; false where nothing is held back.</summary>
    public bool TryGiveUp()
    {
        if (!disk.Exists(files.Reserve))
            return false;
        disk.Delete(files.Reserve);
        return true;
    }
}
