using System.Text.Json;

namespace StreamActors.Etcd.Gateway;

/// <summary>One watch: a request whose answer goes on.</summary>
internal sealed class GatewayWatch : IDisposable
{
    private const string Path = "v3/watch";

    private readonly GatewayCaller _caller;
    private readonly HttpMessageInvoker _http;
    private readonly EtcdOptions _options;
    private readonly TimeProvider _time;
    private readonly Endpoints _endpoints;
    private readonly IEtcdWatcher _watcher;
    private readonly CancellationTokenSource _stopped = new();

    public GatewayWatch(
        GatewayCaller caller, HttpMessageInvoker http, EtcdOptions options, TimeProvider time, Endpoints endpoints, IEtcdWatcher watcher) =>
        (_caller, _http, _options, _time, _endpoints, _watcher) = (caller, http, options, time, endpoints, watcher);

    /// <summary>Watches until it ends; the outcome is told to the watcher, unless it was disposed of.</summary>
    public async Task RunAsync(string prefix, long fromRevision)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new WatchRequest(new WatchCreateRequest(Translation.ToBytes(prefix), Translation.EndOf(prefix), fromRevision)),
            GatewayJson.Default.WatchRequest);
        var fault = await WatchAsync(_endpoints.Preferred, body).ConfigureAwait(false);
        if (!_stopped.IsCancellationRequested) _watcher.OnEnded(_caller.Closed.IsCancellationRequested ? GatewayCaller.ClosedFault() : fault);
    }

    public void Dispose() => _stopped.Cancel();

    private async Task<EtcdFault> WatchAsync(Endpoint endpoint, byte[] body)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(_stopped.Token, _caller.Closed, endpoint.Failed);
        // Until etcd says that the watch was created, the deadline of every call holds.
        using var deadline = new CancellationTokenSource(_options.CallTimeout, _time);
        using var opening = CancellationTokenSource.CreateLinkedTokenSource(cancel.Token, deadline.Token);
        try
        {
            var token = await _caller.TokenAsync(endpoint, opening.Token).ConfigureAwait(false);
            if (token is { Succeeded: false } refused) return refused.Fault;
            using var request = GatewayCaller.Request(endpoint, Path, body, token?.Value);
            using var response = await _http.SendAsync(request, opening.Token).ConfigureAwait(false);
            await using var lines = new LineReader(
                await response.Content.ReadAsStreamAsync(opening.Token).ConfigureAwait(false), _options.AnswerMaxBytes);
            for (var isCreated = false; ;)
            {
                var line = await lines.ReadAsync(isCreated ? cancel.Token : opening.Token).ConfigureAwait(false);
                if (line is null) return new EtcdFault(EtcdError.Unavailable, $"{endpoint.Address.Authority} ends the watch");
                if (!response.IsSuccessStatusCode) return Refusal(endpoint, line, token?.Value);
                if (Take(endpoint, line, token?.Value, ref isCreated) is { } end) return end;
            }
        }
        catch (InvalidDataException cause)
        {
            return new EtcdFault(EtcdError.Malformed, $"{endpoint.Address.Authority}: {cause.Message}", cause);
        }
        catch (Exception cause) when (GatewayCaller.IsExpected(cause))
        {
            if (deadline.IsCancellationRequested && !_stopped.IsCancellationRequested) _endpoints.PassOn(endpoint);
            return GatewayErrors.Of(endpoint.Address, cause);
        }
        catch (Exception cause)
        {
            // Whoever watches begins anew where he is told of the end; where he is not, he would wait for good.
            return new EtcdFault(EtcdError.Unavailable, $"the watch of {endpoint.Address.Authority} fails: {cause.GetType().Name}: {cause.Message}", cause);
        }
    }

    private EtcdFault? Take(Endpoint endpoint, byte[] line, string? token, ref bool isCreated)
    {
        var message = JsonSerializer.Deserialize(line, GatewayJson.Default.WatchMessage);
        if (message?.Error is { } error)
        {
            if (error.Code == GatewayErrors.Unauthenticated && token is not null) _caller.Refused(token);
            return GatewayErrors.Of(endpoint.Address, error.Code, error.Message);
        }
        if (message?.Result is not { } result) throw new InvalidDataException("A message of a watch is neither a result nor an error.");
        if (result.CompactRevision > 0)
            return new EtcdFault(EtcdError.Compacted, $"{endpoint.Address.Authority} keeps revisions from {result.CompactRevision} on");
        if (result.Canceled)
        {
            if (GatewayErrors.IsBadToken(result.CancelReason) && token is not null) _caller.Refused(token);
            return GatewayErrors.OfCancelled(endpoint.Address, result.CancelReason);
        }
        isCreated |= result.Created;
        if (result.Events is { Length: > 0 } events) _watcher.OnEvents([.. events.Select(Translation.ToEvent)]);
        return null;
    }

    private EtcdFault Refusal(Endpoint endpoint, byte[] line, string? token)
    {
        var error = JsonSerializer.Deserialize(line, GatewayJson.Default.ErrorResponse) ?? throw new JsonException("The error is null.");
        if (error.Code == GatewayErrors.Unauthenticated && token is not null) _caller.Refused(token);
        return GatewayErrors.Of(endpoint.Address, error.Code, error.Message);
    }
}
