#!/usr/bin/env python3
"""cli.py -- the same work by the docker command, and by docker-compose.

usage: cli.py docker|compose WORK COUNT [JOBS]

As a shell script would: one command after the other; the twenty scenarios JOBS at once.  Compose has no way to
ask for an open port but a health check, so a service's own is given to it, at the shortest interval it takes
(1 s; Docker 20.10 begins with the first interval).  Prints a line for each run of the work: nanoseconds, and 0.
"""
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid

import works

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True}
CHECKS = {"cache": ["CMD", "redis-cli", "ping"], "web": ["CMD", "sh", "-c", "echo | nc 127.0.0.1 80"],
          "files": ["CMD", "wget", "-qO-", "http://127.0.0.1:8000/passwd"]}


def docker(*words):
    return subprocess.run(["docker", *words], capture_output=True, check=True, text=True).stdout.strip()


def by_docker(work):
    run = "clnrm-bench-" + uuid.uuid4().hex[:12]
    if len(work.services) > 1:
        docker("network", "create", "--internal", run)
    network = run if len(work.services) > 1 else "bridge"
    names = {}
    for s in work.services:
        names[s.name] = f"{run}-{s.name}"
        alias = ["--network-alias", s.name] if network == run else []
        docker("run", "-d", "--name", names[s.name], "--network", network, *alias, s.image, *(s.command or []))
    for s in work.services:
        check = CHECKS.get(s.name)
        while check and subprocess.run(["docker", "exec", names[s.name], *check[1:]], capture_output=True).returncode:
            pass
    for service, argv in work.steps:
        subprocess.run(["docker", "exec", names[service], *argv], **QUIET)
    docker("rm", "-f", "-v", *names.values())
    if network == run:
        docker("network", "rm", run)


def by_compose(work):
    run = "clnrmbench" + uuid.uuid4().hex[:12]
    services = {}
    for s in work.services:
        services[s.name] = {"image": s.image}
        if s.command:
            services[s.name]["command"] = s.command
        if s.name in CHECKS:
            services[s.name]["healthcheck"] = {"test": CHECKS[s.name], "interval": "1s", "retries": 60}
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "docker-compose.json")
        with open(file, "w") as f:
            json.dump({"version": "2.4", "services": services}, f)
        compose = ["docker-compose", "-p", run, "-f", file]
        subprocess.run([*compose, "up", "-d"], **QUIET)
        waits = [s.name for s in work.services if s.name in CHECKS]
        ids = [docker("ps", "-q", "--filter", f"label=com.docker.compose.project={run}",
                      "--filter", f"label=com.docker.compose.service={name}") for name in waits]
        while ids and set(docker("inspect", "-f", "{{.State.Health.Status}}", *ids).split()) != {"healthy"}:
            pass
        for service, argv in work.steps:
            subprocess.run([*compose, "exec", "-T", service, *argv], **QUIET)
        subprocess.run([*compose, "down", "-v", "-t", "0"], **QUIET)


way = {"docker": by_docker, "compose": by_compose}[sys.argv[1]]
work, count, jobs = works.WORKS[sys.argv[2]], int(sys.argv[3]), int((sys.argv + ["1"])[4])
for _ in range(count):
    began = time.monotonic_ns()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(way, [work] * work.repeat))
    print(time.monotonic_ns() - began, 0, flush=True)
