using System.Globalization;
using System.Text.Json;

namespace StreamActors.Mounted.Streams;

/// <summary>Makes JSON files of simulated streams, and waits for what they release.</summary>
internal static class StreamFiles
{
    /// <summary>Everything is there from the start.</summary>
    public const string All = "simulated.released=all";

    /// <summary>One message each 50 ms.</summary>
    public const string Fast = "simulated.interval=50ms";

    /// <summary>No message comes while a test runs.</summary>
    public const string Never = "simulated.interval=1h";

    /// <summary>The JSON of a stream.</summary>
    /// <param name="topics">Names and messages.</param>
    public static string Json(params (string Topic, string[] Messages)[] topics) =>
        JsonSerializer.Serialize(topics.Select(topic => new { topic = topic.Topic, messages = topic.Messages }));

    /// <summary>So many messages, "0", "1" and so on.</summary>
    public static string[] Numbers(int count) =>
        [.. Enumerable.Range(0, count).Select(number => number.ToString(CultureInfo.InvariantCulture))];

    /// <summary>Fills a source with one file.</summary>
    public static Action<string> With(string name, string content) => source => File.WriteAllText(Path.Combine(source, name), content);
}
