using StreamActors.Fuse.Kernel;
using StreamActors.Host.Settings;

namespace StreamActors.Host.Volumes;

/// <summary>Opens volumes of every type: the one place that knows which there are.</summary>
internal static class VolumeOpener
{
    /// <summary>Opens a volume.</summary>
    /// <param name="host">What all volumes are opened with.</param>
    /// <param name="settings">The volume.</param>
    /// <exception cref="MountException">It can't be opened; the message is one line for the user.</exception>
    public static Task<IOpenVolume> OpenAsync(VolumeHost host, VolumeSettings settings) => settings switch
    {
        OverlayVolumeSettings overlay => OverlayOpener.OpenAsync(host, overlay),
        LogVolumeSettings log => LogOpener.OpenAsync(host, log),
        KafkaVolumeSettings kafka => KafkaOpener.OpenAsync(host, kafka),
        _ => throw new MountException($"volume {settings.Path}: nothing opens volumes of this type"),
    };
}
