namespace StreamActors.Hocon;

/// <summary>The bounds of the reader: a document beyond one of them is refused, never read in part.</summary>
public static class HoconLimits
{
    /// <summary>Largest file, in bytes.</summary>
    public const int MaxFileBytes = 1 << 20;

    /// <summary>Largest sum of a file and all that it includes, in bytes.</summary>
    public const int MaxDocumentBytes = 16 << 20;

    /// <summary>Deepest nesting of objects, arrays and path elements, in levels.</summary>
    public const int MaxNestingDepth = 64;

    /// <summary>Deepest chain of files that include one another, in files.</summary>
    public const int MaxIncludeDepth = 16;

    /// <summary>Most include statements in a document, in statements.</summary>
    public const int MaxIncludes = 1000;

    /// <summary>Deepest evaluation of values that refer to one another, in values.</summary>
    public const int MaxResolveDepth = 512;

    /// <summary>Most evaluations of values in a document; substitutions repeat what they refer to.</summary>
    public const int MaxResolvedValues = 200_000;

    /// <summary>Longest sum of the strings that concatenation makes in a document, in UTF-16 code units.</summary>
    public const int MaxConcatenatedChars = 16 << 20;
}
