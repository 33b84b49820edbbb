using StreamActors.Cli;
using StreamActors.Host;

return await CommandLine.RunAsync(args, new HostCommands(), Console.Out, Console.Error);
