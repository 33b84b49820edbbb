namespace StreamActors.Fuse.Kernel;

/// <summary>
/// Where replies and notifications are written: one descriptor of <c>/dev/fuse</c>, or a recorder in a test.
/// A reply goes to the descriptor that its request was read from. Safe for several threads.
/// </summary>
public interface IFuseChannel
{
    /// <summary>Writes one message: header, head and payload as one <c>writev</c>.</summary>
    /// <param name="header">A <c>struct fuse_out_header</c>, 16 bytes, length filled in.</param>
    /// <param name="head">The fixed part of the answer; may be empty.</param>
    /// <param name="payload">What follows it; may be empty.</param>
    /// <returns><see cref="Errno.None"/>; ENOENT where the request is gone (interrupted or aborted); ENODEV after unmount.</returns>
    Errno Write(ReadOnlySpan<byte> header, ReadOnlySpan<byte> head, ReadOnlySpan<byte> payload);
}
