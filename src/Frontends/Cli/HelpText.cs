namespace StreamActors.Cli;

/// <summary>The text of <c>--help</c>.</summary>
internal static class HelpText
{
    private const string Root = """
        streamactors mounts streams as files: streams of your own, and those in a directory.

        usage:
          streamactors mount SOURCE MOUNTPOINT [-o key=value,…] [--config FILE]
                             [--layout partitions|topics] [--daemon]
                             [--cluster NAME@ENDPOINT,…] [--listen HOST:PORT]
                             [--admin HOST:PORT] [--data DIR]
          streamactors umount MOUNTPOINT
          streamactors --help | --version

        commands:
          mount     show SOURCE at MOUNTPOINT: a directory, in which each JSON stream file
                    (*.dir) becomes a directory of topics that grow; or log:DIR, streams
                    that are kept in DIR
          umount    unmount MOUNTPOINT

        Each command tells more with --help.

        examples:
          streamactors mount ./data ./mnt
          tail -f ./mnt/example.dir/23/0
          streamactors umount ./mnt
          streamactors mount log:./streams ./mnt --daemon
          mkdir -p ./mnt/films/comedy && echo Playtime >> ./mnt/films/comedy/0

        exit status: 0 done, 1 failed, 2 wrong usage or settings

        """;

    private const string Mount = """
        usage: streamactors mount SOURCE MOUNTPOINT [options]
               streamactors mount MOUNTPOINT --config FILE [options]

        Shows SOURCE at MOUNTPOINT, an empty directory. Prints "mounted SOURCE on MOUNTPOINT"
        when the mount answers, runs until SIGINT or SIGTERM, then unmounts. SOURCE is one of
          DIR        a directory: ordinary files as they are, and each JSON stream file
                     (*.dir) as a directory of topics; one with a colon as ./a:b
          log:DIR    streams that are made by mkdir, appended to, and kept in DIR
        Without SOURCE, FILE says what is mounted; beside it, FILE can name more volumes.

        options:
          -o key=value,…     mount options and settings, see below; may be repeated
          --config FILE      settings in HOCON, and volumes { "/s" { type = log, dir = … } }
          --layout LAYOUT    partitions: a topic is a directory of partitions (default)
                             topics: a topic with one partition is a file
          --daemon           return when the mount answers, and serve it in the background
          --cluster NAME@ENDPOINT,…
                             be a member of a cluster that etcd keeps at http://host:2379;
                             Kafka volumes are then one tree on all of its hosts
          --listen HOST:PORT where other members are heard (127.0.0.1:8557)
          --admin HOST:PORT  where Akka Management's HTTP API answers (127.0.0.1:8558)
          --data DIR         what this host keeps of its cluster
          -h, --help         this text

        mount options:
          ro, rw                   refuse, or allow, changes (rw)
          allow_other              let other users in
          default_permissions      let the kernel check permissions (on);
                                   no_default_permissions turns it off
          uid=N, gid=N             owner and group that everything shows (its own)
          umask=OCTAL              permissions that nothing shows (each its own)
          fsname=NAME              name in the table of mounts (streamactors)
          attr_timeout=SECONDS     how long the kernel may keep attributes (1.0)
          entry_timeout=SECONDS    how long the kernel may keep names (1.0)
          nosuid, suid             ignore, or honour, set-user-id bits (nosuid)
          nodev, dev               ignore, or honour, device files (nodev)
          nonempty                 allow a MOUNTPOINT that is not empty

        Any other setting is given by its path, as in -o simulated.interval=100ms; all are
        listed in hocon/reference.conf. A comma inside a value is written \, and a value in
        double quotes may hold \n and other escapes.

        Later settings win: built-in defaults, --config, environment
        (STREAMACTORS_SIMULATED_INTERVAL), -o, other options. Credentials are refused in -o
        and --cluster, where the list of processes shows them: put them in the file or the
        environment.

        examples:
          streamactors mount ./data ./mnt
          streamactors mount ./data ./mnt -o ro,allow_other --layout topics
          streamactors mount ./data ./mnt -o simulated.interval=100ms --daemon
          streamactors mount ./data ./mnt --config my.conf
          streamactors mount log:/var/lib/streams ./mnt -o log-volume.partitions=4

        exit status: 0 unmounted, or serving in the background; 1 failed;
        2 wrong usage or settings

        """;

    private const string Umount = """
        usage: streamactors umount MOUNTPOINT

        Unmounts what streamactors has mounted at MOUNTPOINT, also when its server is gone.
        Fails while files under it are open.

        options:
          -h, --help         this text

        example:
          streamactors umount ./mnt

        exit status: 0 unmounted, 1 failed, 2 wrong usage

        """;

    /// <summary>The help of a command, or of the program itself.</summary>
    /// <param name="command">The command's name.</param>
    public static string Of(string command) => command switch
    {
        "mount" => Mount,
        "umount" => Umount,
        _ => Root,
    };
}
