namespace StreamActors.Sources.Simulated;

/// <summary>The messages of a simulated stream, in memory.</summary>
/// <param name="Topics">Its topics, in their order.</param>
/// <param name="Numbers">Their numbers, rising; there are gaps where topics were deleted.</param>
internal sealed record SimulatedContent(IReadOnlyList<SimulatedTopic> Topics, IReadOnlyList<int> Numbers)
{
    /// <summary>Bytes of memory, about.</summary>
    public long Size { get; } = Topics.Sum(topic => (long)topic.Bytes.Length + (sizeof(int) * topic.Schedule.Count));

    /// <summary>The topic of a number, or null.</summary>
    public SimulatedTopic? Find(int number)
    {
        var (low, high) = (0, Numbers.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (Numbers[middle] == number)
                return Topics[middle];
            (low, high) = Numbers[middle] < number ? (middle + 1, high) : (low, middle - 1);
        }
        return null;
    }

    /// <summary>The content without the topic of a number.</summary>
    public SimulatedContent Without(int number) => new(
        [.. Topics.Where((_, index) => Numbers[index] != number)],
        [.. Numbers.Where(other => other != number)]);
}
