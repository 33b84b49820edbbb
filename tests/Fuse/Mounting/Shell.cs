using System.Diagnostics;
using Xunit;

namespace StreamActors.Fuse.Tests.Mounting;

/// <summary>A shell command on a mount, in a process of its own.</summary>
internal sealed class Shell : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private Shell(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    public static Shell Start(string command)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        return new Shell(Process.Start(start)!);
    }

    public static async Task<(int Exit, string Output, string Error)> RunAsync(string command)
    {
        using var shell = Start(command);
        return await shell.EndAsync();
    }

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-s", name, Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Lets a command go on that reads its standard input.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    public async Task<(int Exit, string Output, string Error)> EndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (_process.ExitCode, await _output, await _error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
