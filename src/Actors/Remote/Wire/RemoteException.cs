namespace StreamActors.Remote;

/// <summary>Something was thrown on another host.</summary>
/// <param name="text">What its log says of it.</param>
public sealed class RemoteException(string text) : Exception(text);
