using System.Text;

namespace StreamActors.Etcd.Gateway;

/// <summary>Between what callers say and what the gateway takes.</summary>
internal static class Translation
{
    public static RangeRequest ToPrefix(string prefix) => new(ToBytes(prefix), EndOf(prefix));

    public static TxnRequest ToRequest(EtcdTransaction transaction) => new(
        [.. transaction.Conditions.Select(ToCompare)],
        [.. transaction.Then.Select(ToOperation)],
        [.. transaction.Otherwise.Select(ToOperation)]);

    public static EtcdEntry ToEntry(KeyValue pair) => new(
        ToText(pair.Key), ToText(pair.Value), pair.CreateRevision, pair.ModRevision, pair.Lease);

    public static EtcdEvent ToEvent(WatchEvent change) =>
        new(ToEntry(change.Kv ?? throw new InvalidDataException("An event names no key.")), change.Type == "DELETE");

    /// <summary>The first key that does not begin with the prefix. UTF-8 has no byte 0xff that could not be raised.</summary>
    public static byte[] EndOf(string prefix)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        var end = ToBytes(prefix);
        end[^1]++;
        return end;
    }

    public static byte[] ToBytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string ToText(byte[]? bytes) => bytes is null ? "" : Encoding.UTF8.GetString(bytes);

    private static Compare ToCompare(EtcdCondition condition)
    {
        var key = ToBytes(condition.Key);
        return condition switch
        {
            EtcdCondition.Absent => new Compare("EQUAL", "CREATE", key) { CreateRevision = 0 },
            EtcdCondition.CreatedAt created => new Compare("EQUAL", "CREATE", key) { CreateRevision = created.Revision },
            EtcdCondition.ModifiedAt modified => new Compare("EQUAL", "MOD", key) { ModRevision = modified.Revision },
            EtcdCondition.ValueIs value => new Compare("EQUAL", "VALUE", key) { Value = ToBytes(value.Value) },
            _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, "Not one of the closed set."),
        };
    }

    private static RequestOp ToOperation(EtcdOperation operation)
    {
        var key = ToBytes(operation.Key);
        return operation switch
        {
            EtcdOperation.Put put => new RequestOp { RequestPut = new PutRequest(key, ToBytes(put.Value), put.Lease) },
            EtcdOperation.Delete => new RequestOp { RequestDeleteRange = new RangeRequest(key) },
            EtcdOperation.Get => new RequestOp { RequestRange = new RangeRequest(key) },
            _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "Not one of the closed set."),
        };
    }
}
