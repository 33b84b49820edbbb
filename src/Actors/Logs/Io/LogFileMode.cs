namespace StreamActors.Logs;

/// <summary>What a file is opened for.</summary>
public enum LogFileMode
{
    /// <summary>Reading; it must be there.</summary>
    Read,

    /// <summary>Reading and writing; it must be there.</summary>
    Write,

    /// <summary>Reading and writing; it must not be there (O_EXCL), and is made with mode 0600.</summary>
    CreateNew,
}
