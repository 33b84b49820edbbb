namespace StreamActors.Remote;

/// <summary>Values of a closed set by those of the protocol that have the same names: the protocol's numbers stay, whatever is added here.</summary>
/// <typeparam name="TModel">The set.</typeparam>
/// <typeparam name="TWire">The set of the protocol.</typeparam>
internal static class EnumNumbers<TModel, TWire>
    where TModel : struct, Enum
    where TWire : struct, Enum
{
    private static readonly Dictionary<TModel, TWire> ToProtocol =
        Enum.GetValues<TModel>().ToDictionary(model => model, model => Enum.Parse<TWire>(model.ToString()));

    private static readonly Dictionary<TWire, TModel> FromProtocol = ToProtocol.ToDictionary(pair => pair.Value, pair => pair.Key);

    public static TWire Write(TModel value) => ToProtocol[value];

    /// <summary>Reads one.</summary>
    /// <returns>Null where this version does not know it.</returns>
    public static TModel? Read(TWire value) => FromProtocol.TryGetValue(value, out var known) ? known : null;
}
