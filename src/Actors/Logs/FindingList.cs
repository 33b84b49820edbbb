namespace StreamActors.Logs;

/// <summary>What was found, each thing once, up to a bound.</summary>
internal sealed class FindingList
{
    /// <summary>The most findings that are kept; a disk that is that wrong needs no longer list.</summary>
    public const int MaxFindings = 1000;

    private readonly List<LogFinding> _findings = [];

    public IReadOnlyList<LogFinding> All => _findings;

    public void Note(FindingKind kind, string path, string detail)
    {
        var finding = new LogFinding(kind, path, detail);
        if (_findings.Count < MaxFindings && !_findings.Contains(finding))
            _findings.Add(finding);
    }
}
