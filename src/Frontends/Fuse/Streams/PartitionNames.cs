using System.Globalization;
using System.Text;

namespace StreamActors.Fuse.Streams;

/// <summary>Partitions as file names: their indexes in decimal digits.</summary>
internal static class PartitionNames
{
    /// <summary>The index that a file name is.</summary>
    /// <returns>False where it is no index, or not written the one way.</returns>
    public static bool TryParse(ReadOnlySpan<byte> name, out int index) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out index) && name.SequenceEqual(Of(index));

    /// <summary>The file name of an index.</summary>
    public static byte[] Of(int index) => Encoding.ASCII.GetBytes(index.ToString(CultureInfo.InvariantCulture));
}
