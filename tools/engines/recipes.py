"""What is in each test image: Debian's packages, its own files, and the config of the image.

The configs are those of the official images of these names (entrypoint, command, ports, user, volumes,
stop signal, environment that is asked for): what works with them works with these.
"""

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Root or any user starts these images; as root the server is run as its own user, as in the official ones.
# The shell of busybox takes its own setpriv, which knows no users, unless the path is said.
DROP = """#!/bin/sh
set -e
drop() { # USER COMMAND...
  user=$1; shift
  if [ "$(id -u)" = 0 ]; then exec /usr/bin/setpriv --reuid="$user" --regid="$user" --init-groups "$@"; fi
  exec "$@"
}
own() { [ "$(id -u)" != 0 ] || chown -R "$1:$1" "$2"; }
"""

REDIS = DROP + """
case ${1-} in -* | *.conf) set -- redis-server "$@" ;; esac
[ "${1-}" != redis-server ] || { own redis . ; drop redis "$@" --protected-mode no; }
exec "$@"
"""

POSTGRES = DROP + """
case ${1-} in -*) set -- postgres "$@" ;; esac
[ "${1-}" = postgres ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  own postgres "$PGDATA"
  own postgres /var/run/postgresql
  drop postgres "$0" "$@"
fi
export PGUSER="${POSTGRES_USER:-postgres}"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -z "${POSTGRES_PASSWORD-}" ] && [ "${POSTGRES_HOST_AUTH_METHOD-}" != trust ]; then
    echo "Error: Database is uninitialized and superuser password is not specified." >&2
    echo "       You must specify POSTGRES_PASSWORD to a non-empty value for the superuser." >&2
    exit 1
  fi
  printf '%s\\n' "${POSTGRES_PASSWORD-}" >/tmp/.pw
  initdb -D "$PGDATA" --username="$PGUSER" ${POSTGRES_PASSWORD:+--pwfile=/tmp/.pw} --locale=C.UTF-8 -E UTF8 \\
    ${POSTGRES_INITDB_ARGS-}
  rm -f /tmp/.pw
  echo "host all all all ${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
  # as the official image: a first server on the unix socket alone for what is to be set up
  export PGPASSWORD="${PGPASSWORD:-${POSTGRES_PASSWORD-}}"
  pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -p 5432" -w start
  [ "${POSTGRES_DB:-$PGUSER}" = postgres ] || createdb "${POSTGRES_DB:-$PGUSER}"
  for f in /docker-entrypoint-initdb.d/*; do
    case $f in
    *.sh) . "$f" ;;
    *.sql) psql -v ON_ERROR_STOP=1 -d "${POSTGRES_DB:-$PGUSER}" -f "$f" ;;
    esac
  done
  pg_ctl -D "$PGDATA" -m fast -w stop
  echo "PostgreSQL init process complete; ready for start up."
fi
exec "$@"
"""

MARIADB = DROP + """
case ${1-} in -*) set -- mariadbd "$@" ;; esac
case ${1-} in mariadbd | mysqld) ;; *) exec "$@" ;; esac
root=${MARIADB_ROOT_PASSWORD-${MYSQL_ROOT_PASSWORD-}}
base=${MARIADB_DATABASE-${MYSQL_DATABASE-}} user=${MARIADB_USER-${MYSQL_USER-}}
password=${MARIADB_PASSWORD-${MYSQL_PASSWORD-}}
if [ "$(id -u)" = 0 ]; then
  own mysql /var/lib/mysql
  own mysql /run/mysqld
  drop mysql "$0" "$@"
fi
if [ ! -d /var/lib/mysql/mysql ]; then
  quoted() { printf %s "$1" | sed "s/[\\\\']/\\\\\\\\&/g"; } # as SQL has it between two quotes
  if [ -z "$root${MARIADB_ALLOW_EMPTY_ROOT_PASSWORD-}${MYSQL_ALLOW_EMPTY_PASSWORD-}" ]; then
    echo "[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified" >&2
    exit 1
  fi
  mariadb-install-db --skip-name-resolve --datadir=/var/lib/mysql --auth-root-authentication-method=normal --skip-test-db >/dev/null
  {
    # also root of 127.0.0.1, ::1 and of the name of the host, without a password
    echo "DELETE FROM mysql.global_priv WHERE User IN ('root', '') AND Host <> 'localhost';"
    echo "FLUSH PRIVILEGES;"
    echo "ALTER USER root@localhost IDENTIFIED BY '$(quoted "$root")';"
    # --bootstrap reads one statement a line
    echo "CREATE USER root@'%' IDENTIFIED BY '$(quoted "$root")';"
    echo "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;"
    [ -z "$base" ] || echo "CREATE DATABASE IF NOT EXISTS \\`$base\\`;"
    [ -z "$user" ] || echo "CREATE USER '$user'@'%' IDENTIFIED BY '$(quoted "$password")';"
    [ -z "$user$base" ] || [ -z "$user" ] || echo "GRANT ALL ON \\`${base:-%}\\`.* TO '$user'@'%';"
  } | "$1" --bootstrap --datadir=/var/lib/mysql
  set +e -- /docker-entrypoint-initdb.d/* -- "$@"
  if [ -e "$1" ]; then # as the official image: a first server on the unix socket alone
    mariadbd --skip-networking --socket=/run/mysqld/first.sock &
    client() { MYSQL_PWD=$root mariadb --no-defaults -uroot --socket=/run/mysqld/first.sock "$@"; }
    until client -e "select 1" >/dev/null 2>&1; do sleep 0.1; done
  fi
  while [ "$1" != -- ]; do
    case $1 in *.sql) client ${base:+--database="$base"} <"$1" || exit 1 ;; esac
    shift
  done
  shift
  [ -z "$(jobs -p)" ] || { kill "$(jobs -p)" && wait; }
  set -e
fi
exec "$@"
"""

RABBITMQ = DROP + """
case ${1-} in rabbitmq-server | rabbitmqctl | rabbitmq-diagnostics | rabbitmq-plugins)
  [ "$(id -u)" != 0 ] || { own rabbitmq /var/lib/rabbitmq; own rabbitmq /var/log/rabbitmq; }
  export HOME=/var/lib/rabbitmq
  program=/usr/lib/rabbitmq/bin/$1; shift
  drop rabbitmq "$program" "$@" ;;
esac
exec "$@"
"""

RABBITMQ_CONF = """## of the official image
loopback_users.guest = false
log.console = true
"""

NGINX_CONF = """user www-data;
worker_processes 1;
error_log stderr notice;
pid /run/nginx.pid;
events { worker_connections 1024; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log /dev/stdout;
  include /etc/nginx/conf.d/*.conf;
}
"""
NGINX_DEFAULT = """server {
  listen 80;
  location / { root /usr/share/nginx/html; index index.html; }
}
"""

PROMETHEUS_YML = """global:
  scrape_interval: 15s
scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets: ["localhost:9090"]
"""

WITNESS = "../../tests/tools/witness.c"
SOURCES = (WITNESS,)  # of programs that are compiled for an image

# One program that says what it was started with, and nothing else: no /etc, /tmp, /proc.
BARE = dict(tag="1", bare=True, programs={"/witness": WITNESS}, config={"Entrypoint": ["/witness"]})
PASSWD = """root:x:0:0:root:/root:/bin/sh
app:x:1000:1001:app:/home/app:/bin/sh
"""
# no colons, no numbers, long, without an end: an engine takes what is no number for 0
BROKEN = "root\n::::\napp:x:many:few:::\n" + "x" * 5000 + ":x:7:7::/:\n#app:x:5:5::/:\n\napp:x:1000:1001::/h"

# name: tag, packages, busybox (its applets fill what the packages lack), files {path: (text, mode)},
# trees (folders that no package lists by itself), folders {path: (mode, uid)}, users {name: uid}, config
IMAGES = {
    "busybox": dict(tag="1", busybox=True, config={"Cmd": ["sh"], "Env": [PATH]}),
    "health": dict(tag="1", busybox=True, config={
        "Cmd": ["sleep", "86400"], "Env": [PATH],
        "Healthcheck": {"Test": ["CMD-SHELL", "test -e /tmp/healthy"], "Interval": 10 ** 9,
                        "Timeout": 10 ** 9, "Retries": 3}}),
    "nonroot": dict(tag="1", busybox=True, users={"app": 1000}, folders={"/home/app": (0o755, 1000)},
                    config={"Cmd": ["sh"], "Env": [PATH], "User": "app", "WorkingDir": "/home/app"}),
    # one static program and no other file: no /bin/sh, no libc, no /etc, no /tmp
    "scratch": dict(tag="1", programs={"/busybox": "/bin/busybox"}, bare=True,
                    config={"Entrypoint": ["/busybox"], "Cmd": ["sleep", "86400"]}),
    "witness": BARE,
    "witness-users": dict(BARE, files={"/etc/passwd": (PASSWD, 0o644), "/etc/group": ("staff:x:50:app\n", 0o644)}),
    "witness-broken": dict(BARE, files={"/etc/passwd": (BROKEN, 0o644), "/etc/group": (BROKEN, 0o644)}),
    # a libc and an interpreter, and no shell; libgcc_s is opened as a thread ends, and linked by nobody
    "distroless": dict(tag="1", packages=["python3-minimal", "python3.11-minimal", "libpython3.11-minimal",
                                          "libpython3.11-stdlib", "libgcc-s1"],
                       users={"nonroot": 65532}, skip=r"/bin/(2to3|pdb|py3|pydoc|pygettext)",
                       config={"Entrypoint": ["/usr/bin/python3"], "User": "65532", "Env": [PATH],
                               "WorkingDir": "/home/nonroot"}, folders={"/home/nonroot": (0o700, 65532)}),
    "python": dict(tag="3", packages=["python3-minimal", "python3.11-minimal", "libpython3.11-minimal",
                                      "libpython3.11-stdlib", "libgcc-s1"], busybox=True,
                   config={"Cmd": ["python3"], "Env": [PATH, "LANG=C.UTF-8"]}),
    # what tests that name no image ask of a machine; its user is that of sandbox rooms
    "machine": dict(tag="1", packages=["bash", "coreutils", "dash", "diffutils", "findutils", "git", "grep", "gzip",
                                       "hostname", "libc-bin", "libgcc-s1", "libpython3.11-minimal",
                                       "libpython3.11-stdlib", "mawk", "procps", "python3-minimal", "python3.11-minimal", "sed", "sqlite3",
                                       "util-linux"],
                    programs={"/usr/bin/awk": "/usr/bin/mawk"}, users={"room": 1000},
                    skip=r"^/etc/|/gconv/|/git-core/git-(remote|http|imap|daemon|shell|sh-)|/scalar$|/git-shell"
                         r"|/pydoc_data/|/ensurepip/|/lib2to3/|/gitweb/|/sbin/|/test/",
                    folders={"/home/room": (0o755, 1000)},
                    config={"Cmd": ["sh"], "Env": [PATH, "LANG=C.UTF-8"], "User": "1000:1000"}),
    "redis": dict(tag="7", packages=["redis-server", "redis-tools"], busybox=True, programs=["/usr/bin/setpriv"],
                  users={"redis": 999}, folders={"/data": (0o755, 999)},
                  files={"/usr/local/bin/docker-entrypoint.sh": (REDIS, 0o755)}, skip=r"^/etc/redis",
                  config={"Entrypoint": ["docker-entrypoint.sh"], "Cmd": ["redis-server"],
                          "ExposedPorts": {"6379/tcp": {}}, "Volumes": {"/data": {}}, "WorkingDir": "/data",
                          "Env": [PATH]}),
    "nginx": dict(tag="1", packages=["nginx", "nginx-common"], busybox=True, users={"www-data": 33},
                  folders={"/var/log/nginx": (0o755, 33), "/var/lib/nginx": (0o755, 33)},
                  skip=r"^/etc/(nginx/sites|ufw)",
                  files={"/etc/nginx/nginx.conf": (NGINX_CONF, 0o644),
                         "/etc/nginx/conf.d/default.conf": (NGINX_DEFAULT, 0o644),
                         "/docker-entrypoint.sh": ('#!/bin/sh\nset -e\nexec "$@"\n', 0o755)},
                  config={"Entrypoint": ["/docker-entrypoint.sh"], "Cmd": ["nginx", "-g", "daemon off;"],
                          "ExposedPorts": {"80/tcp": {}}, "StopSignal": "SIGQUIT", "Env": [PATH]}),
    "postgres": dict(tag="15-debian", packages=["postgresql-15", "postgresql-client-15", "tzdata"], busybox=True,
                     trees=["/usr/lib/locale/C.utf8"], programs=["/usr/bin/setpriv"], users={"postgres": 999},
                     skip=r"llvmjit|/bitcode/|/pgxs/",
                     folders={"/var/lib/postgresql/data": (0o1777, 999), "/var/run/postgresql": (0o3777, 999),
                              "/docker-entrypoint-initdb.d": (0o755, 0)},
                     files={"/usr/local/bin/docker-entrypoint.sh": (POSTGRES, 0o755)},
                     config={"Entrypoint": ["docker-entrypoint.sh"], "Cmd": ["postgres"],
                             "ExposedPorts": {"5432/tcp": {}}, "StopSignal": "SIGINT",
                             "Volumes": {"/var/lib/postgresql/data": {}},
                             "Env": [PATH + ":/usr/lib/postgresql/15/bin", "LANG=C.UTF-8", "PG_MAJOR=15",
                                     "PGDATA=/var/lib/postgresql/data"]}),
    "mariadb": dict(tag="10.11-debian", packages=["mariadb-server", "mariadb-server-core", "mariadb-client-core"],
                    busybox=True, programs=["/usr/bin/setpriv"], users={"mysql": 999},
                    skip=r"/mysql/(mysql-test|mini-benchmark)|^/etc/(mysql|security|logcheck)|wsrep|galera|ha_"
                         r"|innochecksum|myisam|aria_(dump|ft|pack|read)|\.pl$|provider_",
                    folders={"/var/lib/mysql": (0o755, 999), "/run/mysqld": (0o1777, 999),
                             "/docker-entrypoint-initdb.d": (0o755, 0)},
                    files={"/usr/local/bin/docker-entrypoint.sh": (MARIADB, 0o755),
                           "/etc/mysql/my.cnf": ("[mariadbd]\nbind-address=0.0.0.0\nskip-name-resolve\n"
                                                 "host-cache-size=0\n", 0o644)},
                    config={"Entrypoint": ["docker-entrypoint.sh"], "Cmd": ["mariadbd"],
                            "ExposedPorts": {"3306/tcp": {}}, "Volumes": {"/var/lib/mysql": {}},
                            "Env": [PATH, "LANG=C.UTF-8"]}),
    "rabbitmq": dict(tag="3.10-debian", packages=["rabbitmq-server", "amqp-tools", "erlang-asn1", "erlang-base", "erlang-crypto",
                                        "erlang-eldap", "erlang-inets", "erlang-mnesia", "erlang-os-mon",
                                        "erlang-parsetools", "erlang-public-key", "erlang-runtime-tools",
                                        "erlang-ssl", "erlang-syntax-tools", "erlang-tools", "erlang-xmerl"],
                     busybox=True, programs=["/usr/bin/setpriv"], users={"rabbitmq": 999},
                     skip=r"/ocf/|autocomplete|^/etc/default|/(src|examples|include)/|^/usr/sbin/rabbitmq",
                     folders={"/var/lib/rabbitmq": (0o1777, 999), "/var/log/rabbitmq": (0o1777, 999),
                              "/etc/rabbitmq": (0o1777, 999)},
                     files={"/usr/local/bin/docker-entrypoint.sh": (RABBITMQ, 0o755),
                            "/etc/rabbitmq/conf.d/10-defaults.conf": (RABBITMQ_CONF, 0o644),
                            **{"/usr/sbin/" + name: (
                                "#!/bin/sh\nexec docker-entrypoint.sh %s \"$@\"\n" % name, 0o755)
                               for name in ("rabbitmq-server", "rabbitmqctl", "rabbitmq-diagnostics",
                                            "rabbitmq-plugins")}},
                     config={"Entrypoint": ["docker-entrypoint.sh"], "Cmd": ["rabbitmq-server"],
                             "ExposedPorts": {p + "/tcp": {} for p in "4369 5671 5672 15691 15692 25672".split()},
                             "Volumes": {"/var/lib/rabbitmq": {}},
                             "Env": [PATH, "LANG=C.UTF-8", "HOME=/var/lib/rabbitmq",
                                     "RABBITMQ_LOGS=-"]}),
    "prometheus": dict(tag="2", packages=["prometheus"], busybox=True, programs={"/bin/prometheus": "/usr/bin/prometheus"},
                       users={"nobody": 65534}, skip=r"promtool|^/etc/default",
                       folders={"/prometheus": (0o755, 65534)},
                       files={"/etc/prometheus/prometheus.yml": (PROMETHEUS_YML, 0o644)},
                       config={"Entrypoint": ["/bin/prometheus"],
                               "Cmd": ["--config.file=/etc/prometheus/prometheus.yml",
                                       "--storage.tsdb.path=/prometheus"],
                               "ExposedPorts": {"9090/tcp": {}}, "Volumes": {"/prometheus": {}},
                               "User": "nobody", "WorkingDir": "/prometheus", "Env": [PATH]}),
}
