using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <content>Whether the log of an earlier run is the cluster's.</content>
internal sealed partial class PartitionMirror
{
    /// <summary>How often it is looked at whether what was to prove a log is fetched at all.</summary>
    private static readonly TimeSpan s_proveEvery = TimeSpan.FromSeconds(1);

    /// <summary>Waits until it is known whether the log is the cluster's; one that is of another incarnation is replaced.</summary>
    private Failure? Prove()
    {
        var begun = _clock.GetTimestamp();
        while (true)
        {
            Task<bool> proof;
            lock (_gate)
                proof = _proof.Outcome;
            if (proof.Wait(s_proveEvery < _options.Deadline ? s_proveEvery : _options.Deadline))
                return proof.Result ? null : Replace();
            if (_clock.GetElapsedTime(begun) >= _options.Deadline)
                return Failure ?? NothingCame();
            // Who tends the mirror does not get at it meanwhile.
            if (!_fetch.IsActive && FindEnd() is { } failure)
                return failure;
        }
    }

    /// <summary>The log is of another incarnation: it begins anew.</summary>
    private Failure? Replace()
    {
        StopFetch();
        _generation.End();
        var failure = Renew(Generation) ?? FindEnd();
        Changed?.Invoke();
        return failure;
    }

    /// <summary>Compares the first message that comes with the log's last one. Where they differ, who waits for the proof begins anew.</summary>
    private bool Check(in FetchedMessage first)
    {
        lock (_gate)
            if (_proof.Accepts(first))
                return true;
        StopFetch();
        return false;
    }
}
