using System.IO.Pipelines;

namespace StreamActors.Cluster;

/// <summary>Serves the data plane: bytes that other members ask for and that never pass through a mailbox.</summary>
public interface IPeerByteServer
{
    /// <summary>Answers one request. The answer ends when the task does; one that throws is broken off, which the asker sees
    /// as an error in the middle of the bytes.</summary>
    /// <param name="from">The incarnation of the member that asks.</param>
    /// <param name="request">What it asks for, as <see cref="IPeerByteClient.OpenAsync"/> was given it.</param>
    /// <param name="answer">Where to. A flush waits while the asker does not take what was sent: it is all the flow control
    /// that is needed.</param>
    /// <param name="cancellationToken">Set when the asker closes the stream, or is a member no more.</param>
    Task ServeAsync(string from, ReadOnlyMemory<byte> request, PipeWriter answer, CancellationToken cancellationToken);
}

/// <summary>Asks other members for bytes.</summary>
public interface IPeerByteClient
{
    /// <summary>How long a request may be, in bytes.</summary>
    const int MaxRequestBytes = 16 << 10;

    /// <summary>Asks a member for bytes. Each call is a stream of its own; one that is slow holds up no other.</summary>
    /// <param name="member">Its incarnation.</param>
    /// <param name="request">What is asked for; at most <see cref="MaxRequestBytes"/>.</param>
    /// <param name="cancellationToken">Takes the request back, until this method has returned.</param>
    /// <returns>The bytes, as they come. Whoever closes it before the end takes the request back.</returns>
    /// <exception cref="PeerUnavailableException">The member can't be reached, is none any more, or refuses.</exception>
    Task<Stream> OpenAsync(string member, ReadOnlyMemory<byte> request, CancellationToken cancellationToken);
}

/// <summary>Another member can't be asked now.</summary>
/// <param name="message">Which and why; a sentence.</param>
/// <param name="cause">What was thrown, if anything was.</param>
public sealed class PeerUnavailableException(string message, Exception? cause = null) : IOException(message, cause);
