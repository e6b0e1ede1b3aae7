#!/usr/bin/env python3
"""Engines for tests: finds the one of this machine, or starts private ones that leave nothing.

usage: engine.py find                             prints the endpoint that answers; exits 1 where none does
       engine.py start docker|podman HOME [--owner PID] [--no-bridge]
       engine.py start registry HOME [--owner PID] [--auth USER:PASSWORD] [--port N] [--in HOME2]
       engine.py signal HOME KILL|STOP|CONT|TERM  the daemon itself, not its containers
       engine.py up HOME                          starts a daemon that was killed again
       engine.py pid HOME                         prints the daemon's process id
       engine.py exec HOME COMMAND...             in the network of that engine
       engine.py stop HOME...

start prints the endpoint, and does nothing more when that engine runs already.  HOME is made by it, holds
all that the engine writes, and goes with it; it is short, for sockets are in it.  With --owner the engine
ends when that process does, however it does.  A private docker or podman is root's, in network, mount,
PID and cgroup namespaces of its own: it can touch neither docker0 nor the containers of this machine.
Nothing here stops or signals an engine that it did not start.
"""
import argparse
import fcntl
import os
import select
import signal
import stat
import subprocess
import sys
import time

import kinds
import supervise

HERE = os.path.dirname(os.path.abspath(__file__))
START_S, STOP_S = 60, 30
SOCKET_PATH_MAX = 107
LOG_LINES = 5


class Trouble(Exception):
    pass


def read(path):
    try:
        with open(path) as f:
            return f.read().strip()
    except OSError:
        return ""


def birth(pid):
    """When a process began: a number that another process of the same id does not have."""
    line = read(f"/proc/{pid}/stat")
    return line.rpartition(")")[2].split()[19] if line else ""


def supervisor(home):
    """-> its process id, or None when that engine does not run"""
    pid, _, since = read(home + "/supervisor").partition(" ")
    return int(pid) if pid and birth(pid) == since else None


def daemon_pid(home):
    """The daemon's id as this machine sees it: its namespace has other numbers."""
    first = read(home + "/first")
    if not read(home + "/daemon"):
        return int(first) if first else None
    inner = read(home + "/daemon")
    try:
        space = os.readlink(f"/proc/{first}/ns/pid")
    except OSError:
        return None
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/ns/pid") != space:
                continue
        except OSError:
            continue
        for line in read(f"/proc/{pid}/status").splitlines():
            if line.startswith("NSpid:") and line.split()[-1] == inner:
                return int(pid)
    return None


def wait_for(what, seconds, alive=lambda: True):
    """-> whether it came; polls, for the servers tell nobody when they are ready"""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        if not alive():
            return what()
        time.sleep(0.01)
    return False


def wait_gone(pid, seconds):
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


def find(options):
    tried = []
    for endpoint in filter(None, [os.environ.get("DOCKER_HOST"), "unix:///var/run/docker.sock"]):
        if kinds.answers("docker", endpoint):
            print(endpoint)
            return 0
        tried.append(endpoint)
    print("no Docker engine answers at " + " or ".join(tried), file=sys.stderr)
    return 1


def start(options):
    home, kind = os.path.abspath(options.home), options.kind
    if len(home) + len("/exec/containerd/containerd-debug.sock") > SOCKET_PATH_MAX or home.startswith("/run/"):
        raise Trouble(f"{home}: too long for sockets in it, or below /run; take one below /tmp")
    if kind != "registry" and os.geteuid() != 0:
        raise Trouble("a private engine takes root: its namespaces and mounts")
    for folder in (os.path.dirname(home), home):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if os.path.basename(folder).startswith(supervise.SHARED) or folder == home:
            status = os.lstat(folder)
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                raise Trouble(f"{folder} is somebody else's")
    with open(home + "/lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if supervisor(home):
            print(read(home + "/endpoint"))
            return 0
        command, endpoint = kinds.COMMANDS[kind](home, options)
        kinds.write(home + "/endpoint", endpoint)
        kinds.write(home + "/kind", kind)
        way = "plain" if kind == "registry" else "unshare"
        if options.network_of:
            way = "in:" + read(os.path.abspath(options.network_of) + "/first")
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                       "HOME": home, "TMPDIR": home + "/tmp", **kinds.ENVIRONMENT[kind](home)}
        os.makedirs(home + "/tmp", exist_ok=True)
        with open(home + "/log", "a+b") as log:
            child = subprocess.Popen(
                [sys.executable, HERE + "/supervise.py", home, str(options.owner), way, *command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env=environment,
                start_new_session=True, pass_fds=())
            kinds.write(home + "/supervisor", f"{child.pid} {birth(child.pid)}")
            if not wait_for(lambda: answers(home, kind, endpoint), START_S, lambda: child.poll() is None):
                child.terminate()
                child.wait(STOP_S)
                log.seek(0)  # its directory is gone by now
                last = log.read().decode(errors="replace").splitlines()[-LOG_LINES:]
                raise Trouble("\n  ".join([f"{kind} did not answer at {endpoint}", *last]))
    print(endpoint)
    if kind != "registry" and options.tell:
        print(f"engine: no engine answered; started a private {kind} in {home}", file=sys.stderr)
    return 0


def answers(home, kind, endpoint):
    if kind == "registry":
        first = read(home + "/first")  # another server may have taken the port
        return bool(first) and os.path.exists("/proc/" + first) and in_network(home, kind, endpoint)
    return kinds.answers(kind, endpoint)


def in_network(home, kind, endpoint):
    """Whether a server answers that may be in another network."""
    first = read(home + "/first")
    if os.readlink(f"/proc/{first}/ns/net") == os.readlink("/proc/self/ns/net"):
        return kinds.answers(kind, endpoint)
    code = "import sys; sys.path.insert(0, sys.argv[1]); import kinds; " \
           "sys.exit(not kinds.answers(sys.argv[2], sys.argv[3]))"
    return subprocess.run(["nsenter", f"--net=/proc/{first}/ns/net", "--", sys.executable, "-c", code, HERE,
                           kind, endpoint]).returncode == 0


def running(home):
    home = os.path.abspath(home)
    if not supervisor(home):
        raise Trouble(f"no engine of ours runs in {home}")
    return home


def send(options):
    pid = daemon_pid(running(options.home))
    if not pid:
        raise Trouble("its daemon does not run")
    os.kill(pid, getattr(signal, "SIG" + options.name))
    if options.name == "KILL" and not wait_gone(pid, STOP_S):
        raise Trouble(f"process {pid} outlived SIGKILL")
    return 0


def up(options):
    home = running(options.home)
    kind, endpoint = read(home + "/kind"), read(home + "/endpoint")
    if kind == "registry":
        raise Trouble("a registry goes with its process; start it anew")
    if not daemon_pid(home):
        os.kill(int(read(home + "/first")), signal.SIGUSR1)
    if not wait_for(lambda: kinds.answers(kind, endpoint), START_S, lambda: supervisor(home)):
        raise Trouble("\n  ".join([f"{kind} did not come back", *read(home + "/log").splitlines()[-LOG_LINES:]]))
    print(endpoint)
    return 0


def pid_of(options):
    pid = daemon_pid(running(options.home))
    if pid:
        print(pid)
    return 0 if pid else 1


def execute(options):
    first = read(running(options.home) + "/first")
    os.execvp("nsenter", ["nsenter", f"--net=/proc/{first}/ns/net", "--", *options.command])


def stop(options):
    for home in map(os.path.abspath, options.homes):
        pid = supervisor(home)
        if pid:
            os.kill(pid, signal.SIGTERM)
            if not wait_gone(pid, STOP_S):
                raise Trouble(f"the engine in {home} (process {pid}) did not end in {STOP_S} s")
        if os.path.exists(home + "/supervisor"):  # its supervisor was killed; the rest died with it
            supervise.remove_cgroups(read(home + "/cgroups").split("\n"))
            supervise.remove(home)
    return 0


def main():
    parser = argparse.ArgumentParser(prog="engine.py", usage=__doc__.split("usage: ", 1)[1])
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("find").set_defaults(run=find)
    p = verbs.add_parser("start")
    p.add_argument("kind", choices=sorted(kinds.COMMANDS))
    p.add_argument("home")
    p.add_argument("--owner", type=int, default=0)
    p.add_argument("--no-bridge", dest="bridge", action="store_false")
    p.add_argument("--tell", action="store_true")
    p.add_argument("--auth")
    p.add_argument("--port", type=int)
    p.add_argument("--in", dest="network_of")
    p.set_defaults(run=start)
    p = verbs.add_parser("signal")
    p.add_argument("home")
    p.add_argument("name", choices=["KILL", "STOP", "CONT", "TERM"])
    p.set_defaults(run=send)
    for name, run in (("up", up), ("pid", pid_of)):
        p = verbs.add_parser(name)
        p.add_argument("home")
        p.set_defaults(run=run)
    p = verbs.add_parser("exec")
    p.add_argument("home")
    p.add_argument("command", nargs=argparse.REMAINDER)
    p.set_defaults(run=execute)
    p = verbs.add_parser("stop")
    p.add_argument("homes", nargs="+")
    p.set_defaults(run=stop)
    options = parser.parse_args()
    try:
        sys.exit(options.run(options))
    except (Trouble, FileNotFoundError, ProcessLookupError) as e:
        sys.exit(f"engine: {e}")


if __name__ == "__main__":
    main()
