using StreamActors.Cli;
using StreamActors.Host;
using StreamActors.Host.Helper;

if (args is [HelperProcess.Verb])
{
    // Console.In would block its reader, also where that asks to wait otherwise.
    using var orders = new StreamReader(Console.OpenStandardInput());
    return await HelperProcess.RunAsync(orders);
}
if (OpenFiles.RaiseLimit() is { } tooLow)
{
    Console.Error.WriteLine($"streamactors: {tooLow}");
    return ExitCode.Failure;
}
return await CommandLine.RunAsync(args, new HostCommands(), Console.Out, Console.Error);
