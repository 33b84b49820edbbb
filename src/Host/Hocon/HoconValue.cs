namespace StreamActors.Hocon;

/// <summary>A value of a document, with the place where it was written. Values never change.</summary>
public abstract class HoconValue
{
    private protected HoconValue(HoconOrigin origin) => Origin = origin;

    /// <summary>Where the value was written.</summary>
    public HoconOrigin Origin { get; }

    /// <summary>What the value is, for messages: <c>an object</c>, <c>an array</c>, <c>null</c>, <c>"text"</c>.</summary>
    public abstract string Describe();
}
