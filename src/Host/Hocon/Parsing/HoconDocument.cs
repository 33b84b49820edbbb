namespace StreamActors.Hocon.Parsing;

/// <summary>The files of one document: opens them, and keeps the bounds that hold for all of them together.</summary>
internal sealed class HoconDocument
{
    private readonly Stack<string> _open = new();
    private int _includes;
    private long _bytes;

    /// <summary>Reads the file that the user named.</summary>
    /// <exception cref="HoconException">It can't be read, is too large, or is not UTF-8.</exception>
    public SourceText Open(string path, HoconOrigin at)
    {
        try
        {
            var fullPath = Path.GetFullPath(path);
            if (_open.Contains(fullPath))
                throw new HoconException(at, $"expected no cycle of includes, found {HoconText.Quote(path)} inside itself");

            var source = SourceText.Decode(path, ReadBounded(fullPath, at), Path.GetDirectoryName(path) ?? "/");
            _open.Push(fullPath);
            return source;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var file = at.Line == 0 ? "the file" : HoconText.Quote(path);
            throw new HoconException(at, $"cannot read {file}: {Reason(path, cause)}", cause);
        }
    }

    /// <summary>Reads a file that another one includes.</summary>
    /// <exception cref="HoconException">As <see cref="Open"/>; or the includes are too many or too deep.</exception>
    public SourceText OpenIncluded(SourceText from, string name, HoconOrigin at)
    {
        if (from.BaseDirectory is null)
            throw new HoconException(at, "expected no include: this source is not a file");

        if (++_includes > HoconLimits.MaxIncludes)
            throw new HoconException(at, $"expected at most {HoconLimits.MaxIncludes} includes");

        if (_open.Count >= HoconLimits.MaxIncludeDepth)
            throw new HoconException(at, $"expected at most {HoconLimits.MaxIncludeDepth} files inside one another");

        return Open(Path.Combine(from.BaseDirectory, name), at);
    }

    /// <summary>The file opened last has been parsed.</summary>
    public void Close() => _open.Pop();

    private byte[] ReadBounded(string fullPath, HoconOrigin at)
    {
        using var file = new FileStream(fullPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        using var content = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int read; (read = file.Read(buffer)) > 0;)
        {
            content.Write(buffer.AsSpan(0, read));
            _bytes += read;
            if (content.Length > HoconLimits.MaxFileBytes)
                throw new HoconException(at, $"expected a file of at most {HoconLimits.MaxFileBytes} bytes");

            if (_bytes > HoconLimits.MaxDocumentBytes)
                throw new HoconException(at, $"expected at most {HoconLimits.MaxDocumentBytes} bytes with all includes");
        }

        return content.ToArray();
    }

    private static string Reason(string path, Exception cause) => cause switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is none of this name",
        UnauthorizedAccessException when Directory.Exists(path) => "it is a directory",
        UnauthorizedAccessException => "permission denied",
        _ => cause.Message.ReplaceLineEndings(" "),
    };
}
