using System.Diagnostics;

namespace StreamActors.Benchmarks.Peers;

/// <summary>Small programs in C, for what a runtime's own threads would disturb.</summary>
internal static class CompiledProgram
{
    /// <summary>Compiles one.</summary>
    /// <param name="work">Where it goes.</param>
    /// <param name="name">Its name.</param>
    /// <param name="source">Its text.</param>
    /// <returns>Its path.</returns>
    public static string Make(string work, string name, string source)
    {
        var program = Path.Combine(work, name);
        File.WriteAllText($"{program}.c", source);
        using var compiler = Process.Start("gcc", ["-O2", "-pthread", "-o", program, $"{program}.c"]);
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? program : throw new InvalidOperationException($"could not compile {program}.c");
    }
}
