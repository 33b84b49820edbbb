namespace StreamActors.Etcd.Gateway;

/// <summary>Makes faults of what etcd and the network answer. The codes are gRPC's.</summary>
internal static class GatewayErrors
{
    public const int Unauthenticated = 16;

    private const int InvalidArgument = 3;
    private const int DeadlineExceeded = 4;
    private const int NotFound = 5;
    private const int PermissionDenied = 7;
    private const int ResourceExhausted = 8;
    private const int FailedPrecondition = 9;
    private const int OutOfRange = 11;
    private const int Unavailable = 14;

    /// <summary>The fault of an error that etcd tells.</summary>
    public static EtcdFault Of(Uri endpoint, int code, string? message)
    {
        var text = message ?? "";
        return new EtcdFault(ErrorOf(code, text), $"{endpoint.Authority} answers \"{text}\" (code {code})");
    }

    /// <summary>The fault of a watch that etcd ends with words only.</summary>
    public static EtcdFault OfCancelled(Uri endpoint, string? reason)
    {
        var text = reason ?? "";
        var isDenied = IsBadToken(text) || text.Contains("denied", StringComparison.OrdinalIgnoreCase)
            || text.Contains("user name", StringComparison.Ordinal);
        var error = isDenied ? EtcdError.Denied : EtcdError.Unavailable;
        return new EtcdFault(error, $"{endpoint.Authority} ends the watch: \"{text}\"");
    }

    /// <summary>Whether a watch was ended because its token is no longer known.</summary>
    public static bool IsBadToken(string? reason) => reason?.Contains("auth token", StringComparison.Ordinal) == true;

    /// <summary>The fault of an exchange that was broken off.</summary>
    public static EtcdFault Of(Uri endpoint, Exception cause) => cause switch
    {
        // Only these come before a byte of the request was sent.
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            new EtcdFault(EtcdError.Denied, $"TLS with {endpoint.Authority} fails: {(cause.InnerException ?? cause).Message}", cause),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } =>
            new EtcdFault(EtcdError.Unavailable, $"{endpoint.Authority} can't be reached: {cause.Message}", cause),
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } =>
            new EtcdFault(EtcdError.Malformed, $"{endpoint.Authority} answers more than is taken: {cause.Message}", cause),
        System.Text.Json.JsonException =>
            new EtcdFault(EtcdError.Malformed, $"{endpoint.Authority} answers what is not etcd's JSON: {cause.Message}", cause),
        OperationCanceledException =>
            new EtcdFault(EtcdError.TimedOut, $"{endpoint.Authority} has not answered in time", cause),
        _ => new EtcdFault(EtcdError.TimedOut, $"The connection with {endpoint.Authority} broke: {cause.Message}", cause),
    };

    private static EtcdError ErrorOf(int code, string text) => code switch
    {
        NotFound when text.Contains("lease", StringComparison.Ordinal) => EtcdError.LeaseNotFound,
        OutOfRange when text.Contains("compacted", StringComparison.Ordinal) => EtcdError.Compacted,
        ResourceExhausted when text.Contains("space exceeded", StringComparison.Ordinal) => EtcdError.NoSpace,
        ResourceExhausted when text.Contains("too many requests", StringComparison.Ordinal) => EtcdError.Busy,
        PermissionDenied or Unauthenticated => EtcdError.Denied,
        InvalidArgument when text.Contains("authentication", StringComparison.Ordinal)
            || text.Contains("user name", StringComparison.Ordinal) => EtcdError.Denied,
        FailedPrecondition when text.Contains("authentication is not enabled", StringComparison.Ordinal) => EtcdError.Denied,
        // "request timed out" and "leader changed" have the same code: with them it may have been done.
        Unavailable when text.EndsWith("no leader", StringComparison.Ordinal) => EtcdError.Unavailable,
        Unavailable or DeadlineExceeded => EtcdError.TimedOut,
        InvalidArgument or OutOfRange or ResourceExhausted or FailedPrecondition or NotFound => EtcdError.Invalid,
        _ => EtcdError.Malformed,
    };
}
