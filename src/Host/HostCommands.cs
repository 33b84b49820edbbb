using StreamActors.Cli;
using StreamActors.Host.Settings;

namespace StreamActors.Host;

/// <summary>Carries out the commands.</summary>
internal sealed class HostCommands : IHostCommands
{
    /// <inheritdoc/>
    public async Task<int> MountAsync(MountCommand command, CancellationToken cancellationToken)
    {
        try
        {
            SettingsLoader.Load(new SettingsSources(
                command.ConfigFile, SettingsSources.ProcessEnvironment(), command.Options, command.Layout));
        }
        catch (SettingsException wrong)
        {
            await Console.Error.WriteLineAsync($"streamactors: {wrong.Message}");
            return ExitCode.Usage;
        }

        return await FailAsync("mount is not built in yet");
    }

    /// <inheritdoc/>
    public Task<int> UmountAsync(UmountCommand command, CancellationToken cancellationToken) =>
        FailAsync("umount is not built in yet");

    private static async Task<int> FailAsync(string reason)
    {
        await Console.Error.WriteLineAsync($"streamactors: {reason}");
        return ExitCode.Failure;
    }
}
