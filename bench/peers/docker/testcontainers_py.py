#!/usr/bin/env python3
"""testcontainers_py.py -- the same work by testcontainers-python, as its documentation shows it.

usage: testcontainers_py.py WORK COUNT [JOBS]

Ryuk, its reaper, is off: its image cannot be had here, so what it costs is not in these figures.  Prints a line
for each run of the work: nanoseconds, imports not counted, and a 0 (no memory is measured).
"""
import concurrent.futures
import contextlib
import os
import sys
import time

os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"
from testcontainers.core.container import DockerContainer  # noqa: E402  (after the environment that it reads)
from testcontainers.core.network import Network  # noqa: E402
from testcontainers.core.wait_strategies import PortWaitStrategy  # noqa: E402

import works  # noqa: E402


def scenario(work):
    with contextlib.ExitStack() as stack:
        network = stack.enter_context(Network()) if len(work.services) > 1 else None
        running = {}
        for s in work.services:
            container = DockerContainer(s.image)
            if s.command:
                container = container.with_command(s.command)
            if network:
                container = container.with_network(network).with_network_aliases(s.name)
            if s.port:
                container = container.with_exposed_ports(s.port).waiting_for(PortWaitStrategy(s.port))
            running[s.name] = stack.enter_context(container)
        for service, argv in work.steps:
            code, output = running[service].exec(argv)
            assert code == 0, (argv, output)


work, count, jobs = works.WORKS[sys.argv[1]], int(sys.argv[2]), int((sys.argv + ["1"])[3])
for _ in range(count):
    began = time.monotonic_ns()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(scenario, [work] * work.repeat))
    print(time.monotonic_ns() - began, 0, flush=True)
