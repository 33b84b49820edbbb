using StreamActors.Cli;
using StreamActors.Host;

if (OpenFiles.RaiseLimit() is { } tooLow)
{
    Console.Error.WriteLine($"streamactors: {tooLow}");
    return ExitCode.Failure;
}
return await CommandLine.RunAsync(args, new HostCommands(), Console.Out, Console.Error);
