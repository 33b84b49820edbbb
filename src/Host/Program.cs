using StreamActors.Cli;
using StreamActors.Host;
using StreamActors.Host.Helper;

if (args is [HelperProcess.Verb])
    return await HelperProcess.RunAsync(Console.In);
if (OpenFiles.RaiseLimit() is { } tooLow)
{
    Console.Error.WriteLine($"streamactors: {tooLow}");
    return ExitCode.Failure;
}
return await CommandLine.RunAsync(args, new HostCommands(), Console.Out, Console.Error);
