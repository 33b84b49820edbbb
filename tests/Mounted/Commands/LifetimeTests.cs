using Xunit;

namespace StreamActors.Mounted.Commands;

/// <summary>From <c>mounted …</c> to the end: signals, umount, busy mounts, crashes, the background.</summary>
public sealed class LifetimeTests
{
    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task Mount_Signalled_UnmountsAndExitsZero(string signal)
    {
        await using var mount = await Mount.Start();
        await Shell.RunProgram("kill", [$"-{signal}", $"{mount.Server.Id}"]);
        await mount.Server.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, mount.Server.ExitCode);
        Assert.False(await IsMounted(mount.Root));
    }

    [Fact]
    public async Task Umount_OfAMount_EndsItsServer()
    {
        await using var mount = await Mount.Start();
        Assert.Equal(0, (await Shell.RunProgram(Launcher.Program, ["umount", mount.Root])).Exit);
        await mount.Server.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, mount.Server.ExitCode);
        Assert.False(await IsMounted(mount.Root));
    }

    [Fact]
    public async Task Umount_OfADirectoryThatIsNoMount_SaysSo()
    {
        var directory = Directory.CreateTempSubdirectory();
        var result = await Shell.RunProgram(Launcher.Program, ["umount", directory.FullName]);
        directory.Delete();
        Assert.Equal(1, result.Exit);
        Assert.Contains("not", result.Error, StringComparison.Ordinal);
        Assert.Equal(1, result.Error.Count(c => c == '\n'));
    }

    [Fact]
    public async Task Umount_WhileAFileIsOpen_IsBusyAndTheMountGoesOn()
    {
        await using var mount = await Mount.Start(fill: source => File.WriteAllText(Path.Combine(source, "f"), "text"));
        using (var holder = Shell.Start("sh", ["-c", "exec 3<f; echo open; read line"], mount.Root))
        {
            Assert.Equal("open", await holder.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            var result = await Shell.RunProgram(Launcher.Program, ["umount", mount.Root]);
            Assert.Equal(1, result.Exit);
            Assert.Contains("busy", result.Error, StringComparison.Ordinal);
            Assert.Equal("text", (await mount.Run("cat f")).Succeeded);
            holder.StandardInput.Close();
            await holder.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Mount_SignalledWhileBusy_EndsAllTheSame()
    {
        await using var mount = await Mount.Start("fuse.shutdown-timeout=200ms", source => File.WriteAllText(Path.Combine(source, "f"), "text"));
        using var holder = Shell.Start("sh", ["-c", "exec 3<f; echo open; read line"], mount.Root);
        Assert.Equal("open", await holder.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, await mount.Stop());
        Assert.False(await IsMounted(mount.Root));
        holder.Kill();
    }

    [Fact]
    public async Task Mount_SignalledTwiceWhileBusy_DoesNotWaitForTheTimeout()
    {
        await using var mount = await Mount.Start("fuse.shutdown-timeout=1h", source => File.WriteAllText(Path.Combine(source, "f"), "text"));
        using var holder = Shell.Start("sh", ["-c", "exec 3<f; echo open; read line"], mount.Root);
        Assert.Equal("open", await holder.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        await Shell.RunProgram("kill", ["-INT", $"{mount.Server.Id}"]);
        while (await IsMounted(mount.Root))
            await Task.Yield();
        await Shell.RunProgram("kill", ["-INT", $"{mount.Server.Id}"]);
        await mount.Server.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.False(await IsMounted(mount.Root));
        holder.Kill();
    }

    [Fact]
    public async Task Mount_SignalledWhileAReadWaits_AnswersIt()
    {
        await using var mount = await Mount.Start("simulated.interval=1h", source =>
            File.WriteAllText(Path.Combine(source, "data.dir"), """[{"topic":"t","messages":["m"]}]"""));
        using var reader = Shell.Start("cat", ["data.dir/t/.follow/0"], mount.Root);
        await ProcessState.UntilInFuseRequest(reader.Id);
        Assert.Equal(0, await mount.Stop());
        await reader.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(0, reader.ExitCode);
    }

    [Fact]
    public async Task Mount_AfterItsServerWasKilled_ClearsTheStaleMount()
    {
        var mount = await Mount.Start(fill: source => File.WriteAllText(Path.Combine(source, "f"), "text"));
        mount.Server.Kill();
        await mount.Server.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Contains("not connected", (await Shell.Run($"ls {mount.Root}")).Error, StringComparison.Ordinal);

        var again = await Shell.RunProgram(Launcher.Program, ["mount", mount.Source, mount.Root, "--daemon"]);
        Assert.Equal((0, $"mounted {mount.Source} on {mount.Root}\n"), (again.Exit, again.Output));
        Assert.Equal("text", (await mount.Run("cat f")).Succeeded);
        Assert.Equal(0, (await Shell.RunProgram(Launcher.Program, ["umount", mount.Root])).Exit);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await mount.DisposeAsync());
    }

    [Fact]
    public async Task Daemon_Started_ReturnsWhenTheMountAnswers()
    {
        var home = Directory.CreateTempSubdirectory("streamactors-test-");
        var (source, root) = (home.CreateSubdirectory("source").FullName, home.CreateSubdirectory("mnt").FullName);
        await File.WriteAllTextAsync(Path.Combine(source, "f"), "text", TestContext.Current.CancellationToken);
        var result = await Shell.RunProgram(Launcher.Program, ["mount", source, root, "--daemon"]);
        Assert.Equal((0, $"mounted {source} on {root}\n", ""), (result.Exit, result.Output, result.Error));
        Assert.Equal("text", (await Shell.Run($"cat {root}/f")).Succeeded);
        Assert.Equal(0, (await Shell.RunProgram(Launcher.Program, ["umount", root])).Exit);
        Assert.False(await IsMounted(root));
        home.Delete(recursive: true);
    }

    [Fact]
    public async Task Daemon_ThatCanNotMount_FailsWithTheReason()
    {
        var result = await Shell.RunProgram(Launcher.Program, ["mount", "/etc", "/nowhere/at/all", "--daemon"]);
        Assert.Equal((1, ""), (result.Exit, result.Output));
        Assert.Contains("/nowhere/at/all", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mount /etc")]
    [InlineData("mount /etc /mnt -o no.such.setting=1")]
    [InlineData("mount /etc /mnt -o simulated.interval=soon")]
    [InlineData("mount /etc /mnt -o password=hunter2")]
    [InlineData("mount /etc /mnt --config /nowhere.conf")]
    [InlineData("frobnicate")]
    public async Task CommandLine_Wrong_ExitsTwoWithoutItsSecrets(string arguments)
    {
        var result = await Shell.RunProgram(Launcher.Program, arguments.Split(' '));
        Assert.Equal((2, ""), (result.Exit, result.Output));
        Assert.NotEmpty(result.Error);
        Assert.DoesNotContain("hunter2", result.Error, StringComparison.Ordinal);
    }

    private static async Task<bool> IsMounted(string root) =>
        (await File.ReadAllTextAsync("/proc/self/mountinfo")).Contains($" {root} ", StringComparison.Ordinal);
}
