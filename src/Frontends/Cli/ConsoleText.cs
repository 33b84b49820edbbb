namespace StreamActors.Cli;

/// <summary>Text for a terminal.</summary>
public static class ConsoleText
{
    /// <summary>Makes text one line that does nothing to the terminal, whatever paths it holds.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The text with <c>?</c> for each control character, as <c>ls</c> shows names.</returns>
    public static string OneLine(string text) => string.Create(text.Length, text, static (shown, text) =>
    {
        for (var i = 0; i < shown.Length; i++)
            shown[i] = char.IsControl(text[i]) ? '?' : text[i];
    });
}
