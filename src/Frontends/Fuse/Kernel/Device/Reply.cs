using System.Buffers.Binary;

namespace StreamActors.Fuse.Kernel;

/// <summary>
/// The answer to one request. It is sent exactly once: a second <see cref="Send"/> throws, and whoever owns the token
/// answers EIO where it was dropped (<see cref="DirectReply"/> after the handler returned, <see cref="ParkedReply"/>
/// in its finalizer).
/// </summary>
public abstract class Reply
{
    /// <summary>Size of <c>struct fuse_out_header</c> in bytes.</summary>
    public const int HeaderSize = 16;

    /// <summary>The request's id.</summary>
    public ulong Unique { get; protected set; }

    /// <summary>Answers the request.</summary>
    /// <param name="error">None for success, else an error, which carries no bytes.</param>
    /// <param name="head">The fixed part of the answer.</param>
    /// <param name="payload">What follows it.</param>
    /// <returns>Whether the kernel took it. It does not where the request was interrupted and is gone.</returns>
    /// <exception cref="InvalidOperationException">The request was answered before.</exception>
    public bool Send(Errno error, ReadOnlySpan<byte> head = default, ReadOnlySpan<byte> payload = default)
    {
        if (!TryClaim())
            throw new InvalidOperationException($"request {Unique} was answered twice");
        return Write(error, head, payload);
    }

    /// <summary>Turns this into a token that outlives the handler's call, for an answer from elsewhere.</summary>
    /// <returns>The token; this one counts as answered.</returns>
    public abstract ParkedReply Park();

    /// <summary>Takes the right to answer, once.</summary>
    /// <returns>False where it was taken before.</returns>
    protected abstract bool TryClaim();

    /// <summary>The channel that the request came from.</summary>
    protected abstract IFuseChannel Channel { get; }

    /// <summary>Writes the answer, without a check.</summary>
    /// <param name="error">None for success.</param>
    /// <param name="head">The fixed part.</param>
    /// <param name="payload">What follows it.</param>
    /// <returns>Whether the kernel took it.</returns>
    protected bool Write(Errno error, ReadOnlySpan<byte> head, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)(HeaderSize + head.Length + payload.Length));
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], -(int)error);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], Unique);
        return Channel.Write(header, head, payload) == Errno.None;
    }
}
