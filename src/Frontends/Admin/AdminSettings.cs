namespace StreamActors.Admin;

/// <summary>What may be done through the admin API.</summary>
public sealed record AdminSettings
{
    /// <summary>Whether nothing may be changed.</summary>
    public bool IsReadOnly { get; init; } = true;

    /// <summary>What requests must carry as <c>Authorization: Bearer TOKEN</c>; null where none is needed.</summary>
    public string? Token { get; init; }

    /// <summary>How many seed nodes are told.</summary>
    public int MaxSeedNodes { get; init; } = 5;
}
