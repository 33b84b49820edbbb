using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using StreamActors.Fuse.Kernel;
using StreamActors.Host.Settings;

namespace StreamActors.Host;

/// <summary>The log: one line an event, on standard error, or in a file that takes the place of standard error.</summary>
internal static class HostLogging
{
    /// <summary>Opens the log.</summary>
    /// <param name="settings">Level and file.</param>
    /// <exception cref="IOException">The file can't be opened.</exception>
    public static ILoggerFactory Open(LogSettings settings)
    {
        if (settings.File.Length > 0)
            StandardStreams.Redirect(settings.File, Linux.O_WRONLY | Linux.O_APPEND, [StandardStreams.Error]);
        return LoggerFactory.Create(builder => builder
            .SetMinimumLevel(settings.Level)
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
            .AddSimpleConsole(format =>
            {
                format.SingleLine = true;
                format.ColorBehavior = LoggerColorBehavior.Disabled;
                format.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                format.UseUtcTimestamp = true;
            }));
    }
}
