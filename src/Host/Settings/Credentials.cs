namespace StreamActors.Host.Settings;

/// <summary>Names under which credentials are given.</summary>
internal static class Credentials
{
    /// <summary>What names a credential wherever it stands in a name, as in <c>sslpassword</c>.</summary>
    private static readonly string[] Parts =
        ["password", "passwd", "passphrase", "secret", "token", "credential", "sasl", "jaas", "apikey", "privatekey", "keytab", "keystore"];

    /// <summary>What names a credential as a word of its own: <c>ssl.key.pem</c>, but not <c>monkey</c>.</summary>
    private static readonly string[] Words = ["key", "keys", "pem", "pwd", "pass", "auth", "bearer"];

    private const string FileEnd = "-file";

    /// <summary>Whether a setting of this name would hold a credential.</summary>
    public static bool IsNamedBy(string name)
    {
        // Where one is kept is no secret.
        if (name.EndsWith(FileEnd, StringComparison.OrdinalIgnoreCase))
            return false;

        foreach (var part in Parts)
        {
            if (name.Contains(part, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return name.Split('.', '-', '_').Any(static word => Words.Contains(word, StringComparer.OrdinalIgnoreCase));
    }
}
