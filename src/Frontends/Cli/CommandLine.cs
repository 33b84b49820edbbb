using System.CommandLine;
using System.Reflection;

namespace StreamActors.Cli;

/// <summary>The command line: parses it, and calls the host.</summary>
/// <remarks>
/// System.CommandLine only parses here; its invocation pipeline, with its own handling of signals and exceptions, is
/// not used, because signals are the host's.
/// </remarks>
public static class CommandLine
{
    private static readonly Option<bool> Help = new("--help", "-h", "-?") { Recursive = true, Arity = ArgumentArity.Zero };
    private static readonly Option<bool> Version = new("--version") { Arity = ArgumentArity.Zero };

    private static readonly Argument<string> Source = new("SOURCE") { Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<string> Mountpoint = new("MOUNTPOINT") { Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string[]> MountOptions = new("-o") { Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string> ConfigFile = new("--config");
    private static readonly Option<string> Layout = new("--layout");
    private static readonly Option<bool> Daemon = new("--daemon") { Arity = ArgumentArity.Zero };
    private static readonly Option<string> Cluster = new("--cluster");
    private static readonly Option<string> Listen = new("--listen");
    private static readonly Option<string> Admin = new("--admin");
    private static readonly Option<string> Data = new("--data");
    private static readonly Command Mount = new("mount")
    {
        Source, Mountpoint, MountOptions, ConfigFile, Layout, Daemon, Cluster, Listen, Admin, Data,
    };

    private static readonly Argument<string> Mounted = new("MOUNTPOINT") { Arity = ArgumentArity.ZeroOrOne };
    private static readonly Command Umount = new("umount") { Mounted };

    private static readonly RootCommand Root = CreateRoot();

    // A source or an option may well start with @: it never names a file of arguments.
    private static readonly ParserConfiguration Parser = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    /// <summary>Runs one command.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="commands">What carries the commands out.</param>
    /// <param name="output">Standard output: gets help and version.</param>
    /// <param name="error">Standard error: gets one line for a wrong usage.</param>
    /// <returns>The exit status: that of the command, or <see cref="ExitCode.Usage"/>.</returns>
    public static Task<int> RunAsync(string[] args, IHostCommands commands, TextWriter output, TextWriter error)
    {
        var parsed = Root.Parse(SplitShortOptions(args), Parser);
        var command = parsed.CommandResult.Command;
        if (parsed.GetValue(Help))
            return PrintAsync(output, HelpText.Of(command.Name));

        if (FindError(parsed) is { } problem)
            return RefuseAsync(error, problem, command);

        if (parsed.GetValue(Version))
            return PrintAsync(output, $"streamactors {ProductVersion()}{Environment.NewLine}");

        if (command == Mount)
            return commands.MountAsync(ReadMount(parsed), CancellationToken.None);

        return commands.UmountAsync(new UmountCommand(parsed.GetRequiredValue(Mounted)), CancellationToken.None);
    }

    private static RootCommand CreateRoot()
    {
        var root = new RootCommand();
        root.Options.Clear();
        // With directives, an argument in brackets would be taken for one.
        root.Directives.Clear();
        root.Options.Add(Help);
        root.Options.Add(Version);
        root.Subcommands.Add(Mount);
        root.Subcommands.Add(Umount);
        return root;
    }

    /// <summary>Splits <c>-oVALUE</c>, which mount(8) knows and System.CommandLine would take for bundled flags.</summary>
    private static List<string> SplitShortOptions(string[] args)
    {
        var split = new List<string>(args.Length + 1);
        var optionsEnded = false;
        foreach (var arg in args)
        {
            optionsEnded |= arg == "--";
            if (!optionsEnded && arg.StartsWith("-o", StringComparison.Ordinal) && arg.Length > 2 && arg[2] != '=')
                split.AddRange(["-o", arg[2..]]);
            else
                split.Add(arg);
        }

        return split;
    }

    private static MountCommand ReadMount(ParseResult parsed) => new(
        // Alone it is MOUNTPOINT, and the file says what is mounted.
        IsMissing(parsed, Mountpoint) ? null : parsed.GetRequiredValue(Source),
        IsMissing(parsed, Mountpoint) ? parsed.GetRequiredValue(Source) : parsed.GetRequiredValue(Mountpoint),
        parsed.GetValue(MountOptions) ?? [],
        parsed.GetValue(ConfigFile),
        parsed.GetValue(Layout),
        parsed.GetValue(Daemon),
        new ClusterOptions(parsed.GetValue(Cluster), parsed.GetValue(Listen), parsed.GetValue(Admin), parsed.GetValue(Data)));

    private static string? FindError(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens is [var token, ..])
            return $"unexpected argument '{token}'";

        var command = parsed.CommandResult.Command;
        if (command == Root)
            return parsed.GetValue(Version) ? null : "expected a command: mount or umount";

        if (parsed.Errors is [var first, ..])
            return char.ToLowerInvariant(first.Message[0]) + first.Message[1..].TrimEnd('.');

        if (command == Umount)
            return IsMissing(parsed, Mounted) ? "umount: expected MOUNTPOINT" : null;

        var needsBoth = parsed.GetResult(ConfigFile) is null || parsed.GetResult(Mountpoint) is { Tokens.Count: > 0 };
        if (IsMissing(parsed, Source) || (needsBoth && IsMissing(parsed, Mountpoint)))
            return "mount: expected SOURCE and MOUNTPOINT";

        return parsed.GetResult(ConfigFile) is not null && string.IsNullOrEmpty(parsed.GetValue(ConfigFile))
            ? "mount: expected a file after --config"
            : null;
    }

    private static bool IsMissing(ParseResult parsed, Argument<string> argument) =>
        string.IsNullOrEmpty(parsed.GetValue(argument));

    private static async Task<int> PrintAsync(TextWriter output, string text)
    {
        await output.WriteAsync(text);
        await output.FlushAsync();
        return ExitCode.Success;
    }

    private static async Task<int> RefuseAsync(TextWriter error, string problem, Command command)
    {
        var help = command == Root ? "streamactors --help" : $"streamactors {command.Name} --help";
        await error.WriteLineAsync(ConsoleText.OneLine($"streamactors: {problem} (see {help})"));
        await error.FlushAsync();
        return ExitCode.Usage;
    }

    /// <summary>The version as it was built, without the commit that the SDK appends.</summary>
    private static string ProductVersion() =>
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];
}
