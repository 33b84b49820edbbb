using Confluent.Kafka;
using static StreamActors.Kafka.Tests.Clients;

namespace StreamActors.Kafka.Tests;

/// <summary>Secrets stay secret, errors are of the closed set, and what the volume depends on can't be set.</summary>
public sealed class SecretTests
{
    [Fact]
    public void Password_RefusedByTheLibrary_IsNotTold()
    {
        var created = KafkaClient.Create(OptionsFor("127.0.0.1:1", ("security.protocol", "ssl"), ("ssl.key.password", "hush-hush"), ("ssl.key.pem", "hush-key-hush")), new Lines(), TimeProvider.System);

        Assert.NotNull(created.Failure);
        Assert.DoesNotContain("hush", created.Failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Password_IsInNoLineOfTheLog()
    {
        const string Password = "correct-horse";
        var lines = new Lines();
        using (var client = Open(
            OptionsFor("127.0.0.1:1", ("security.protocol", "sasl_plaintext"), ("sasl.mechanism", "PLAIN"), ("sasl.username", "me"), ("sasl.password", Password), ("debug", "all"))
                with
            { Deadline = TimeSpan.FromMilliseconds(300) }, lines))
            Assert.NotNull(client.ListTopics().Failure);

        Assert.Contains("sasl", lines.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, lines.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sasl.password", true)]
    [InlineData("ssl.key.password", true)]
    [InlineData("ssl.key.pem", true)]
    [InlineData("sasl.oauthbearer.client.secret", true)]
    [InlineData("sasl.oauthbearer.config", true)]
    [InlineData("sasl.username", false)]
    [InlineData("ssl.ca.location", false)]
    public void Property_IsASecret_OrNot(string name, bool expected) => Assert.Equal(expected, KafkaSecrets.IsSecret(name));

    [Fact]
    public void Secret_WithinAnother_IsMaskedWithIt()
    {
        var secrets = new KafkaSecrets([KeyValuePair.Create("sasl.password", "abc"), KeyValuePair.Create("ssl.key.password", "abcdef")]);

        Assert.Equal("x *** y *** z", secrets.Scrub("x abcdef y abc z"));
    }

    [Fact]
    public void Property_OfNoSuchName_IsToldByName() =>
        Assert.Contains("no.such.property", KafkaClient.Create(OptionsFor("127.0.0.1:1", ("no.such.property", "1")), new Lines(), TimeProvider.System).Failure!.Reason, StringComparison.Ordinal);

    [Theory]
    [InlineData("acks")]
    [InlineData("enable.idempotence")]
    [InlineData("isolation.level")]
    [InlineData("bootstrap.servers")]
    public void Property_ThatPromisesDependOn_IsOurs(string name) => Assert.True(KafkaProperties.IsOwn(name));

    [Fact]
    public void Error_EachOne_IsAFault() =>
        Assert.All(Enum.GetValues<ErrorCode>().Where(code => code != ErrorCode.NoError), code => Assert.NotEqual(Fault.None, BrokerErrors.FaultOf(code)));
}
