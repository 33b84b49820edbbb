using StreamActors.Messages;

namespace StreamActors.Sources.Simulated;

/// <summary>Writes the JSON of a simulated stream anew without one of its topics; everything else stays byte for byte.</summary>
public static class SimulatedStreamWriter
{
    /// <summary>Cuts the objects of a topic out of the list, each with one comma and the white space at it.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="document">What was read from them.</param>
    /// <param name="topic">The topic.</param>
    /// <returns>The new bytes; equal to the old where there is no such topic.</returns>
    public static byte[] WithoutTopic(ReadOnlySpan<byte> file, SimulatedDocument document, EntityName topic)
    {
        var kept = new byte[file.Length];
        var length = 0;
        var copiedTo = 0;
        var keptOne = false;
        for (var i = 0; i < document.Objects.Count; i++)
        {
            var here = document.Objects[i];
            if (!document.Topics[here.Topic].Name.Equals(topic))
            {
                // Of objects that were cut before the first that is kept, the comma behind the last goes with them.
                if (!keptOne && i > 0)
                    copiedTo = here.Start;
                keptOne = true;
                Copy(file[copiedTo..here.End], kept, ref length);
                copiedTo = here.End;
                continue;
            }
            if (!keptOne && i == 0)
                Copy(file[..here.Start], kept, ref length);
            copiedTo = here.End;
        }
        Copy(file[copiedTo..], kept, ref length);
        return kept[..length];
    }

    private static void Copy(ReadOnlySpan<byte> bytes, byte[] target, ref int length)
    {
        bytes.CopyTo(target.AsSpan(length));
        length += bytes.Length;
    }
}
