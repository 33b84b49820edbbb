using System.Diagnostics;
using StreamActors.Hosts.Members;
using StreamActors.Mounted;

namespace StreamActors.Hosts.Load;

/// <summary>The users of one mount, in a process of its host.</summary>
internal sealed class MountLoad : IAsyncDisposable
{
    private const string AllEnded = "E";

    private readonly Process _process;
    private readonly Task _errors;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string _error = "";

    /// <summary>Starts them.</summary>
    /// <param name="member">Whose mount.</param>
    /// <param name="tails">A directory for what tails get.</param>
    /// <param name="cursors">What the topics begin with that are followed by cursors, too.</param>
    /// <param name="topics">The topics that they use, from the mountpoint on.</param>
    /// <param name="told">Told of each operation that has ended.</param>
    public MountLoad(MemberServer member, string tails, string cursors, IEnumerable<string> topics, Action<LoadRecord> told)
    {
        Member = member;
        Tails = Directory.CreateDirectory(tails).FullName;
        _process = member.Host.Start("python3", [Path.Combine(AppContext.BaseDirectory, "Load/load.py"), member.Root, member.Name, Tails, cursors, .. topics]);
        _errors = KeepErrorsAsync();
        _ = ListenAsync(told);
    }

    /// <summary>Whose mount.</summary>
    public MemberServer Member { get; }

    /// <summary>Where what tails got is, one file for each partition.</summary>
    public string Tails { get; }

    /// <summary>Ends all but the tails, each when its operation has ended.</summary>
    public async Task StopAsync()
    {
        await _process.StandardInput.WriteLineAsync("stop");
        await _process.StandardInput.FlushAsync();
        await _stopped.Task.WaitAsync(Shell.Deadline);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(Shell.Deadline);
        await _errors;
        _process.Dispose();
    }

    private async Task ListenAsync(Action<LoadRecord> told)
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == AllEnded)
                _stopped.TrySetResult();
            else
                told(LoadRecord.Parse(Member.Name, line));
        }
        await _errors;
        _stopped.TrySetException(new InvalidOperationException($"the users of {Member.Name} ended: {_error}"));
    }

    private async Task KeepErrorsAsync() => _error = await _process.StandardError.ReadToEndAsync();
}
