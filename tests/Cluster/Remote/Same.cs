using System.Collections;
using System.Reflection;
using StreamActors.Messages;

namespace StreamActors.Cluster.Tests.Remote;

/// <summary>Tells what two records differ in, also in parts that compare by reference.</summary>
internal static class Same
{
    public static string Text(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        Exception thrown => $"{thrown.GetType().Name} \"{thrown.Message}\"",
        ReadOnlyMemory<byte> bytes => Convert.ToHexString(bytes.Span),
        EntityName name => Convert.ToHexString(name.Bytes),
        DateTimeOffset time => $"{time.UtcTicks}",
        MessageBatch batch => $"batch {Text(batch.Stamp)} {Text(Enumerable.Range(0, batch.Count).Select(i => batch[i]).ToArray())}",
        Framing framing => $"{Text(framing.Start)} {framing.HasSize} {Text(framing.Stop)} {Text(framing.Separator)}",
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Text))}]",
        { } record when record.GetType().Namespace?.StartsWith("StreamActors", StringComparison.Ordinal) == true && !record.GetType().IsEnum =>
            $"{record.GetType().Name}({string.Join(", ", Parts(record).Select(part => $"{part.Name}={Text(part.GetValue(record))}"))})",
        _ => value.ToString()!,
    };

    private static IEnumerable<PropertyInfo> Parts(object record) => record.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public)
        .Where(part => part.GetIndexParameters().Length == 0 && part.Name != "EqualityContract").OrderBy(part => part.Name, StringComparer.Ordinal);
}
