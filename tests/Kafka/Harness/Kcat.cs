using System.Diagnostics;
using System.Text;

namespace StreamActors.Kafka.Tests;

/// <summary>kcat, which is not ours: the other party of a cluster.</summary>
internal static class Kcat
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    /// <summary>Writes messages of a text.</summary>
    /// <param name="cluster">Where the brokers are.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="input">What kcat reads.</param>
    /// <param name="arguments">Further arguments.</param>
    public static Task<string> Produce(string cluster, string topic, string input, params string[] arguments) =>
        Run(input, ["-P", "-b", cluster, "-t", topic, "-q", .. arguments]);

    /// <summary>Reads a topic to its end.</summary>
    /// <param name="cluster">Where the brokers are.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="arguments">Further arguments.</param>
    /// <returns>What kcat printed.</returns>
    public static Task<string> Consume(string cluster, string topic, params string[] arguments) =>
        Run("", ["-C", "-b", cluster, "-t", topic, "-e", "-q", .. arguments]);

    /// <summary>Joins a group, and reads on and on.</summary>
    /// <param name="cluster">Where the brokers are.</param>
    /// <param name="group">The group.</param>
    /// <param name="topic">The topic.</param>
    /// <returns>The process, which the caller ends.</returns>
    public static Process Join(string cluster, string group, string topic) =>
        Process.Start(new ProcessStartInfo("kcat", ["-b", cluster, "-q", "-X", "session.timeout.ms=6000", "-X", "auto.offset.reset=earliest", "-G", group, topic])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    private static async Task<string> Run(string input, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("kcat", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
        })!;
        using var deadline = new CancellationTokenSource(s_deadline);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(deadline.Token), process.StandardError.ReadToEndAsync(deadline.Token));
        await process.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(input), deadline.Token);
        process.StandardInput.Close();
        await process.WaitForExitAsync(deadline.Token);
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"kcat: exit {process.ExitCode}\n{await error}");
    }
}
