"""First process of an engine's namespaces: starts the daemon, and again at SIGUSR1; reaps.

usage: inside.py HOME OUTER_NET COMMAND...      run by supervise.py under unshare

It is PID 1 of its PID namespace: when it ends, the kernel ends the daemon, its containers and all
that they started; mounts and networks go with their namespaces.
"""
import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
MS_NOSUID_NODEV_NOEXEC = 2 | 4 | 8
MNT_DETACH = 2
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
SIGNALS = {signal.SIGCHLD, signal.SIGUSR1, signal.SIGTERM}


def mount(kind, target, options=""):
    if libc.mount(b"none", target.encode(), kind.encode(), MS_NOSUID_NODEV_NOEXEC,
                  options.encode()) != 0:
        raise OSError(ctypes.get_errno(), f"mount {kind} on {target}")


def hide_the_machine():
    """Sockets, locks and leases of the machine's own engines are not for this one."""
    mount("tmpfs", "/run", "mode=755")
    for folder in ("/var/lib/cni",):
        if os.path.isdir(folder):
            mount("tmpfs", folder)


def own_cgroups():
    """Mounts the hierarchies anew: their root is now the group that supervise.py made."""
    with open("/proc/self/mountinfo") as f:
        rows = [line.split() for line in f]
    for row in rows:
        dash = row.index("-")
        kind, target, options = row[dash + 1], row[4], row[dash + 3]
        if kind in ("cgroup", "cgroup2"):  # over the old one the kernel says EBUSY
            libc.umount2(target.encode(), MNT_DETACH)
        if kind == "cgroup":
            names = [o for o in options.split(",") if o not in ("rw", "ro", "xattr", "clone_children")
                     and not o.startswith("release_agent=")]
            mount("cgroup", target, ",".join(names))
        elif kind == "cgroup2":
            mount("cgroup2", target)
            hand_down_controllers(target)


def hand_down_controllers(top):
    """A group of cgroup v2 with processes in it gives its children no controllers: leave it first."""
    with open(top + "/cgroup.controllers") as f:
        controllers = f.read().split()
    if "memory" not in controllers:
        return  # a hybrid machine: the controllers are with v1
    os.makedirs(top + "/init", exist_ok=True)
    with open(top + "/init/cgroup.procs", "w") as f:
        f.write("0")
    with open(top + "/cgroup.subtree_control", "w") as f:
        f.write(" ".join("+" + c for c in controllers))


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = bytearray(struct.pack("16sH14x", b"lo", 0))
        fcntl.ioctl(s, SIOCGIFFLAGS, request)
        flags = struct.unpack_from("H", request, 16)[0]
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))


def start(home, command):
    for stale in ("/dockerd.pid",):  # its number may be another process's by now
        if os.path.exists(home + stale):
            os.unlink(home + stale)
    pid = os.fork()
    if pid == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        os.setsid()
        try:
            os.execv(command[0], command)
        finally:
            os._exit(127)
    with open(home + "/daemon.new", "w") as f:
        f.write(str(pid))
    os.rename(home + "/daemon.new", home + "/daemon")
    return pid


def main():
    home, outer_net, command = sys.argv[1], sys.argv[2], sys.argv[3:]
    if os.readlink("/proc/self/ns/net") == outer_net or os.getpid() != 1:
        sys.exit("inside.py: not in namespaces of its own; a daemon here would take docker0 away")
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    own_cgroups()
    hide_the_machine()
    loopback_up()
    daemon = start(home, command)
    while True:
        number = signal.sigwait(SIGNALS)
        if number == signal.SIGTERM:
            return
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                pid = 0
            if pid == 0:
                break
            if pid == daemon:
                daemon = None
        if number == signal.SIGUSR1 and not daemon:
            daemon = start(home, command)


main()
