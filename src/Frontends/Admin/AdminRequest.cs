namespace StreamActors.Admin;

/// <summary>A request, without a socket.</summary>
/// <param name="Method">In capitals.</param>
/// <param name="Path">The path as it was sent, percent-encoded, without the query.</param>
/// <param name="Form">The fields of its form.</param>
/// <param name="Authorization">The header of that name; null for none.</param>
public sealed record AdminRequest(
    string Method, string Path, IReadOnlyDictionary<string, string> Form, string? Authorization = null);

/// <summary>The answer to a request.</summary>
/// <param name="Status">The status code.</param>
/// <param name="ContentType">What the body is.</param>
/// <param name="Body">The body; empty for none.</param>
public sealed record AdminReply(int Status, string ContentType, string Body);
