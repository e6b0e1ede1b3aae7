#!/bin/sh
# deps.sh -- installs the Debian packages that a purpose needs; does nothing when all are there.
#
# usage: tools/deps.sh [--list|--missing] build|demo|engines|test|stress|bench...
# `test` fetches programs for another processor as well, which are not installed (engines/foreign.sh).
# Works as root or through sudo.  Servers are wanted for their programs, not as services of this
# machine: a policy-rc.d says no while apt runs, and is removed again when it was ours; PostgreSQL is
# told to make no cluster; those that were not there before are disabled, so none starts at boot.
# A Docker that this machine has, from whichever package, stays as it is: apt removes nothing, and what
# would upgrade an engine that is installed is refused.
set -eu

build="make gcc libc6-dev pkg-config lua5.4 liblua5.4-dev libuv1-dev libpcre2-dev libxxhash-dev liblz4-dev
  libutf8proc-dev libjansson-dev libssl-dev libarchive-dev libcurl4-openssl-dev libedit-dev
  libmicrohttpd-dev libncurses-dev musl-tools"
demo="sqlite3 git python3 curl redis-server redis-tools nginx postgresql"
engines="docker.io podman runc conmon iptables docker-registry apache2-utils mariadb-server rabbitmq-server
  amqp-tools prometheus busybox-static redis-server redis-tools nginx postgresql python3 openssh-server
  openssh-client"
test="busybox-static libcmocka-dev libseccomp-dev lua-busted lua-check clang-format-14 libxml2-utils strace
  chromium python3-websocket procps patch tmux python3-jsonschema graphviz $demo $engines"
stress="stress-ng $demo"
bench="bubblewrap busybox-static entr bats python3-pytest g++ libtomlplusplus-dev cargo docker-compose python3-venv
  $demo $engines"

mode=install
case ${1-} in
--list | --missing) mode=${1#--} && shift ;;
esac
wanted=
for purpose in "$@"; do
  case $purpose in
  build) wanted="$wanted $build" ;;
  demo) wanted="$wanted $demo" ;;
  engines) wanted="$wanted $engines" ;;
  test) wanted="$wanted $test" ;;
  stress) wanted="$wanted $stress" ;;
  bench) wanted="$wanted $bench" ;;
  *)
    echo "deps.sh: no purpose '$purpose'; there are build, demo, engines, test, stress, bench" >&2
    exit 2
    ;;
  esac
done

wanted=$(printf '%s\n' $wanted | sort -u)

if [ "$mode" = list ]; then
  printf '%s\n' $wanted
  exit
fi
if ! command -v dpkg-query >/dev/null; then
  echo "deps: not a Debian system; these packages, or their likes, are needed:" >&2
  echo $wanted >&2
  exit
fi

installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null || true)
missing=
for package in $wanted; do
  case "
$installed
" in
  *"
installed $package
"*) continue ;;
  esac
  # docker-ce and its like bring the same programs in packages that exclude Debian's
  case $package in
  docker.io) ! command -v dockerd >/dev/null || continue ;;
  runc) ! command -v runc >/dev/null || continue ;;
  esac
  missing="$missing $package"
done
if [ "$mode" = missing ]; then
  [ -z "$missing" ] || printf '%s\n' $missing
  exit
fi
fetch_foreign() { # without them one suite says that it cannot run
  case " $* " in
  *" test "*) "${0%/*}/engines/foreign.sh" || echo "deps: no programs for another processor" >&2 ;;
  esac
}
[ -n "$missing" ] || {
  fetch_foreign "$@"
  exit 0
}

echo "deps: installing$missing"
as_root=
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || {
    echo "deps: not root and no sudo; as root run: apt-get install$missing" >&2
    exit 1
  }
  as_root=sudo
fi
$as_root env MISSING="$missing" sh -eu <<'ROOT'
policy=/usr/sbin/policy-rc.d
no_cluster=/etc/postgresql-common/createcluster.d/clnrm-deps.conf
log=$(mktemp)
made=
trap 'rm -f "$log" "$no_cluster" $made; rmdir "${no_cluster%/*}" 2>/dev/null || :' EXIT
trap 'exit 1' INT TERM HUP
if [ ! -e "$policy" ]; then
  made=$policy
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
case " $MISSING " in
*" postgresql "*)
  mkdir -p "${no_cluster%/*}"
  echo 'create_main_cluster = false' >"$no_cluster"
  ;;
esac
has_service() {
  [ -e "/etc/init.d/$1" ] || [ -e "/lib/systemd/system/$1.service" ]
}
absent=
for service in redis-server nginx postgresql docker containerd podman podman-auto-update podman-restart rsync \
  docker-registry mariadb rabbitmq-server epmd prometheus prometheus-node-exporter ssh; do
  has_service "$service" || absent="$absent $service"
done
export DEBIAN_FRONTEND=noninteractive
apt_get() {
  apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null >"$log" 2>&1
}
apt_get update || {
  cat "$log"
  echo "deps: apt-get update had errors; trying with the lists there are"
} >&2
disturbed=$(LC_ALL=C apt-get -s --no-remove install --no-install-recommends $MISSING 2>/dev/null |
  sed -nE 's/^Inst (docker\.io|docker-ce|containerd|containerd\.io|runc|podman) \[.*/\1/p')
[ -z "$disturbed" ] || {
  echo "deps: would upgrade an engine of this machine:" $disturbed
  echo "deps: upgrade it yourself when nothing depends on it, then call again"
  exit 1
} >&2
apt_get install -y --no-install-recommends --no-remove $MISSING || {
  cat "$log" >&2
  exit 1
}
keep_from_boot() {
  if [ -e "/etc/init.d/$1" ]; then
    update-rc.d "$1" disable
  elif command -v systemctl >/dev/null; then
    set -- "$1" "$(systemctl list-unit-files --no-legend "$1.*" | sed 's/ .*//')"
    [ -z "$2" ] || systemctl disable $2
  fi
}
for service in $absent; do
  ! has_service "$service" || keep_from_boot "$service" >"$log" 2>&1 || {
    cat "$log"
    echo "deps: $service is installed, and could not be kept from starting at boot"
  } >&2
done
ROOT
fetch_foreign "$@"
