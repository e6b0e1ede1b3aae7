--- PostgreSQL from a template: the first room makes a data directory, with the database and what
--- `init` says, and keeps it for those that come; each room then starts on a private copy of it.
local fs = require("core.fs")
local hash = require("core.hash")

local M = {
  summary = "PostgreSQL: a database made once, and a private copy of it for each room.",
  package = "postgresql",
  ready = "it says so, its port is open, and `select 1` is answered in the database that was asked "
    .. "for; with settings among `args` that silence its log it needs another `wait`",
  steps = "`PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`, `PGDATABASE`, and the server's own programs "
    .. "first in `PATH`: `psql -c 'select 1'` just works",
}

M.options = {
  port = { type = "integer", default = 5432, min = 1024, max = 65535, doc = "where it listens" },
  username = { type = "text", default = "postgres", doc = "its one user, who may do everything" },
  password = { type = "text", secret = true, doc = "what clients must give; none unless set" },
  database = { type = "text", doc = "made at the start; that of the user's name unless set" },
  init = { type = "text", doc = "SQL that is run once, in the new database" },
  init_files = { type = "list", doc = "the same from files of the project, run before `init`" },
}

--- Where Debian puts the programs: a directory for each version.
M.VERSIONS = "/usr/lib/postgresql"

-- Run once, in a room of its own.  stdin: the SQL.
local MAKE = [[
set -eu
bin=$1 data=$2 database=$3
quietly() { "$@" >/tmp/made 2>&1 || { cat /tmp/made >&2; exit 1; }; }
auth=trust pwfile=
if [ -n "${PGPASSWORD-}" ]; then
  printf '%s\n' "$PGPASSWORD" >/tmp/pw
  auth=scram-sha-256 pwfile=--pwfile=/tmp/pw
fi
quietly "$bin/initdb" -D "$data" -U "$PGUSER" -A "$auth" $pwfile -E UTF8 --locale=C.UTF-8 \
  --wal-segsize=1 -N --no-instructions
quietly "$bin/pg_ctl" -D "$data" -s -w -l /tmp/log \
  -o "-c listen_addresses= -c unix_socket_directories=/tmp -c fsync=off" start
export PGHOST=/tmp
sql() { "$bin/psql" -XAtqw -v ON_ERROR_STOP=1 "$@"; }
if [ -z "$(sql -d template1 -v name="$database" <<'SQL'
select 1 from pg_database where datname = :'name'
SQL
)" ]; then
  sql -d template1 -v name="$database" <<'SQL'
create database :"name"
SQL
fi
sql -d "$database" -f - >/dev/null <&3
quietly "$bin/pg_ctl" -D "$data" -s -w -m fast stop
]]

-- Nothing of a room outlives it, so nothing is forced to disk; a small server starts sooner.
local SETTINGS = {
  "fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal",
  "max_wal_senders=0", "shared_buffers=8MB", "autovacuum=off",
}

--- Finds the programs of the newest version that is installed.
local function programs()
  local newest
  for _, entry in ipairs(fs.scandir(M.VERSIONS) or {}) do
    local version = tonumber(entry.name)
    if version and fs.exists(("%s/%s/bin/postgres"):format(M.VERSIONS, entry.name)) then
      newest = math.max(newest or 0, version)
    end
  end
  return newest and ("%s/%d/bin"):format(M.VERSIONS, newest)
end

--- Joins the SQL that is run once.
local function init_sql(o)
  local parts = {}
  for _, path in ipairs(o.init_files or {}) do
    local text, why = o.read(path)
    if not text then
      return nil, "init_files: " .. why
    end
    parts[#parts + 1] = text
  end
  parts[#parts + 1] = o.init
  return table.concat(parts, "\n")
end

--- Returns the service for a set of options.
---@param o table the options, and `dir`, `read`
---@return table? spec
---@return string? message why it cannot be
---@return string? option that is to blame
function M.spec(o)
  local bin = programs()
  if not bin then
    return nil, ("PostgreSQL is not installed (nothing in %s): Debian package %s"):format(
      M.VERSIONS, M.package)
  end
  if (o.password or ""):find("[\r\n]") then
    return nil, "PostgreSQL takes one line", "password"
  end
  local sql, why = init_sql(o)
  if not sql then
    return nil, why
  end
  local database, data = o.database or o.username, o.dir .. "/data"
  local template = { "sh", "-c", "exec 3<&0; " .. MAKE, "sh", bin, data, database }
  local settings = {
    "port=" .. o.port, "listen_addresses=127.0.0.1", "unix_socket_directories=" .. o.dir,
  }
  local command = { bin .. "/postgres", "-D", data }
  for _, list in ipairs({ settings, SETTINGS }) do
    for _, setting in ipairs(list) do
      table.move({ "-c", setting }, 1, 2, #command + 1, command)
    end
  end
  local key = { MAKE, bin, data, o.username, o.password or "", database, sql }
  return {
    command = command,
    ports = { o.port },
    -- what psql and its like need, in the steps of the service and in the probe below
    env = {
      PATH = bin .. ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      PGHOST = o.dir,
      PGPORT = tostring(o.port),
      PGUSER = o.username,
      PGPASSWORD = o.password,
      PGDATABASE = database,
    },
    wait = { -- the log first: a psql that comes too early costs another one
      { log = "database system is ready to accept connections" },
      { port = o.port },
      { cmd = { bin .. "/psql", "-XAtqw", "-c", "select 1" } },
    },
    stop_signal = "SIGQUIT", -- at once: the data is thrown away
    template = {
      argv = template,
      env = { PGUSER = o.username, PGPASSWORD = o.password },
      stdin = sql,
      into = data,
      key = "postgres-" .. hash.xxh128(string.pack(("s"):rep(#key), table.unpack(key))),
    },
  }
end

return M
