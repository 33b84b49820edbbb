using StreamActors.Etcd.Gateway;

namespace StreamActors.Etcd;

/// <summary>Speaks to etcd 3.4 and newer through its v3 JSON gateway. Any thread may call.</summary>
public sealed class EtcdClient : IEtcd, IDisposable
{
    private readonly EtcdOptions _options;
    private readonly TimeProvider _time;
    private readonly Endpoints _endpoints;
    private readonly GatewayCaller _caller;

    // A watch keeps its connection: they don't count among those of the calls, so that none waits for one.
    private readonly HttpMessageInvoker _watches;

    /// <summary>Makes a client; it connects when it is first called.</summary>
    /// <param name="options">How etcd is reached.</param>
    /// <param name="time">The clock of deadlines.</param>
    /// <exception cref="ArgumentException">There is no endpoint, or one is no address of http or https.</exception>
    /// <exception cref="IOException">A certificate can't be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file holds no certificate or key.</exception>
    public EtcdClient(EtcdOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Endpoints.Count == 0) throw new ArgumentException("etcd has no endpoint.", nameof(options));
        foreach (var endpoint in options.Endpoints)
            if (!endpoint.IsAbsoluteUri || endpoint.Scheme is not ("http" or "https"))
                throw new ArgumentException($"\"{endpoint}\" is no address of etcd, such as http://host:2379.", nameof(options));
        (_options, _time) = (options, time);
        _endpoints = new Endpoints(options.Endpoints);
        _caller = new GatewayCaller(options, time, _endpoints);
        _watches = GatewayConnection.Make(options, int.MaxValue);
    }

    /// <inheritdoc/>
    public async Task<EtcdResult<EtcdRange>> ListAsync(string prefix)
    {
        var answer = await _caller.CallAsync(
            "v3/kv/range", Translation.ToPrefix(prefix), GatewayJson.Default.RangeRequest, GatewayJson.Default.RangeResponse,
            isRepeatable: true).ConfigureAwait(false);
        if (!answer.Succeeded) return answer.Fault;
        return answer.Value.Header is { } header
            ? new EtcdRange([.. (answer.Value.Kvs ?? []).Select(Translation.ToEntry)], header.Revision)
            : Headless();
    }

    /// <inheritdoc/>
    public async Task<EtcdResult<EtcdCommit>> CommitAsync(EtcdTransaction transaction)
    {
        var answer = await _caller.CallAsync(
            "v3/kv/txn", Translation.ToRequest(transaction), GatewayJson.Default.TxnRequest, GatewayJson.Default.TxnResponse,
            isRepeatable: false).ConfigureAwait(false);
        if (!answer.Succeeded) return answer.Fault;
        if (answer.Value.Header is not { } header) return Headless();
        var found = (answer.Value.Responses ?? []).SelectMany(response => response.ResponseRange?.Kvs ?? []).Select(Translation.ToEntry);
        return new EtcdCommit(answer.Value.Succeeded, header.Revision, [.. found]);
    }

    /// <inheritdoc/>
    public async Task<EtcdResult<EtcdLease>> GrantAsync(TimeSpan timeToLive)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeToLive, TimeSpan.FromSeconds(1));
        // A grant that was done twice leaves a lease that nobody keeps, and that ends by itself.
        var answer = await LeaseAsync("v3/lease/grant", new LeaseRequest { TimeToLive = (long)timeToLive.TotalSeconds }).ConfigureAwait(false);
        if (answer.Value is { } lease && (lease.Id == 0 || lease.TimeToLive <= 0))
            return new EtcdFault(EtcdError.Malformed, "A lease was granted without an id or a time");
        return Lease(answer);
    }

    /// <inheritdoc/>
    public async Task<EtcdResult<EtcdLease>> KeepAliveAsync(long lease)
    {
        var answer = await _caller.CallAsync(
            "v3/lease/keepalive", new LeaseRequest { Id = lease }, GatewayJson.Default.LeaseRequest,
            GatewayJson.Default.KeepAliveResponse, isRepeatable: true).ConfigureAwait(false);
        if (!answer.Succeeded) return answer.Fault;
        if (answer.Value.Error is { } error) return GatewayErrors.Of(_endpoints.Preferred.Address, error.Code, error.Message);
        return answer.Value.Result is { } result ? Kept(lease, result) : Headless();
    }

    /// <inheritdoc/>
    public async Task<EtcdResult<EtcdLease>> RevokeAsync(long lease)
    {
        var answer = await LeaseAsync("v3/lease/revoke", new LeaseRequest { Id = lease }).ConfigureAwait(false);
        return answer.Succeeded || answer.Fault.Error == EtcdError.LeaseNotFound ? new EtcdLease(lease, TimeSpan.Zero) : answer.Fault;
    }

    /// <inheritdoc/>
    public async Task<EtcdResult<EtcdLease>> TimeToLiveAsync(long lease)
    {
        var answer = await LeaseAsync("v3/lease/timetolive", new LeaseRequest { Id = lease }).ConfigureAwait(false);
        return answer.Succeeded ? Remaining(lease, answer.Value) : answer.Fault;
    }

    /// <inheritdoc/>
    public IDisposable Watch(string prefix, long fromRevision, IEtcdWatcher watcher)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        ArgumentOutOfRangeException.ThrowIfLessThan(fromRevision, 1);
        ArgumentNullException.ThrowIfNull(watcher);
        var watch = new GatewayWatch(_caller, _watches, _options, _time, _endpoints, watcher);
        _ = watch.RunAsync(prefix, fromRevision);
        return watch;
    }

    /// <summary>Ends all calls and watches.</summary>
    public void Dispose()
    {
        _caller.Dispose();
        _watches.Dispose();
        _endpoints.Dispose();
    }

    private Task<EtcdResult<LeaseResponse>> LeaseAsync(string path, LeaseRequest request) => _caller.CallAsync(
        path, request, GatewayJson.Default.LeaseRequest, GatewayJson.Default.LeaseResponse, isRepeatable: true);

    private static EtcdResult<EtcdLease> Lease(EtcdResult<LeaseResponse> answer) =>
        answer.Succeeded ? new EtcdLease(answer.Value.Id, TimeSpan.FromSeconds(answer.Value.TimeToLive)) : answer.Fault;

    // A keep-alive of a lease that has ended is answered without a time.
    private static EtcdResult<EtcdLease> Kept(long lease, LeaseResponse answer) =>
        answer.TimeToLive > 0 ? new EtcdLease(lease, TimeSpan.FromSeconds(answer.TimeToLive)) : Ended(lease);

    // Here nothing is less than a second, and a negative time is the end.
    private static EtcdResult<EtcdLease> Remaining(long lease, LeaseResponse answer) =>
        answer.TimeToLive >= 0 ? new EtcdLease(lease, TimeSpan.FromSeconds(answer.TimeToLive)) : Ended(lease);

    private static EtcdFault Ended(long lease) => new(EtcdError.LeaseNotFound, $"Lease {lease:x} has ended");

    private static EtcdFault Headless() => new(EtcdError.Malformed, "An answer of etcd has no header");
}
