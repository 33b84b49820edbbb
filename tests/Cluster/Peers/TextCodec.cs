using System.Buffers;
using System.Text;

namespace StreamActors.Cluster.Tests.Peers;

/// <summary>Texts are form 1; what begins with "new " is form 2, which only version 2 knows.</summary>
internal sealed class TextCodec : IPeerCodec
{
    public int Encode(object message, string to, int version, IBufferWriter<byte> target)
    {
        if (message is not string text) throw new PeerFormatException($"A {message.GetType().Name} has no form.");
        var isNew = text.StartsWith("new ", StringComparison.Ordinal);
        if (isNew && version < 2) throw new PeerFormatException($"\"{text}\" is not known in version {version}.");
        target.Write(Encoding.UTF8.GetBytes(text));
        return isNew ? 2 : 1;
    }

    public object Decode(int form, ReadOnlySpan<byte> bytes, string from, int version)
    {
        if (form < 1 || form > version) throw new PeerFormatException($"Form {form} is not known in version {version}.");
        var text = Encoding.UTF8.GetString(bytes);
        return text == "unreadable" ? throw new PeerFormatException("It can't be read.") : text;
    }
}
