using Xunit;

namespace StreamActors.Mounted.BadInput;

/// <summary>Odd ways to write SOURCE and MOUNTPOINT, and odd names in the mount.</summary>
public sealed class PathTests
{
    [Fact]
    public Task Paths_RelativeLinkedOrSlashed_AreTheDirectoriesTheyMean() => Sandbox.Run(
        """
        echo text >src/f; ln -s src source-link; ln -s mnt mnt-link; mkdir below
        try() { (cd "$1"; up streamactors mount "$2" "$3"; is "$(cat out)" "mounted $2 on $3"; is "$(cat "$HOME/mnt/f")" text; mounted mnt; streamactors umount "$4"; not mounted mnt); }
        try . src mnt mnt
        try . ./src/// mnt/ "$HOME/mnt"
        try . source-link/ mnt-link mnt-link/
        try below ../src "$HOME/below/../mnt/." ../below/../mnt
        try src . ../mnt ../mnt
        """);

    [Theory]
    [InlineData("a blank")]
    [InlineData("comma,equals=x")]
    [InlineData("back\\slash \\040")]
    [InlineData("-o")]
    [InlineData("@file")]
    [InlineData("quote\"'")]
    [InlineData("größe 日本 🎈")]
    public Task Path_WithOddCharacters_IsMountedAndUnmounted(string name) => Sandbox.Run(
        $$"""
        name='{{name.Replace("'", "'\\''", StringComparison.Ordinal)}}'
        mkdir "./s $name" "./$name"; echo text >"./s $name/f"
        for_nobody; chown 65534 "./$name"
        for user in '' "$nobody"; do
          up $user streamactors mount "./s $name" "./$name"
          is "$(cat out)" "mounted ./s $name on ./$name"
          is "$($user cat "./$name/f")" text
          $user streamactors umount "./$name"
          [ -z "$(ls -A "./$name")" ]
        done
        """);

    [Fact]
    public Task Path_WithControlCharacters_StaysOnOneLine() => Sandbox.Run(
        """
        name=$'new\nline\t\e[31m'
        mkdir "$name"
        up streamactors mount src "$name"
        is "$(cat out)" 'mounted src on new?line??[31m'
        streamactors umount "$name"
        refused 1 'new?line??[31m is not a StreamActors mount' streamactors umount "$name"
        refused 1 "source new?line??[31mx does not exist" streamactors mount "$name"x mnt
        """);

    [Fact]
    public Task Path_NotUtf8_IsRefusedWithTheReason() => Sandbox.Run(
        """
        name=$'bad\xff'; mkdir "$name"; touch "$name/f"
        refused 1 'only a path in UTF-8 can be given' streamactors mount "$name" mnt
        refused 1 'only a path in UTF-8 can be given' streamactors mount src "$name"
        cd "$name"; refused 1 'is not UTF-8' streamactors mount ../src .; rm -f f out err
        up streamactors mount . ../mnt; touch ../mnt/new; [ -e new ]
        """);

    [Fact]
    public Task Path_VeryLong_IsMountedOrRefused() => Sandbox.Run(
        """
        long=$(printf 'd%.0s' $(seq 200)); deep=$long; for i in $(seq 17); do deep=$deep/$long; done
        mkdir -p "$deep"; echo text >src/f
        up streamactors mount "$deep" mnt; streamactors umount mnt
        up streamactors mount src "$deep"; is "$(cat "$deep/f")" text; streamactors umount "$deep"
        refused 1 "can't be opened: file name too long" streamactors mount "$(printf 'x%.0s' $(seq 256))" mnt
        refused 1 "can't be opened: file name too long" streamactors mount src "$deep/$deep"
        cd "$deep"; mkdir -p "$deep"; cd "$deep"
        "$HOME/bin/streamactors" mount "$HOME/src" . >"$HOME/out" 2>"$HOME/err" && fail mounted || is $? 1
        cd "$HOME"; is "$(cat err)" 'streamactors: mountpoint .: file name too long'
        """);

    [Fact]
    public Task Names_AtTheLimits_AreThoseOfTheFileSystem() => Sandbox.Run(
        """
        up streamactors mount src mnt
        n255=$(printf 'n%.0s' $(seq 255))
        touch "mnt/$n255"; [ -e "src/$n255" ]; mv "mnt/$n255" "mnt/${n255%n}m"
        for change in "touch mnt/${n255}n" "mkdir mnt/${n255}n" "ln -s x mnt/${n255}n" "mv mnt/${n255%n}m mnt/${n255}n" "cat mnt/${n255}n"; do
          fails 'File name too long' $change
        done
        touch mnt/$'bad\xff\n'; [ -e src/$'bad\xff\n' ]; ls mnt | grep -q bad
        python3 - <<'PYTHON'
        import os
        here = os.open('mnt', os.O_RDONLY)
        for depth in range(100):
            os.mkdir('d' * 200, dir_fd=here)
            here = os.open('d' * 200, os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
        leaf = os.open('leaf', os.O_CREAT | os.O_RDWR, dir_fd=here)
        os.write(leaf, b'text')
        assert os.pread(leaf, 9, 0) == b'text' and os.listdir(here) == ['leaf'] and os.fstat(leaf).st_size == 4
        os.rename('leaf', 'moved', src_dir_fd=here, dst_dir_fd=here)
        os.unlink('moved', dir_fd=here)
        PYTHON
        is "$(find src -type d | wc -l)" "$(find mnt -type d | wc -l)"
        rm -r mnt/d*
        is "$(ls src | grep -c '^d')" 0
        """);
}
