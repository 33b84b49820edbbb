using Xunit;

namespace StreamActors.Mounted.Logs;

/// <summary><c>.configuration</c>, as shells, cp and editors write it.</summary>
public sealed class ConfigurationTests
{
    private const string Up =
        """
        up streamactors mount log:log mnt
        mkdir -p mnt/s/t mnt/o/t
        file=mnt/s/.configuration
        default='{"start":"","stop":"","separator":"\n","size":false}'

        """;

    [Fact]
    public Task Configuration_OfANewStream_IsLines() => Sandbox.Run(Up +
        """
        is "$(cat $file)" "$default"; is "$(stat -c %s $file)" "$(cat $file | wc -c)"; is "$(wc -l <$file)" 1
        """);

    [Fact]
    public Task Configuration_Written_IsTakenAtClose() => Sandbox.Run(Up +
        """
        echo '{"start":"<","stop":">","separator":";","size":false}' >$file
        is "$(cat $file)" '{"start":"<","stop":">","separator":";","size":false}'
        printf '<a>;<b>;' >>mnt/s/t/0; is "$(cat mnt/s/t/0)" '<a>;<b>;'; is "$(cat mnt/s/t/.json/0 | wc -l)" 2
        { printf '{"size"'; /bin/true; printf ':true,"separator":""}'; } >mnt/o/.configuration
        is "$(cat mnt/o/.configuration)" '{"start":"","stop":"","separator":"","size":true}'
        streamactors umount mnt; up streamactors mount log:log mnt
        is "$(cat $file)" '{"start":"<","stop":">","separator":";","size":false}'; is "$(cat mnt/s/t/0)" '<a>;<b>;'
        """);

    [Fact]
    public Task Configuration_ByCpTeeDdAndPython_IsTaken() => Sandbox.Run(Up +
        """
        echo '{"separator":";"}' >new
        cp new $file; is "$(getfattr --only-values -n user.streamactors.framing mnt/s/t/0)" '{"start":"","stop":"","separator":";","size":false}'
        cp $file mnt/o/.configuration; is "$(cat mnt/o/.configuration)" "$(cat $file)"
        echo "$default" | tee $file >out; is "$(cat $file)" "$default"
        dd if=new of=$file status=none; is "$(cat $file)" '{"start":"","stop":"","separator":";","size":false}'
        python3 -c 'open("mnt/s/.configuration", "w").write("{}")'; is "$(cat $file)" "$default"
        cat new >$file; touch $file; : >$file; is "$(cat $file)" '{"start":"","stop":"","separator":";","size":false}'
        """);

    [Fact]
    public Task Configuration_ThatIsInvalid_IsToldAtClose_AndChangesNothing() => Sandbox.Run(Up +
        """
        for text in nonsense '[]' '{"start":1}' '{"colour":""}' '{"size":true,"size":true}' '{}{}'; do
          echo "$text" >text; fails 'Invalid argument' cp text $file
          is "$(cat $file)" "$default"
        done
        echo '{}' >text; fails 'Invalid argument' tee -a $file <text
        head -c 70000 /dev/zero >text; fails 'File too large' cp text $file
        is "$(cat $file)" "$default"
        """);

    /// <summary>A shell's redirection does not say what its close was told.</summary>
    [Fact]
    public Task Refusal_AtAClose_IsLoggedWithItsReason() => Sandbox.Run(
        """
        serve streamactors mount log:kept mnt; mkdir -p mnt/s/t
        bash -c 'echo "{\"colour\":1}" >mnt/s/.configuration'; echo one >>mnt/s/t/0; bash -c 'echo "{}" >mnt/s/.configuration'
        bash -c 'printf "{\"valu\":1}" >mnt/s/t/.json/.produce'
        fails 'Invalid argument' cp mnt/s/.configuration mnt/s/t/.json/.produce; fails 'Invalid argument' mkdir mnt/.x
        kill $server; ended 0
        grep -q 'warn.*\.configuration of stream .* EINVAL: a framing has the members' log || fail "$(cat log)"
        grep -q 'warn.*\.configuration of stream .* EPERM' log || fail "$(cat log)"
        grep -q 'warn.*SinkHandle .* EINVAL' log || fail "$(cat log)"; is "$(wc -l <log)" 3
        """);

    [Fact]
    public Task Configuration_OfAStreamWithMessages_StaysAsItIs() => Sandbox.Run(Up +
        """
        echo one >>mnt/s/t/0; echo '{"separator":";"}' >new
        fails 'Operation not permitted' cp new $file
        is "$(cat $file)" "$default"; is "$(cat mnt/s/t/0)" one
        rmdir mnt/s/t; mkdir mnt/s/t; cp new $file; printf 'a;b;' >>mnt/s/t/0; is "$(cat mnt/s/t/.json/0 | wc -l)" 2
        """);

    [Fact]
    public Task Configuration_CanNotBeRemovedMovedOrCut() => Sandbox.Run(Up +
        """
        fails 'Operation not permitted' rm $file
        fails 'Operation not permitted' mv $file mnt/o/x
        fails 'Operation not permitted' chmod 644 $file
        fails 'Operation not permitted' python3 -c 'import os; os.truncate("mnt/s/.configuration", 0)'
        fails 'Operation not permitted' sed -i s/false/true/ $file
        is "$(cat $file)" "$default"
        """);

    [Fact]
    public Task Topic_OfAnotherFraming_IsNotMoved() => Sandbox.Run(Up +
        """
        echo '{"separator":";"}' >$file
        fails 'Operation not permitted' mv mnt/s/t mnt/o/u
        is "$(ls mnt/s mnt/o)" "$(printf 'mnt/o:\nt\n\nmnt/s:\nt')"
        """);
}
