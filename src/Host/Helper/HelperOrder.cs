using System.Text.Json;
using System.Text.Json.Serialization;
using StreamActors.Etcd;

namespace StreamActors.Host.Helper;

/// <summary>
/// What a server tells its helper, one line of JSON each, through a pipe that only the two have: it may hold a password.
/// </summary>
/// <param name="Server">The server's process id, which is the helper's parent.</param>
/// <param name="Lease">The lease to end when the server ends; 0 while there is none.</param>
/// <param name="Endpoints">Where etcd is.</param>
/// <param name="UsesTls">Whether the files count.</param>
/// <param name="IsOver">Whether the server ends as it should, so that nothing is to be done.</param>
/// <param name="User">Who logs in; null where nobody does.</param>
/// <param name="Password">The password.</param>
/// <param name="AuthorityFile">Certificates that etcd's must come from.</param>
/// <param name="CertificateFile">The certificate that is shown to etcd.</param>
/// <param name="KeyFile">Its private key.</param>
internal sealed record HelperOrder(
    int Server, long Lease, string[] Endpoints, bool UsesTls, bool IsOver, string? User = null, string? Password = null,
    string? AuthorityFile = null, string? CertificateFile = null, string? KeyFile = null)
{
    /// <summary>Makes an order.</summary>
    public static HelperOrder Of(EtcdOptions etcd, long lease, bool isOver) => new(
        Environment.ProcessId, lease, [.. etcd.Endpoints.Select(endpoint => endpoint.AbsoluteUri)], etcd.Tls is not null, isOver,
        etcd.User?.Name, etcd.User?.Password, etcd.Tls?.AuthorityFile, etcd.Tls?.CertificateFile, etcd.Tls?.KeyFile);

    /// <summary>Reads a line; null where it is no order.</summary>
    public static HelperOrder? TryRead(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, HelperJson.Default.HelperOrder) is { Server: > 0, Endpoints.Length: > 0 } order ? order : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The order as a line.</summary>
    public string Write() => JsonSerializer.Serialize(this, HelperJson.Default.HelperOrder);

    /// <summary>How etcd is reached.</summary>
    public EtcdOptions ToOptions() => new()
    {
        Endpoints = [.. Endpoints.Select(endpoint => new Uri(endpoint))],
        User = User is null ? null : new EtcdUser(User, Password ?? ""),
        Tls = UsesTls ? new EtcdTls(AuthorityFile, CertificateFile, KeyFile) : null,
    };

    /// <inheritdoc/>
    public override string ToString() => $"order for lease {Lease:x} of process {Server}";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(HelperOrder))]
internal sealed partial class HelperJson : JsonSerializerContext;
