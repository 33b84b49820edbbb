using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace StreamActors.Kafka;

/// <summary>What librdkafka says, in the log of this process and without secrets.</summary>
internal sealed partial class KafkaLog(ILogger logger, KafkaSecrets secrets)
{
    /// <summary>Writes a line of librdkafka.</summary>
    public void Write(LogMessage line) => LogLine(logger, LevelOf(line.Level), line.Facility, secrets.Scrub(line.Message));

    /// <summary>Writes an error that belongs to no request.</summary>
    public void Write(Error error) =>
        LogError(logger, error.IsFatal ? LogLevel.Error : LogLevel.Debug, secrets.Scrub(error.Reason), error.Code);

    /// <summary>Writes why messages of a partition can't be had.</summary>
    public void Failed(string topic, int partition, string reason) => LogFailed(logger, topic, partition, secrets.Scrub(reason));

    /// <summary>Brokers that come and go are told by librdkafka as errors, each attempt anew; the operator wants to know, not to be woken.</summary>
    private static LogLevel LevelOf(SyslogLevel level) => level switch
    {
        SyslogLevel.Emergency or SyslogLevel.Alert or SyslogLevel.Critical => LogLevel.Error,
        SyslogLevel.Error or SyslogLevel.Warning => LogLevel.Warning,
        SyslogLevel.Notice or SyslogLevel.Info => LogLevel.Information,
        _ => LogLevel.Debug,
    };

    [LoggerMessage(Message = "kafka {Facility}: {Line}")]
    private static partial void LogLine(ILogger logger, LogLevel level, string facility, string line);

    [LoggerMessage(Message = "kafka: {Reason} ({Code})")]
    private static partial void LogError(ILogger logger, LogLevel level, string reason, ErrorCode code);

    [LoggerMessage(Level = LogLevel.Warning, Message = "partition {Partition} of topic {Topic}: {Reason}")]
    private static partial void LogFailed(ILogger logger, string topic, int partition, string reason);
}
