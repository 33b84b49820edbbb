using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace StreamActors.Hosts.Network;

/// <summary>Sockets of this process in the network namespaces of others: a socket stays in the one in which it was made.</summary>
internal static class NamespaceSockets
{
    private const int NetworkNamespace = 0x40000000; // CLONE_NEWNET

    /// <summary>Makes a TCP socket in the network of a process.</summary>
    /// <param name="process">The process.</param>
    public static Socket New(int process)
    {
        Socket? made = null;
        Exception? refused = null;
        // A thread that has moved is not used for anything else.
        var thread = new Thread(() =>
        {
            try
            {
                using var network = File.OpenHandle($"/proc/{process}/ns/net", share: FileShare.ReadWrite | FileShare.Delete);
                if (setns(network, NetworkNamespace) != 0)
                    throw new Win32Exception(Marshal.GetLastPInvokeError());
                made = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            }
            catch (Exception cause)
            {
                refused = cause;
            }
        });
        thread.Start();
        thread.Join();
        return made ?? throw new InvalidOperationException($"no socket in the network of process {process}", refused);
    }

#pragma warning disable CA5392, SYSLIB1054 // Of the C library, which is loaded already; source-generated imports would be unsafe code.
    [DllImport("libc", SetLastError = true)]
    private static extern int setns(SafeHandle descriptor, int kind);
#pragma warning restore CA5392, SYSLIB1054
}
