namespace StreamActors.Kafka;

/// <summary>Keeps secrets out of what is logged and told: librdkafka quotes values of properties in its errors.</summary>
public sealed class KafkaSecrets
{
    private const string Mask = "***";

    private static readonly string[] s_marks = ["password", "secret", "key.pem", "oauthbearer.config", "jaas", "token", "assertion.private"];

    private readonly string[] _values;

    /// <summary>Takes note of the secrets among properties.</summary>
    /// <param name="properties">All properties, by name.</param>
    public KafkaSecrets(IEnumerable<KeyValuePair<string, string>> properties) =>
        // The longest first, so that one that contains another is masked whole.
        _values = [.. properties
            .Where(property => IsSecret(property.Key) && property.Value.Length > 0)
            .Select(property => property.Value)
            .Distinct()
            .OrderByDescending(value => value.Length)];

    /// <summary>Whether the value of a property is a secret.</summary>
    /// <param name="name">The property's name.</param>
    /// <returns>True where nobody may see it.</returns>
    public static bool IsSecret(string name) => s_marks.Any(mark => name.Contains(mark, StringComparison.OrdinalIgnoreCase));

    /// <summary>Masks every secret in a text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The text without secrets.</returns>
    public string Scrub(string text)
    {
        foreach (var value in _values)
            text = text.Replace(value, Mask, StringComparison.Ordinal);
        return text;
    }
}
