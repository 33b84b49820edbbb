using System.Buffers;

namespace StreamActors.Cluster;

/// <summary>Makes bytes of what members tell each other, and the other way round: of messages to entities and of their
/// answers. Any thread may call.</summary>
public interface IPeerCodec
{
    /// <summary>Writes a message or an answer.</summary>
    /// <param name="message">Which.</param>
    /// <param name="to">The incarnation of the member that reads it.</param>
    /// <param name="version">The version of the protocol that both speak.</param>
    /// <param name="target">Where to.</param>
    /// <returns>The number of its form, more than 0: whoever reads knows by it what the bytes are.</returns>
    /// <exception cref="PeerFormatException">It has no form in this version.</exception>
    int Encode(object message, string to, int version, IBufferWriter<byte> target);

    /// <summary>Reads a message or an answer.</summary>
    /// <param name="form">The number of its form.</param>
    /// <param name="bytes">Its bytes, which are lent for the call.</param>
    /// <param name="from">The incarnation of the member that wrote it.</param>
    /// <param name="version">The version of the protocol that both speak.</param>
    /// <exception cref="PeerFormatException">It is none, or of a form that this version does not know.</exception>
    object Decode(int form, ReadOnlySpan<byte> bytes, string from, int version);
}

/// <summary>What came from another member, or is to go to one, has no form that is known.</summary>
/// <param name="message">What and why; a sentence.</param>
/// <param name="cause">What was thrown, if anything was.</param>
public sealed class PeerFormatException(string message, Exception? cause = null) : Exception(message, cause);
