--- MariaDB from a template, as PostgreSQL: the first room makes a data directory, with the users,
--- the database and what `init` says; each room then starts on a private copy of it.
local hash = require("core.hash")

local M = {
  summary = "MariaDB: a database made once, and a private copy of it for each room.",
  package = "mariadb-server",
  needs = { "mariadbd", "mariadb-install-db", "mariadb" },
  image = "docker.io/library/mariadb:11",
  data = { "/var/lib/mysql" },
  ready = "its port is open, and `select 1` is answered in the database that was asked for",
  steps = "`MYSQL_HOME`, a folder with a `my.cnf` that has host, port, user, password and "
    .. "database: `mariadb -e 'select 1'` just works",
}

M.options = {
  port = { type = "integer", default = 3306, min = 1024, max = 65535, doc = "where it listens" },
  username = {
    type = "text",
    default = "root",
    doc = "the user of the steps; another than `root` may do all in `database`, "
      .. "and needs a password",
  },
  password = {
    type = "text", secret = true, doc = "what it must give, and `root`; none unless set",
  },
  database = { type = "text", doc = "made at the start; none unless set" },
  init = { type = "text", doc = "SQL that is run once, in the new database" },
  init_files = { type = "list", doc = "the same from files of the project, run before `init`" },
}

-- Nothing of a room outlives it, so nothing is forced to disk; a small server starts sooner.
local SETTINGS = {
  "--innodb-flush-log-at-trx-commit=0", "--innodb-fast-shutdown=2", "--innodb-doublewrite=0",
  "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M", "--innodb-use-native-aio=0",
}

--- Where an image looks for what it runs in a new database, and where its steps have their file.
M.INIT, M.CLIENT = "/docker-entrypoint-initdb.d/", "/opt/clnrm"

-- Run once, in a room of its own.  stdin: the SQL.
local MAKE = [[
set -eu
data=$1; shift
quietly() { "$@" >/tmp/made 2>&1 || { tail -n 5 /tmp/made >&2; exit 1; }; }
quietly mariadb-install-db --no-defaults --datadir="$data" --skip-name-resolve --skip-test-db \
  --auth-root-authentication-method=normal "$@"
mariadbd --no-defaults --datadir="$data" --socket=/tmp/s --skip-networking --pid-file=/tmp/p \
  --tmpdir=/tmp "$@" >/tmp/log 2>&1 &
sql() { mariadb --no-defaults --socket=/tmp/s --user=root "$@"; }
tries=0
until sql -e 'select 1' >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ $tries = 600 ] || ! kill -0 $!; then tail -n 5 /tmp/log >&2; exit 1; fi
  sleep 0.05
done
sql <&3
kill $!
wait $!
]]

--- Writes a text as SQL has it.
local function quoted(text)
  return "'" .. text:gsub("['\\]", "\\%0") .. "'"
end

local function name(text)
  return "`" .. text:gsub("`", "``") .. "`"
end

--- Joins the SQL that is run once, of options that can be used.
local function init_sql(o)
  if (o.password or ""):find("%c") then
    return nil, "a line break or another control character cannot be in it", "password"
  elseif o.username ~= "root" and not o.password then
    return nil, "a user other than root needs a `password`", "username"
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

--- The SQL of a new database: what `init` says, and the users as an image makes them.
local function all_sql(o, sql)
  local password = quoted(o.password or "")
  local lines = {
    "delete from mysql.global_priv where user in ('root', '') and host <> 'localhost';",
    "flush privileges;",
    ("create user root@'%%' identified by %s;"):format(password),
    "grant all on *.* to root@'%' with grant option;",
    ("alter user root@localhost identified by %s;"):format(password),
  }
  if o.username ~= "root" then
    lines[#lines + 1] = ("create user %s@'%%' identified by %s;"):format(
      quoted(o.username), password)
  end
  if o.database then
    lines[#lines + 1] = ("create database if not exists %s;"):format(name(o.database))
    lines[#lines + 1] = o.username ~= "root" and ("grant all on %s.* to %s@'%%';"):format(
      name(o.database:gsub("[_%%]", "\\%0")), quoted(o.username)) or ""
    lines[#lines + 1] = ("use %s;"):format(name(o.database))
  end
  lines[#lines + 1] = sql
  return table.concat(lines, "\n")
end

--- The file that tells its clients who they are.
local function client_file(o, dir, mode)
  local function value(text)
    return '"' .. text:gsub("\\", "\\\\") .. '"'
  end
  local lines = {
    "[client]", "host = 127.0.0.1", "port = " .. o.port, "user = " .. value(o.username),
    o.password and "password = " .. value(o.password) or "",
    o.database and "[mysql]\ndatabase = " .. value(o.database) or "", "",
  }
  return { path = dir .. "/my.cnf", content = table.concat(lines, "\n"), mode = mode }
end

local function spec_of(o, command, files)
  return {
    command = table.move(SETTINGS, 1, #SETTINGS, #command + 1, command),
    ports = { o.port },
    files = files,
    step_env = { MYSQL_HOME = files[1].path:match("^(.*)/") },
    wait = { -- the port first: while an image makes its database it listens on its socket alone
      { port = o.port, timeout = "120s" },
      { cmd = { "mariadb", "-e", "select 1" } },
    },
  }
end

--- Returns the service over the programs of this machine.
---@param o table the options, and `dir`, `read`
---@return table? spec
---@return string? message why it cannot be
---@return string? option that is to blame
function M.spec(o)
  local sql, why, option = init_sql(o)
  if not sql then
    return nil, why, option
  end
  local data = o.dir .. "/data"
  local all = all_sql(o, sql)
  local template = { "sh", "-c", "exec 3<&0; " .. MAKE, "sh", data }
  local spec = spec_of(o, {
    "mariadbd", "--no-defaults", "--datadir=" .. data, "--port=" .. o.port,
    "--bind-address=127.0.0.1", "--socket=" .. o.dir .. "/mariadb.sock",
    "--pid-file=" .. o.dir .. "/mariadb.pid", "--tmpdir=/tmp", "--skip-name-resolve",
  }, { client_file(o, o.dir, "0600") })
  spec.template = {
    argv = table.move(SETTINGS, 1, #SETTINGS, #template + 1, template),
    stdin = all,
    into = data,
    key = "mariadb-" .. hash.xxh128(MAKE .. "\0" .. data .. "\0" .. all),
  }
  return spec
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
  local files = { client_file(o, M.CLIENT, "0644") }
  if sql ~= "" then
    files[2] = { path = M.INIT .. "init.sql", content = sql }
  end
  local spec = spec_of(o, { "mariadbd", "--port=" .. o.port }, files)
  spec.env = {
    MARIADB_ROOT_PASSWORD = o.password,
    MARIADB_ALLOW_EMPTY_ROOT_PASSWORD = not o.password and "1" or nil,
    MARIADB_INITDB_SKIP_TZINFO = "1", -- as on this machine: no names of time zones, seconds saved
    MARIADB_DATABASE = o.database,
    MARIADB_USER = o.username ~= "root" and o.username or nil,
    MARIADB_PASSWORD = o.username ~= "root" and o.password or nil,
  }
  return spec
end

return M
