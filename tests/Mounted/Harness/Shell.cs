using System.Diagnostics;

namespace StreamActors.Mounted;

/// <summary>What a command gave.</summary>
/// <param name="Exit">Its exit status.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record ShellResult(int Exit, string Output, string Error)
{
    /// <summary>The output of a command that succeeded.</summary>
    public string Succeeded => Exit == 0 ? Output : throw new InvalidOperationException($"exit {Exit}\n{Output}{Error}");
}

/// <summary>
/// Runs commands as a user types them. File operations on a mount go through other processes, so that a test's own
/// threads never wait for the mount that it tests.
/// </summary>
internal static class Shell
{
    /// <summary>No command of a test takes longer; one that does is killed, and the test fails.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Runs a command line of <c>sh</c>.</summary>
    /// <param name="script">The command line.</param>
    /// <param name="directory">The working directory.</param>
    public static Task<ShellResult> Run(string script, string? directory = null) => RunProgram("sh", ["-c", script], directory);

    /// <summary>Runs a Python 3 script.</summary>
    /// <param name="script">The script's text.</param>
    /// <param name="arguments">Its arguments, from <c>sys.argv[1]</c> on.</param>
    public static Task<ShellResult> Python(string script, params string[] arguments) => RunProgram("python3", ["-c", script, .. arguments]);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="directory">The working directory.</param>
    public static async Task<ShellResult> RunProgram(string program, IEnumerable<string> arguments, string? directory = null)
    {
        using var process = Start(program, arguments, directory);
        process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(Deadline);
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(deadline.Token), process.StandardError.ReadToEndAsync(deadline.Token));
            await process.WaitForExitAsync(deadline.Token);
            return new ShellResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)}: not done after {Deadline}");
        }
    }

    /// <summary>Starts a program; the caller reads its output and ends it.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="directory">The working directory.</param>
    public static Process Start(string program, IEnumerable<string> arguments, string? directory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "",
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
    }
}
