"""signals.py -- ends clnrm by a signal at random moments, and looks for what is left.

usage: signals.py SIGNAL COUNT WINDOW_MS SEED      SIGNAL: INT TERM HUP QUIT KILL TWICE TSTP

Runs itself in namespaces of its own (pid, mount, net, ipc) with an empty /tmp, so that each process,
mount, socket and file that is left can be seen.  clnrm writes to a terminal.  Prints one JSON object
for each round.  The moment counts from the start of clnrm, and in every other round from when its
handler stands (`listening`): a busy machine may need the whole window until then.
"""

import json
import os
import random
import signal
import subprocess
import sys
import termios
import time

CLNRM = os.environ["CLNRM"]
SETTLE_S = 10
HARD = "TWICE"
CATCHES = {"INT": signal.SIGINT, "TERM": signal.SIGTERM, "HUP": signal.SIGHUP, HARD: signal.SIGINT}

LONG = '[meta]\nname = "x"\n' + "".join(
    f"""[[scenario]]
name = "quick {i}"
[[scenario.steps]]
name = "a"
command = ["true"]
[[scenario.steps]]
name = "b"
command = "echo out; echo err >&2; (sleep 9 &) ; true"
"""
    for i in range(40)
) + '[[scenario]]\nname = "long"\nrun = "head -c 3000000 /dev/zero; sleep 60"\n'

FINITE = '[meta]\nname = "x"\n' + "".join(
    f"""[[scenario]]
name = "s {i}"
[[scenario.steps]]
name = "a"
command = "sleep 0.1; echo on"
timeout = "5s"
expect.stdout.equals = "on\\n"
"""
    for i in range(12)
)


def enter_namespaces():
    flags = ["-p", "-f", "-m", "-n", "-i", "--mount-proc"]
    user = [] if os.getuid() == 0 else ["-Ur"]
    os.environ["SIGNALS_INSIDE"] = "1"
    os.execvp("unshare", ["unshare"] + user + flags + [sys.executable] + sys.argv)


def reap():
    """As PID 1 we inherit every orphan."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return


def processes():
    return [p for p in os.listdir("/proc") if p.isdigit() and p != str(os.getpid())]


def files():
    found = []
    for base in ["/tmp", "/dev/shm"]:
        for folder, _, names in os.walk(base):
            found += [f"{folder}/{n}" for n in names]
    return [f for f in found if not f.startswith("/tmp/work/")]


def count_lines(path):
    with open(path, encoding="utf-8") as f:
        return sum(1 for _ in f)


def mounts():
    """Identities of all mounts: ours, and those copied from where we came from, which go away when
    somebody there removes the directory that they lie on."""
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        return {(fields[0], fields[2]) for fields in map(str.split, f)}


def state_of(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            return f.read().rsplit(") ", 1)[1][0]
    except OSError:
        return ""


def is_caught(pid, number):
    """Whether a process has a handler for a signal."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as f:
            mask = next(line for line in f if line.startswith("SigCgt:"))
    except (OSError, StopIteration):
        return False
    return int(mask.split()[1], 16) >> (number - 1) & 1 == 1


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
            return f.read().strip() + ":" + state_of(pid)
    except OSError:
        return "?"


def start(slave, test, *options):
    return subprocess.Popen(
        ["/mnt/" + os.path.basename(CLNRM), "run", "-j", "2", *options, test],
        stdin=slave, stdout=slave, stderr=slave, process_group=0)


def drain(master):
    """Reads what clnrm wrote, so that it never waits for us."""
    data = b""
    os.set_blocking(master, False)
    try:
        while chunk := os.read(master, 65536):
            data += chunk
    except (BlockingIOError, OSError):
        pass
    return data


def wait(child, master, limit_s=20):
    end = time.monotonic() + limit_s
    while child.poll() is None and time.monotonic() < end:
        drain(master)
        time.sleep(0.002)
    if child.poll() is None:
        child.kill()
        child.wait()
        return "hung"
    return child.returncode


def wait_until_caught(child, master, number, limit_s=20):
    end = time.monotonic() + limit_s
    while time.monotonic() < end and child.poll() is None:
        if is_caught(child.pid, number):
            return True
        drain(master)
        time.sleep(0.001)
    return False


def suspend(child, master, row):
    os.kill(child.pid, signal.SIGTSTP)
    end = time.monotonic() + 2
    while time.monotonic() < end and state_of(child.pid) not in ("T", "", "Z"):
        drain(master)
        time.sleep(0.002)
    row["stopped"] = state_of(child.pid) == "T"
    row["others_ran"] = any(state_of(p) not in ("T", "t") for p in processes()
                            if p != str(child.pid)) or len(processes()) == 1
    time.sleep(0.25)  # steps go on meanwhile
    os.kill(child.pid, signal.SIGCONT)


def one_round(kind, at_ms, awaits, master, slave):
    row = {"at_ms": at_ms}
    report = "/tmp/work/r.xml"
    if os.path.exists(report):
        os.remove(report)
    if kind == "TSTP":
        child = start(slave, "finite.clnrm.toml")
    else:
        child = start(slave, "long.clnrm.toml", "--report", "junit=r.xml")
    if awaits:
        row["listening"] = wait_until_caught(child, master, CATCHES[kind])
    end = time.monotonic() + at_ms / 1000
    while time.monotonic() < end:
        drain(master)
        time.sleep(0.001)
    began = time.monotonic()
    if kind == "TSTP":
        suspend(child, master, row)
    elif kind == HARD:
        os.kill(child.pid, signal.SIGINT)
        time.sleep(random.random() * 0.008)
        os.kill(child.pid, signal.SIGINT)
    else:
        os.kill(child.pid, getattr(signal, "SIG" + kind))
    row["status"] = wait(child, master)
    row["took_ms"] = int((time.monotonic() - began) * 1000)
    row["report"] = os.path.exists(report)
    return row


def settle(row):
    began = time.monotonic()
    while True:
        reap()
        left = processes()
        if not left or time.monotonic() - began > SETTLE_S:
            break
        time.sleep(0.005)
    row["settle_ms"] = int((time.monotonic() - began) * 1000)
    row["left"] = [name_of(p) for p in left]


def main():
    kind, count, window, seed = sys.argv[1], *map(int, sys.argv[2:5])
    if os.environ.get("SIGNALS_INSIDE") != "1":
        enter_namespaces()
    # The program may lie below /tmp itself.
    subprocess.run(["mount", "--bind", os.path.dirname(CLNRM), "/mnt"], check=True)
    for place in ["/tmp", "/dev/shm"]:
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=True)
    os.makedirs("/tmp/work")
    os.makedirs("/tmp/home")
    os.chdir("/tmp/work")
    for name, value in {"HOME": "/tmp/home", "TMPDIR": "/tmp", "XDG_RUNTIME_DIR": "/tmp/home",
                        "XDG_STATE_HOME": "/tmp/home"}.items():
        os.environ[name] = value
    for name, text in {"long": LONG, "finite": FINITE}.items():
        with open(name + ".clnrm.toml", "w", encoding="utf-8") as f:
            f.write(text)
    random.seed(seed)
    master, slave = os.openpty()
    tty = termios.tcgetattr(slave)
    mounted = mounts()
    sockets = count_lines("/proc/net/unix")
    for i in range(count):
        awaits = kind in CATCHES and i % 2 == 1
        row = one_round(kind, random.randrange(window), awaits, master, slave)
        settle(row)
        row["mounts"] = len(mounts() - mounted)
        row["sockets"] = count_lines("/proc/net/unix") - sockets
        row["files"] = files()
        row["sane"] = termios.tcgetattr(slave) == tty
        print(json.dumps(row), flush=True)


main()
