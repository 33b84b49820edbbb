using StreamActors.Cli;
using StreamActors.Fuse.Kernel;
using StreamActors.Host.Settings;

namespace StreamActors.Host;

/// <summary>Carries out the commands: one line on standard error where one fails.</summary>
internal sealed class HostCommands : IHostCommands
{
    /// <inheritdoc/>
    public async Task<int> MountAsync(MountCommand command, CancellationToken cancellationToken)
    {
        StreamActorsSettings settings;
        try
        {
            settings = SettingsLoader.Load(new SettingsSources(
                command.ConfigFile, SettingsSources.ProcessEnvironment(), command.Options, command.Layout, command.Source)
            {
                Cluster = command.Cluster,
            });
        }
        catch (SettingsException wrong)
        {
            return await FailAsync(ExitCode.Usage, wrong.Message);
        }

        if (settings.Volumes.Count == 0)
            return await FailAsync(ExitCode.Usage, $"expected SOURCE, or volumes in {command.ConfigFile}");
        if (Syscall.GetEUid() == 0 && settings.Mount is { AllowOther: true, DefaultPermissions: false })
            return await FailAsync(ExitCode.Usage, "allow_other needs default_permissions here: as root the server would do for every user what root may do");
        try
        {
            return command.Daemon && !Daemon.IsChild
                ? await Daemon.StartAsync()
                : await ServeAsync(command, settings, cancellationToken);
        }
        catch (IOException cause)
        {
            return await FailAsync(ExitCode.Failure, cause.Message);
        }
    }

    /// <inheritdoc/>
    public async Task<int> UmountAsync(UmountCommand command, CancellationToken cancellationToken)
    {
        try
        {
            FuseMount.Unmount(command.Mountpoint);
            return ExitCode.Success;
        }
        catch (MountException cause)
        {
            return await FailAsync(ExitCode.Failure, cause.Message);
        }
    }

    private static async Task<int> ServeAsync(MountCommand command, StreamActorsSettings settings, CancellationToken cancellationToken)
    {
        if (Daemon.IsChild)
            Daemon.LeaveSession();
        using var signals = new SignalWatcher(cancellationToken);
        using var loggers = HostLogging.Open(settings.Log);
        await using var mounted = await MountedTree.StartAsync(command.Mountpoint, settings, loggers);
        await mounted.Session.Mounted;
        await Console.Out.WriteLineAsync(ConsoleText.OneLine($"mounted {command.Source ?? command.ConfigFile} on {command.Mountpoint}"));
        if (Daemon.IsChild)
            Daemon.Detach(keepError: settings.Log.File.Length > 0);

        using var force = signals.Force.Register(() => _ = mounted.Session.StopAsync());
        using var stop = signals.Stop.Register(() => _ = mounted.Session.StopAsync());
        if (await Task.WhenAny(mounted.Session.Ended, mounted.LeaveAsked) == mounted.LeaveAsked)
            await mounted.Session.StopAsync();
        await mounted.Session.Ended;
        return ExitCode.Success;
    }

    private static async Task<int> FailAsync(int exit, string reason)
    {
        await Console.Error.WriteLineAsync(ConsoleText.OneLine($"streamactors: {reason}"));
        return exit;
    }
}
