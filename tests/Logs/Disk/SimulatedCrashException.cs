namespace StreamActors.Logs.Tests;

/// <summary>The process under test ends here. No code of the log catches it.</summary>
public sealed class SimulatedCrashException() : Exception("the simulated process was killed");
