"""works.py -- the work that clnrm and its peers do with an engine, each in its own way.

one    one service and one scenario: a Redis, and one command in it
three  three services and five steps: a Redis, an nginx and a small web server in one network
many   twenty scenarios of one step, each in a container of its own
"""
import collections

Service = collections.namedtuple("Service", "name image command port")
Work = collections.namedtuple("Work", "services steps repeat")

PREFIX = "localhost/clnrm-test/"
REDIS, NGINX, BUSYBOX = PREFIX + "redis:7", PREFIX + "nginx:1", PREFIX + "busybox:1"

CACHE = Service("cache", REDIS, None, 6379)
WEB = Service("web", NGINX, None, 80)
FILES = Service("files", BUSYBOX, ["httpd", "-f", "-p", "8000", "-h", "/etc"], 8000)
SLEEPER = Service("box", BUSYBOX, ["sleep", "86400"], None)

WORKS = {
    "one": Work([CACHE], [("cache", ["redis-cli", "ping"])], 1),
    "three": Work([CACHE, WEB, FILES], [
        ("cache", ["redis-cli", "ping"]),
        ("cache", ["redis-cli", "set", "a", "1"]),
        ("web", ["nginx", "-t"]),
        ("files", ["wget", "-qO-", "http://web/"]),
        ("files", ["sh", "-c", "printf 'PING\\r\\nQUIT\\r\\n' | nc cache 6379"]),
    ], 1),
    "many": Work([SLEEPER], [("box", ["true"])], 20),
}
