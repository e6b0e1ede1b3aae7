#!/usr/bin/env python3
"""exec_api.py -- runs a command in a container through the engine's exec API, again and again.

usage: exec_api.py SOCKET CONTAINER COUNT COMMAND...
Prints a line for each: nanoseconds of create, start and inspect, and a 0 (no memory is measured)."""
import http.client
import json
import socket
import sys
import time


class Engine(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)

    def ask(self, method, where, body=None):
        text = None if body is None else json.dumps(body)
        self.request(method, where, text, {"Content-Type": "application/json"})
        answer = self.getresponse()
        return answer.status, answer.read()


path, container, count, *command = sys.argv[1:]
for _ in range(int(count)):
    engine = Engine("engine")
    start = time.monotonic_ns()
    body = {"AttachStdout": True, "AttachStderr": True, "Cmd": command}
    status, answer = engine.ask("POST", f"/containers/{container}/exec", body)
    assert status == 201, answer
    name = json.loads(answer)["Id"]
    starter = Engine("engine")
    status, answer = starter.ask("POST", f"/exec/{name}/start", {"Detach": False, "Tty": False})
    assert status == 200, answer
    status, answer = engine.ask("GET", f"/exec/{name}/json")
    end = time.monotonic_ns()
    state = json.loads(answer)
    assert not state["Running"] and state["ExitCode"] == 0, state
    print(end - start, 0)
