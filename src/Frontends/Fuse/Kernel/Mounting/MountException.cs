namespace StreamActors.Fuse.Kernel;

/// <summary>A mount or unmount that can't be done; the message is one line for the user.</summary>
public sealed class MountException : IOException
{
    /// <summary>Makes one.</summary>
    /// <param name="message">What is wrong, and where there is something to do about it, what.</param>
    public MountException(string message)
        : base(message)
    {
    }
}
