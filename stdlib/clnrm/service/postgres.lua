--- PostgreSQL from a template: the first room makes a data directory, with the database and what
--- `init` says, and keeps it for those that come; each room then starts on a private copy of it.
local fs = require("core.fs")
local hash = require("core.hash")

local M = {
  summary = "PostgreSQL: a database made once, and a private copy of it for each room.",
  package = "postgresql",
  image = "docker.io/library/postgres:16",
  data = { "/var/lib/postgresql/data" },
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

--- Where an image looks for what it runs in a new database.
M.INIT = "/docker-entrypoint-initdb.d/"
M.SOCKETS = "/var/run/postgresql"

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

--- Joins the SQL that is run once, of options that can be used.
local function init_sql(o)
  if (o.password or ""):find("[\r\n]") then
    return nil, "PostgreSQL takes one line", "password"
  end
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

--- Adds settings to the command of the server.
local function with_settings(command, own)
  for _, list in ipairs({ own, SETTINGS }) do
    for _, setting in ipairs(list) do
      table.move({ "-c", setting }, 1, 2, #command + 1, command)
    end
  end
  return command
end

--- What psql and its like need, in steps and in probes.
local function client_env(o, env)
  env.PGPORT = tostring(o.port)
  env.PGUSER = o.username
  env.PGPASSWORD = o.password
  env.PGDATABASE = o.database or o.username
  return env
end

--- Returns the service over the programs of this machine.
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
  local sql, why, option = init_sql(o)
  if not sql then
    return nil, why, option
  end
  local database, data = o.database or o.username, o.dir .. "/data"
  local template = { "sh", "-c", "exec 3<&0; " .. MAKE, "sh", bin, data, database }
  local command = with_settings({ bin .. "/postgres", "-D", data }, {
    "port=" .. o.port, "listen_addresses=127.0.0.1", "unix_socket_directories=" .. o.dir,
  })
  local key = { MAKE, bin, data, o.username, o.password or "", database, sql }
  return {
    command = command,
    ports = { o.port },
    step_env = client_env(o, {
      PATH = bin .. ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      PGHOST = o.dir,
    }),
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

--- Returns the service over an image, which makes its database itself.
---@param o table the options, and `read`
---@return table? spec
---@return string? message why it cannot be
---@return string? option that is to blame
function M.in_image(o)
  local sql, why, option = init_sql(o)
  if not sql then
    return nil, why, option
  end
  local env = {
    POSTGRES_USER = o.username,
    POSTGRES_DB = o.database or o.username,
    POSTGRES_INITDB_ARGS = "--no-sync --wal-segsize=1",
  }
  if o.password then
    env.POSTGRES_PASSWORD = o.password
    -- else whoever comes by 127.0.0.1 is believed, and only others are asked
    env.POSTGRES_INITDB_ARGS = env.POSTGRES_INITDB_ARGS
      .. " --auth-host=scram-sha-256 --auth-local=scram-sha-256"
  else
    env.POSTGRES_HOST_AUTH_METHOD = "trust"
  end
  return {
    command = with_settings({ "postgres" }, { "port=" .. o.port, "listen_addresses=*" }),
    ports = { o.port },
    env = env,
    files = sql ~= "" and { { path = M.INIT .. "init.sql", content = sql } } or nil,
    step_env = client_env(o, { PGHOST = M.SOCKETS }),
    wait = { -- the port first: while it makes its database it listens on its socket alone
      { port = o.port, timeout = "120s" },
      { cmd = { "psql", "-XAtqw", "-c", "select 1" } },
    },
    stop_signal = "SIGQUIT", -- at once: the data is thrown away
  }
end

return M
