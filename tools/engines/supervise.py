"""Keeps one engine: makes its namespaces, ends it with its owner, and leaves nothing.

usage: supervise.py HOME OWNER_PID|0 unshare|plain|in:PID COMMAND...      started by engine.py

`unshare`: the command runs below inside.py in own network, mount, PID and cgroup namespaces.
`plain`: as a child; `in:PID`: as a child in the network of that process.
"""
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PR_SET_PDEATHSIG = 1
SHARED = "clnrm-engines."  # a folder of several homes goes with the last one
END_S = 10  # until killed processes are gone


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def cgroup_tops():
    """Where a group of ours goes: below the one that this process is in, in each hierarchy."""
    with open("/proc/self/cgroup") as f:
        mine = dict((row.split(":", 2)[1], row.rstrip("\n").split(":", 2)[2]) for row in f)
    with open("/proc/self/mountinfo") as f:
        rows = [line.split() for line in f]
    for row in rows:
        dash = row.index("-")
        kind, root, target, options = row[dash + 1], row[3], row[4], row[dash + 3].split(",")
        if kind not in ("cgroup", "cgroup2"):
            continue
        for controllers, path in mine.items():
            names = set(controllers.split(",")) if controllers else set()
            if (kind == "cgroup2" and not names) or (kind == "cgroup" and names
                                                    and names <= set(options)):
                below = os.path.relpath(path, root) if path.startswith(root) else "."
                # a machine with v2 lets processes be in leaves only; its root is free of that rule
                yield target if kind == "cgroup2" else os.path.normpath(target + "/" + below)


def make_cgroups(name):
    groups = []
    for top in cgroup_tops():
        group = f"{top}/{name}"
        os.makedirs(group, exist_ok=True)
        for knob in ("cpuset.cpus", "cpuset.mems"):  # empty in a new group of v1: none can enter
            if os.path.exists(f"{group}/{knob}") and os.path.exists(f"{group}/cgroup.clone_children"):
                with open(f"{top}/{knob}") as f:
                    value = f.read()
                with open(f"{group}/{knob}", "w") as f:
                    f.write(value)
        groups.append(group)
    return groups


def enter(groups):
    for group in groups:
        with open(group + "/cgroup.procs", "w") as f:
            f.write("0")


def remove_cgroups(groups):
    for group in groups:
        deadline = time.monotonic() + END_S
        for folder, _, _ in os.walk(group, topdown=False):
            while True:
                try:
                    os.rmdir(folder)
                except FileNotFoundError:
                    pass
                except OSError:  # the kernel still takes its processes out
                    if time.monotonic() < deadline:
                        time.sleep(0.01)
                        continue
                break


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(p) for p in f.read().split()]
    except OSError:
        return []


def remove(home):
    """Only what the start has made may go: never follow what a daemon could have left mounted."""
    with open("/proc/self/mountinfo") as f:
        if any(line.split()[4].startswith(home + "/") for line in f):
            print(f"supervise: something is mounted below {home}; it stays", file=sys.stderr)
            return
    shutil.rmtree(home, ignore_errors=True)
    if os.path.basename(os.path.dirname(home)).startswith(SHARED):
        try:
            os.rmdir(os.path.dirname(home))
        except OSError:
            pass  # another engine is in it


def main():
    home, owner, way, command = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:]
    name = "clnrm-engine-" + str(os.getpid())
    groups = []
    wake_r, wake_w = os.pipe()
    os.set_blocking(wake_w, False)
    signal.set_wakeup_fd(wake_w)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    poll = select.poll()
    poll.register(wake_r, select.POLLIN)
    if owner:
        try:
            poll.register(os.pidfd_open(owner), select.POLLIN)
        except ProcessLookupError:
            remove(home)
            return

    def prepare():
        die_with_parent()
        enter(groups)

    if way == "unshare":
        groups = make_cgroups(name)
        with open(home + "/cgroups", "w") as f:
            f.write("\n".join(groups))
        command = ["unshare", "-n", "-m", "-p", "-f", "-C", "--kill-child", "--mount-proc",
                   "--propagation", "private", sys.executable, HERE + "/inside.py", home,
                   os.readlink("/proc/self/ns/net"), *command]
    elif way.startswith("in:"):
        command = ["nsenter", "--net=/proc/%s/ns/net" % way[3:], "--", *command]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=prepare)
    poll.register(os.pidfd_open(child.pid), select.POLLIN)
    first = child.pid
    deadline = time.monotonic() + END_S
    while way == "unshare" and not children(child.pid) and time.monotonic() < deadline:
        if child.poll() is not None:
            break
        time.sleep(0.002)
    if way == "unshare":
        first = (children(child.pid) or [child.pid])[0]
    handles = []  # not numbers: those may be another process's when this ends
    for pid in {first, child.pid}:
        try:
            handles.append(os.pidfd_open(pid))
        except ProcessLookupError:
            pass
    with open(home + "/first.new", "w") as f:
        f.write(str(first))
    os.rename(home + "/first.new", home + "/first")

    poll.poll()
    for handle in handles:
        try:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        except ProcessLookupError:
            pass
    for handle in handles:
        select.select([handle], [], [], END_S)
    if groups:
        remove_cgroups(groups)
    remove(home)


if __name__ == "__main__":
    main()
