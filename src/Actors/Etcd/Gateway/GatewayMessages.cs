using System.Text.Json.Serialization;

namespace StreamActors.Etcd.Gateway;

// The messages of etcd's v3 JSON gateway, as far as they are used: protobuf's JSON form, with 64-bit numbers as strings,
// bytes in base64, and fields with their default value left out.
internal sealed record RangeRequest(byte[] Key, byte[]? RangeEnd = null);

internal sealed record RangeResponse(Header? Header, KeyValue[]? Kvs);

internal sealed record Header(long Revision);

internal sealed record KeyValue(byte[]? Key, byte[]? Value, long CreateRevision, long ModRevision, long Lease);

internal sealed record TxnRequest(Compare[] Compare, RequestOp[] Success, RequestOp[] Failure);

internal sealed record Compare(string Result, string Target, byte[] Key)
{
    public long? CreateRevision { get; init; }

    public long? ModRevision { get; init; }

    public byte[]? Value { get; init; }
}

internal sealed record RequestOp
{
    public PutRequest? RequestPut { get; init; }

    public RangeRequest? RequestDeleteRange { get; init; }

    public RangeRequest? RequestRange { get; init; }
}

internal sealed record PutRequest(byte[] Key, byte[] Value, long Lease);

internal sealed record TxnResponse(Header? Header, bool Succeeded, ResponseOp[]? Responses);

internal sealed record ResponseOp(RangeResponse? ResponseRange);

internal sealed record LeaseRequest
{
    [JsonPropertyName("ID")]
    public long Id { get; init; }

    [JsonPropertyName("TTL")]
    public long TimeToLive { get; init; }
}

internal sealed record LeaseResponse
{
    public Header? Header { get; init; }

    [JsonPropertyName("ID")]
    public long Id { get; init; }

    [JsonPropertyName("TTL")]
    public long TimeToLive { get; init; }
}

internal sealed record KeepAliveResponse(LeaseResponse? Result, StreamError? Error);

internal sealed record AuthenticateRequest(string Name, string Password);

internal sealed record AuthenticateResponse(string? Token);

internal sealed record WatchRequest(WatchCreateRequest CreateRequest);

// Without `fragment` etcd never cuts one revision's events in two.
internal sealed record WatchCreateRequest(byte[] Key, byte[] RangeEnd, long StartRevision);

internal sealed record WatchMessage(WatchResponse? Result, StreamError? Error);

internal sealed record WatchResponse(
    bool Created, bool Canceled, long CompactRevision, string? CancelReason, WatchEvent[]? Events);

internal sealed record WatchEvent(string? Type, KeyValue? Kv);

internal sealed record StreamError(
    [property: JsonPropertyName("grpc_code")] int Code, string? Message);

internal sealed record ErrorResponse(int Code, string? Message);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(RangeRequest))]
[JsonSerializable(typeof(RangeResponse))]
[JsonSerializable(typeof(TxnRequest))]
[JsonSerializable(typeof(TxnResponse))]
[JsonSerializable(typeof(LeaseRequest))]
[JsonSerializable(typeof(LeaseResponse))]
[JsonSerializable(typeof(KeepAliveResponse))]
[JsonSerializable(typeof(AuthenticateRequest))]
[JsonSerializable(typeof(AuthenticateResponse))]
[JsonSerializable(typeof(WatchRequest))]
[JsonSerializable(typeof(WatchMessage))]
[JsonSerializable(typeof(ErrorResponse))]
internal sealed partial class GatewayJson : JsonSerializerContext;
