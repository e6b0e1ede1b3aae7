"""The kinds of server that the tests need: their command lines and how one sees that they answer.

Each function gets the directory of the engine, which holds all that the server writes.
"""
import http.client
import json
import os
import resource
import shutil
import socket
import subprocess

ANSWER_S = 2  # for one request


class Unix(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path, timeout=ANSWER_S):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def connect(endpoint, timeout=ANSWER_S):
    """endpoint: unix:///path, tcp://host:port or host:port"""
    if endpoint.startswith("unix://"):
        return Unix(endpoint[7:], timeout)
    return http.client.HTTPConnection(endpoint.split("://")[-1], timeout=timeout)


def get(endpoint, path, timeout=ANSWER_S):
    """-> (status, body); raises OSError or HTTPException"""
    connection = connect(endpoint, timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


# A dockerd whose networks are deadlocked (20.10.24 has done it under load) still says "OK" to a ping.
PATHS = {"registry": {"/v2/": ANSWER_S}, "docker": {"/_ping": ANSWER_S, "/networks": 10},
         "podman": {"/_ping": ANSWER_S}}


def answers(kind, endpoint):
    try:
        return all(get(endpoint, path, limit_s)[0] in (200, 401)
                   for path, limit_s in PATHS[kind].items())
    except (OSError, http.client.HTTPException):
        return False


def need(*programs):
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/bin:/bin"
    found = [shutil.which(program, path=path) for program in programs]
    for program, where in zip(programs, found):
        if not where:
            raise FileNotFoundError(f"no {program}: run tools/deps.sh engines")
    return found[0]


def write(path, text, mode=0o600):
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)


def docker(home, options):
    """dockerd over vfs.  Its bridge is made in its own network namespace; no iptables are set."""
    dockerd = need("dockerd", "containerd", "runc")
    write(home + "/daemon.json", "{}")
    command = [dockerd, "--config-file", home + "/daemon.json", "--data-root", home + "/data",
               "--exec-root", home + "/exec", "-H", "unix://" + home + "/s",
               "--pidfile", home + "/dockerd.pid", "--storage-driver", "vfs",
               "--exec-opt", "native.cgroupdriver=cgroupfs",
               "--iptables=false", "--ip6tables=false", "--ip-masq=false"]
    if not options.bridge:
        command.append("--bridge=none")
    return command, "unix://" + home + "/s"


def podman(home, _options):
    """The service of podman with runc: Debian's crun refuses hybrid cgroups."""
    program, runc = need("podman", "conmon"), need("runc")
    # not more than the hard limits: raising them takes CAP_SYS_RESOURCE
    files = min(1000, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    write(home + "/containers.conf", f"""[containers]
default_ulimits = ["nofile={files}:{files}", "nproc=1000:1000"]
[engine]
events_logger = "file"
static_dir = "{home}/static"
tmp_dir = "{home}/tmp"
volume_path = "{home}/volumes"
[network]
network_config_dir = "{home}/networks"
""")
    write(home + "/policy.json", '{"default": [{"type": "insecureAcceptAnything"}]}')
    write(home + "/registries.conf", 'unqualified-search-registries = []\n'
          '[[registry]]\nprefix = "127.0.0.1"\nlocation = "127.0.0.1"\ninsecure = true\n')
    os.makedirs(home + "/networks", exist_ok=True)
    return [program, "--root", home + "/data", "--runroot", home + "/exec", "--storage-driver", "vfs",
            "--cgroup-manager", "cgroupfs", "--runtime", runc,
            "system", "service", "--time", "0", "unix://" + home + "/s"], "unix://" + home + "/s"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def registry(home, options):
    """docker-registry on loopback; with --auth USER:PASSWORD it asks for them."""
    program = need("docker-registry")
    endpoint = f"127.0.0.1:{options.port or free_port()}"
    config = {"version": "0.1", "log": {"level": "warn"},
              "storage": {"filesystem": {"rootdirectory": home + "/data"}, "delete": {"enabled": True}},
              "http": {"addr": endpoint}}
    if options.auth:
        user, _, password = options.auth.partition(":")
        need("htpasswd")
        line = subprocess.run(["htpasswd", "-Bin", user], input=password.encode(), check=True,
                              stdout=subprocess.PIPE).stdout.decode()
        write(home + "/htpasswd", line)
        config["auth"] = {"htpasswd": {"realm": "tests", "path": home + "/htpasswd"}}
    write(home + "/config.yml", json.dumps(config))
    return [program, "serve", home + "/config.yml"], endpoint


COMMANDS = {"docker": docker, "podman": podman, "registry": registry}
ENVIRONMENT = {
    "docker": lambda home: {},
    "podman": lambda home: {"CONTAINERS_CONF": home + "/containers.conf",
                            "CONTAINERS_REGISTRIES_CONF": home + "/registries.conf"},
    "registry": lambda home: {},
}
