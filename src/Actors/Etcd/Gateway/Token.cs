namespace StreamActors.Etcd.Gateway;

/// <summary>The token that a log-in gave; made by one caller at a time, and used by all until etcd refuses it.</summary>
internal sealed class Token(Func<Endpoint, CancellationToken, Task<EtcdResult<AuthenticateResponse>>> logIn) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private volatile string? _current;

    /// <summary>The token, after a log-in where there is none.</summary>
    public async Task<EtcdResult<string>> GetAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        if (_current is { } known) return known;
        try
        {
            await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException cause)
        {
            return new EtcdFault(EtcdError.Unavailable, $"{endpoint.Address.Authority} has not answered the log-in in time", cause);
        }
        try
        {
            if (_current is { } made) return made;
            var answer = await logIn(endpoint, cancellationToken).ConfigureAwait(false);
            // Of a call whose log-in failed nothing was done, whatever became of the log-in.
            if (answer.Fault is { IsUnknown: true } fault) return fault with { Error = EtcdError.Unavailable };
            if (!answer.Succeeded) return answer.Fault;
            if (answer.Value.Token is not { Length: > 0 } token)
                return new EtcdFault(EtcdError.Unavailable, $"{endpoint.Address.Authority} answers a log-in without a token");
            _current = token;
            return token;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Forgets a token that etcd refused, unless another has taken its place already.</summary>
    public void Refused(string token) => Interlocked.CompareExchange(ref _current, null, token);

    public void Dispose() => _one.Dispose();
}
