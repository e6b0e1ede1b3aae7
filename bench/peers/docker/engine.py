#!/usr/bin/env python3
"""engine.py -- the same work by the Docker Engine's own API, as straight as it goes: the limit.

usage: engine.py SOCKET WORK COUNT [JOBS [stop]]

WORK is one of those of works.py.  What can be done at once is done at once, each connection is kept, readiness
is asked of the container's own address without a pause, and nothing is written, checked or told.  With `stop`
services get SIGTERM and are waited for before they are removed, as users of tests want it; else they are killed.  Prints a line
for each run of the work: nanoseconds from the first request to the last answer, and a 0 (no memory is measured).
"""
import concurrent.futures
import http.client
import json
import socket
import sys
import threading
import time
import uuid

import works

LOCAL = threading.local()
LABEL = "clnrm.bench"


class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)


def ask(method, where, body=None, good=(200, 201, 204)):
    if not hasattr(LOCAL, "connection"):
        LOCAL.connection = Connection("engine")
    text = None if body is None else json.dumps(body)
    LOCAL.connection.request(method, where, text, {"Content-Type": "application/json"})
    answer = LOCAL.connection.getresponse()
    content = answer.read()
    assert answer.status in good, (method, where, answer.status, content)
    return json.loads(content) if content else None


def execute(container, argv):
    body = {"AttachStdout": True, "AttachStderr": True, "Cmd": argv}
    name = ask("POST", f"/containers/{container}/exec", body)["Id"]
    starter = Connection("engine")
    starter.request("POST", f"/exec/{name}/start", '{"Detach":false,"Tty":false}', {"Content-Type": "application/json"})
    output = starter.getresponse().read()  # its end is the command's
    starter.close()
    state = ask("GET", f"/exec/{name}/json")
    assert not state["Running"] and state["ExitCode"] == 0, (argv, state, output)
    return output


def start(service, network):
    """Creates and starts a container and waits until its port is open; returns its id."""
    host = {"NetworkMode": network or "bridge", "LogConfig": {"Type": "none"}}
    body = {"Image": service.image, "Cmd": service.command, "Labels": {LABEL: "1"}, "HostConfig": host}
    if network:
        body["NetworkingConfig"] = {"EndpointsConfig": {network: {"Aliases": [service.name]}}}
    container = ask("POST", "/containers/create", body)["Id"]
    ask("POST", f"/containers/{container}/start")
    if service.port:
        networks = ask("GET", f"/containers/{container}/json")["NetworkSettings"]["Networks"]
        address = networks[network or "bridge"]["IPAddress"]
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection((address, service.port), 1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, service
                time.sleep(0.001)
    return container


def stop(container):
    """Stops a container by a signal; one that does not take it (a first process that catches none) is killed."""
    pid = ask("GET", f"/containers/{container}/json")["State"]["Pid"]
    with open(f"/proc/{pid}/status") as status:
        caught = next(int(line.split()[1], 16) for line in status if line.startswith("SigCgt:"))
    signal = "TERM" if caught >> 14 & 1 else "KILL"
    ask("POST", f"/containers/{container}/kill?signal={signal}")
    ask("POST", f"/containers/{container}/wait")


def scenario(work, pool):
    network = None
    if len(work.services) > 1:
        network = "clnrm-bench-" + uuid.uuid4().hex[:12]
        ask("POST", "/networks/create", {"Name": network, "Internal": True, "Labels": {LABEL: "1"}})
    ids = dict(zip([s.name for s in work.services], pool.map(lambda s: start(s, network), work.services)))
    for service, argv in work.steps:
        execute(ids[service], argv)
    if stops:
        list(pool.map(stop, ids.values()))
    list(pool.map(lambda i: ask("DELETE", f"/containers/{i}?force=1&v=1"), ids.values()))
    if network:
        ask("DELETE", f"/networks/{network}")


def run(work, jobs, pools):
    if work.repeat == 1:
        return scenario(work, pools[0])
    with concurrent.futures.ThreadPoolExecutor(jobs) as outer:
        list(outer.map(lambda i: scenario(work, pools[i % jobs]), range(work.repeat)))


path = sys.argv[1]
work, count, jobs = works.WORKS[sys.argv[2]], int(sys.argv[3]), int((sys.argv + ["1"])[4])
stops = sys.argv[5:] == ["stop"]
pools = [concurrent.futures.ThreadPoolExecutor(4) for _ in range(jobs)]
for _ in range(count):
    began = time.monotonic_ns()
    run(work, jobs, pools)
    print(time.monotonic_ns() - began, 0, flush=True)
