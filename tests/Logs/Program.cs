using StreamActors.Logs.Tests;
using Xunit.Runner.InProc.SystemConsole;

return args is [KilledWriter.Mode, .. var rest] ? await KilledWriter.RunAsync(rest) : await ConsoleRunner.Run(args);
