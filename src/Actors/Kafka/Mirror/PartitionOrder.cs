namespace StreamActors.Kafka;

/// <summary>In which orders programs go through the partitions of a topic.</summary>
internal static class PartitionOrder
{
    /// <summary>The next one by number, as directories are listed.</summary>
    /// <param name="partition">A partition.</param>
    /// <param name="count">How many there are.</param>
    /// <returns>The next one; null after the last.</returns>
    public static int? NextByNumber(int partition, int count) => partition + 1 < count ? partition + 1 : null;

    /// <summary>The next one by name, as shells sort what <c>*</c> stands for: 0, 1, 10, 11, 2.</summary>
    /// <param name="partition">A partition.</param>
    /// <param name="count">How many there are.</param>
    /// <returns>The next one; null after the last.</returns>
    public static int? NextByName(int partition, int count)
    {
        if (partition == 0)
            return NextByNumber(0, count);
        if (partition * 10L < count)
            return partition * 10;
        for (var stem = partition; stem > 0; stem /= 10)
            if (stem % 10 != 9 && stem + 1 < count)
                return stem + 1;
        return null;
    }
}
