using Microsoft.Extensions.Logging;
using StreamActors.Cluster;

namespace StreamActors.Peers;

/// <summary>What all links and sessions of a host share.</summary>
/// <param name="Options">How members speak.</param>
/// <param name="Codec">Knows what is asked and answered.</param>
/// <param name="Connections">How others are reached.</param>
/// <param name="Time">The clock of deadlines.</param>
/// <param name="Chance">Spreads pauses.</param>
/// <param name="Log">Where it is told what happens.</param>
/// <param name="Receive">Takes what others have sent.</param>
/// <param name="Changed">Told when a member is reached, or can't be.</param>
internal sealed record PeerContext(
    PeerOptions Options, IPeerCodec Codec, PeerConnections Connections, TimeProvider Time, Random Chance, ILogger Log, Action<PeerMessage> Receive,
    Action Changed)
{
    /// <summary>A message of this host can't be sent: an ask is given back.</summary>
    public void GiveBack(PeerMessage message)
    {
        if (message is PeerMessage.Ask { Id: not 0 } ask) Receive(new PeerMessage.NotSent(ask.TypeName, ask.Id));
    }
}
