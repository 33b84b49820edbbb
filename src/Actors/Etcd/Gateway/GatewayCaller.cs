using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace StreamActors.Etcd.Gateway;

/// <summary>Carries out single calls: over the endpoints, within the deadline, with a token where there is a user.</summary>
internal sealed class GatewayCaller : IDisposable
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly EtcdOptions _options;
    private readonly TimeProvider _time;
    private readonly Endpoints _endpoints;
    private readonly HttpMessageInvoker _http;
    private readonly Token? _token;
    private readonly CancellationTokenSource _closed = new();

    public GatewayCaller(EtcdOptions options, TimeProvider time, Endpoints endpoints)
    {
        (_options, _time, _endpoints) = (options, time, endpoints);
        _http = GatewayConnection.Make(options, options.MaxConnections);
        if (options.User is { } user) _token = new Token((endpoint, cancel) => LogInAsync(user, endpoint, cancel));
    }

    /// <summary>Cancelled when the client is disposed of.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>Posts, and reads the answer. What is repeatable may be done twice: it is tried at another endpoint when
    /// its outcome is unknown.</summary>
    public async Task<EtcdResult<TAnswer>> CallAsync<TRequest, TAnswer>(
        string path, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TAnswer> answerType, bool isRepeatable)
        where TAnswer : class
    {
        if (_closed.IsCancellationRequested) return ClosedFault();
        using var deadline = new CancellationTokenSource(_options.CallTimeout, _time);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _closed.Token);
        var body = JsonSerializer.SerializeToUtf8Bytes(request, requestType);
        var patience = isRepeatable ? _options.CallTimeout / _endpoints.Count : _options.CallTimeout;
        for (var attempt = 1; ; attempt++)
        {
            var endpoint = _endpoints.Preferred;
            var answer = await TryAsync(endpoint, path, body, answerType, patience, cancel.Token).ConfigureAwait(false);
            if (answer.Succeeded) return answer;
            if (_closed.IsCancellationRequested) return ClosedFault();
            if (answer.Fault.Error is not (EtcdError.Unavailable or EtcdError.TimedOut or EtcdError.Malformed)) return answer;
            _endpoints.PassOn(endpoint);
            if (answer.Fault.IsUnknown && !isRepeatable) return answer;
            if (attempt == _endpoints.Count || deadline.IsCancellationRequested) return answer;
        }
    }

    /// <summary>A token for a watch; null where there is no user.</summary>
    public async Task<EtcdResult<string>?> TokenAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        if (_token is null) return null;
        return await _token.GetAsync(endpoint, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forgets a token that a watch was refused with.</summary>
    public void Refused(string token) => _token?.Refused(token);

    public void Dispose()
    {
        _closed.Cancel();
        _http.Dispose();
        _token?.Dispose();
    }

    private async Task<EtcdResult<TAnswer>> TryAsync<TAnswer>(
        Endpoint endpoint, string path, byte[] body, JsonTypeInfo<TAnswer> answerType, TimeSpan patience, CancellationToken cancellationToken)
        where TAnswer : class
    {
        using var deadline = new CancellationTokenSource(patience, _time);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        if (_token is null) return (await PostAsync(endpoint, path, body, answerType, null, cancel.Token).ConfigureAwait(false)).Answer;
        for (var isSecond = false; ; isSecond = true)
        {
            var token = await _token.GetAsync(endpoint, cancel.Token).ConfigureAwait(false);
            if (!token.Succeeded) return token.Fault;
            var (answer, code) = await PostAsync(endpoint, path, body, answerType, token.Value, cancel.Token).ConfigureAwait(false);
            if (code != GatewayErrors.Unauthenticated || isSecond) return answer;
            _token.Refused(token.Value);
        }
    }

    private async Task<(EtcdResult<TAnswer> Answer, int Code)> PostAsync<TAnswer>(
        Endpoint endpoint, string path, byte[] body, JsonTypeInfo<TAnswer> answerType, string? token, CancellationToken cancellationToken)
        where TAnswer : class
    {
        try
        {
            using var request = Request(endpoint, path, body, token);
            using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            await response.Content.LoadIntoBufferAsync(_options.AnswerMaxBytes, cancellationToken).ConfigureAwait(false);
            var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
                return (JsonSerializer.Deserialize(bytes, answerType) ?? throw new JsonException("The answer is null."), 0);
            var error = JsonSerializer.Deserialize(bytes, GatewayJson.Default.ErrorResponse) ?? throw new JsonException("The error is null.");
            return (GatewayErrors.Of(endpoint.Address, error.Code, error.Message), error.Code);
        }
        catch (Exception cause) when (IsExpected(cause))
        {
            return (GatewayErrors.Of(endpoint.Address, cause), 0);
        }
    }

    private Task<EtcdResult<AuthenticateResponse>> LogInAsync(EtcdUser user, Endpoint endpoint, CancellationToken cancellationToken) =>
        Answer(PostAsync(
            endpoint, "v3/auth/authenticate",
            JsonSerializer.SerializeToUtf8Bytes(new AuthenticateRequest(user.Name, user.Password), GatewayJson.Default.AuthenticateRequest),
            GatewayJson.Default.AuthenticateResponse, null, cancellationToken));

    private static async Task<EtcdResult<TAnswer>> Answer<TAnswer>(Task<(EtcdResult<TAnswer> Answer, int Code)> call)
        where TAnswer : class => (await call.ConfigureAwait(false)).Answer;

    /// <summary>A request with its body and its token.</summary>
    public static HttpRequestMessage Request(Endpoint endpoint, string path, byte[] body, string? token)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(endpoint.Address, path))
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = Json } },
        };
        if (token is not null) request.Headers.TryAddWithoutValidation("Authorization", token);
        return request;
    }

    /// <summary>Whether an exception is the network's or the other side's doing.</summary>
    public static bool IsExpected(Exception cause) =>
        cause is HttpRequestException or IOException or OperationCanceledException or JsonException or ObjectDisposedException;

    /// <summary>The fault of all that is asked of a client that was disposed of.</summary>
    public static EtcdFault ClosedFault() => new(EtcdError.Closed, "The client is closed");
}
