using System.Diagnostics;
using System.Globalization;

namespace StreamActors.Benchmarks.Members;

/// <summary>This program as another process: a member that has all partitions, a TCP echo, and a server of a download.</summary>
internal sealed class OtherProcess : IDisposable
{
    public const string Word = "cluster-member";

    private readonly Process _process;

    private OtherProcess(Process process, int echoPort, int httpPort) => (_process, EchoPort, HttpPort) = (process, echoPort, httpPort);

    public int EchoPort { get; }

    public int HttpPort { get; }

    public static OtherProcess Start(Uri etcd, string secret)
    {
        var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [Word, etcd.ToString(), secret])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var ports = process.StandardOutput.ReadLine()!.Split(' ').Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return new OtherProcess(process, ports[0], ports[1]);
    }

    /// <summary>What the other process does, until its input ends.</summary>
    public static async Task RunAsync(Uri etcd, string secret)
    {
        using var echo = TcpEcho.Listen(out var echoPort);
        await using var http = await HttpDownload.ServeAsync();
        await using var member = await BenchMember.StartAsync("asked", weight: 1, etcd, secret);
        Console.WriteLine($"{echoPort} {http.Port}");
        await Console.In.ReadToEndAsync();
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
