using Confluent.Kafka;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>What the errors of brokers, and of librdkafka itself, mean here: the one table from theirs to ours.</summary>
internal static class BrokerErrors
{
    /// <summary>The fault that an error is.</summary>
    /// <param name="code">The error's code, not <see cref="ErrorCode.NoError"/>.</param>
    /// <returns>The fault; <see cref="Fault.InputOutput"/> for those that say nothing better.</returns>
    public static Fault FaultOf(ErrorCode code) => code switch
    {
        ErrorCode.Local_TimedOut or ErrorCode.Local_TimedOutQueue or ErrorCode.Local_MsgTimedOut or ErrorCode.RequestTimedOut => Fault.TimedOut,
        // Nobody answers, or not yet: an outage that may end.
        ErrorCode.Local_Transport or ErrorCode.Local_AllBrokersDown or ErrorCode.Local_Resolve or ErrorCode.BrokerNotAvailable
            or ErrorCode.NetworkException or ErrorCode.LeaderNotAvailable or ErrorCode.NotLeaderForPartition or ErrorCode.ReplicaNotAvailable
            or ErrorCode.GroupCoordinatorNotAvailable or ErrorCode.NotCoordinatorForGroup or ErrorCode.GroupLoadInProgress
            or ErrorCode.NotController or ErrorCode.Local_WaitCoord or ErrorCode.Local_NodeUpdate or ErrorCode.NotEnoughReplicas
            or ErrorCode.FencedLeaderEpoch or ErrorCode.UnknownLeaderEpoch or ErrorCode.OffsetNotAvailable => Fault.TimedOut,
        ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed
            or ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed or ErrorCode.UnsupportedSaslMechanism or ErrorCode.Local_Ssl => Fault.AccessDenied,
        ErrorCode.UnknownTopicOrPart or ErrorCode.UnknownTopicId or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition => Fault.NotFound,
        ErrorCode.OffsetOutOfRange or ErrorCode.Local_AutoOffsetReset => Fault.Removed,
        ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge => Fault.MessageTooLarge,
        ErrorCode.NonEmptyGroup or ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration or ErrorCode.RebalanceInProgress
            or ErrorCode.GroupSubscribedToTopic => Fault.Busy,
        ErrorCode.TopicAlreadyExists => Fault.Exists,
        ErrorCode.TopicException or ErrorCode.InvalidPartitions or ErrorCode.InvalidReplicationFactor or ErrorCode.InvalidConfig
            or ErrorCode.InvalidReplicaAssignment or ErrorCode.InvalidGroupId or ErrorCode.InvalidRecord or ErrorCode.Local_InvalidArg => Fault.Invalid,
        ErrorCode.PolicyViolation or ErrorCode.TopicDeletionDisabled => Fault.NotPermitted,
        ErrorCode.Local_QueueFull or ErrorCode.ThrottlingQuotaExceeded => Fault.Overloaded,
        _ => Fault.InputOutput,
    };

    /// <summary>An error as a failure.</summary>
    /// <param name="doing">What was tried, e.g. <c>topic films can't be listed</c>.</param>
    /// <param name="error">The error.</param>
    /// <param name="secrets">What must not be told.</param>
    /// <returns>The failure; its cause is not the exception, whose text may hold a secret.</returns>
    public static Failure FailureOf(string doing, Error error, KafkaSecrets secrets) =>
        new(FaultOf(error.Code), secrets.Scrub($"{doing}: {error.Reason} ({error.Code})"));
}
