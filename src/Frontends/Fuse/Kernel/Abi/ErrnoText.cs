using System.Runtime.InteropServices;

namespace StreamActors.Fuse.Kernel;

/// <summary>Error numbers in words, for the lines that a user reads.</summary>
public static class ErrnoText
{
    /// <summary>What <c>strerror(3)</c> says, as part of a sentence: <c>no such file or directory</c>.</summary>
    /// <param name="error">The error.</param>
    /// <returns>The text, without a full stop.</returns>
    public static string InWords(this Errno error)
    {
        var text = Marshal.GetPInvokeErrorMessage((int)error);
        return char.ToLowerInvariant(text[0]) + text[1..];
    }
}
