--- Servers in rooms beside the same servers started by hand: start to ready, start to verdict,
--- several in one room, one after the other in fresh rooms.
---
--- By hand means: the arguments that the service module gives, posix_spawn from a small static
--- process, then connect and ask until it answers (bench/peers/server.c).  That is the limit:
--- nothing isolates it, and its port is the machine's.
local clock = require("core.clock")
local compare = require("compare")
local model = require("engine.model")
local sandbox = require("engine.backend.sandbox")
local service = require("engine.service")

local clnrm = assert(os.getenv("CLNRM"))
local PORT = 17800 -- of what is started by hand: ports of this machine
local RUNS = 5

local dir = compare.directory("services")
local pipe = assert(io.popen("mktemp -d /tmp/clnrm-bench.XXXXXX && pwd"))
local tmp, cwd = pipe:read("l", "l") -- for data of servers that run as another user
pipe:close()
dir = cwd .. "/" .. dir

local function sh(command)
  assert(os.execute(command), command)
end

local function quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

---@class bench.Server
---@field name string
---@field protocol string that bench/peers/server.c speaks
---@field signal integer
---@field options table<string, any> of the module, for the server started by hand
---@field step string what is run beside it
---@field ask string[] the same, in the room

---@type bench.Server[]
local SERVERS = {
  {
    name = "redis", protocol = "redis", signal = 15, options = {},
    step = "redis-cli -p %d set a b",
    ask = { "redis-cli", "set", "a", "b" },
  },
  {
    name = "nginx", protocol = "http", signal = 15, options = { root = "/usr/share/doc/bash" },
    step = "curl -sS -o /dev/null http://127.0.0.1:%d/",
    ask = { "curl", "-sS", "-o", "/dev/null", "http://127.0.0.1:8080/" },
  },
  {
    name = "http", protocol = "http", signal = 15, options = { root = "/usr/share/doc/bash" },
    step = "curl -sS -o /dev/null http://127.0.0.1:%d/",
    ask = { "curl", "-sS", "-o", "/dev/null", "http://127.0.0.1:8000/" },
  },
  {
    name = "postgres", protocol = "postgres", signal = 3, options = {},
    step = "%s/psql -h 127.0.0.1 -p %d -U postgres -XAtqwc values(1)",
    ask = { "psql", "-XAtqwc", "select 1" },
  },
}

--- Returns what the module says of the server, in a directory of this machine.
local function spec_by_hand(server, i)
  local module = require("clnrm.service." .. server.name)
  local o = { name = server.name, dir = tmp .. "/" .. server.name, port = PORT + i }
  for key, option in pairs(module.options) do
    if o[key] == nil then
      o[key] = server.options[key] or option.default
    end
  end
  return module.spec(o), o
end

--- Makes the directory of a server, with the files and the template that the module asks for.
local function place(spec, o)
  sh("mkdir -p " .. quote(o.dir))
  for _, file in ipairs(spec.files or {}) do
    compare.write(file.path, file.content)
  end
  sh(('test "$(id -u)" != 0 || chown -R 65534:65534 %s && chmod 711 %s'):format(
    quote(o.dir), quote(tmp)))
  local template = spec.template
  if not template then
    return ""
  end
  local words = { 'test "$(id -u)" != 0 || set -- setpriv --reuid 65534 --regid 65534 '
    .. '--clear-groups; "$@" env' }
  for name, value in pairs(template.env) do
    words[#words + 1] = quote(name .. "=" .. value)
  end
  for _, word in ipairs(template.argv) do
    words[#words + 1] = quote(word)
  end
  sh("cd " .. quote(o.dir) .. "; " .. table.concat(words, " ") .. " </dev/null")
  sh(("mv %s %s.made"):format(template.into, template.into))
  return ("rm -rf %s; cp -a %s.made %s"):format(template.into, template.into, template.into)
end

--- How the server is started by hand, measured until it is "ready", or "all": the peer with its
--- words, and the command.
local function by_hand(what, server, i)
  local spec, o = spec_by_hand(server, i)
  local before = server.before or place(spec, o)
  server.before = before
  local bin = spec.command[1]:match("^(.*)/") or ""
  local step = what == "all" and server.step:gsub("%%s", bin):format(o.port) or ""
  local words = {}
  for k, word in ipairs(spec.command) do
    words[k] = quote(word)
  end
  return ("server %s %s %d %d %s %s"):format(what, server.protocol, o.port, server.signal,
    quote(before), quote(step)), table.concat(words, " ")
end

local function measure_by_hand(what, server, i)
  local peer, command = by_hand(what, server, i)
  return compare.command(RUNS, command, peer)
end

--- The same as a line for the shell.
local function line_by_hand(server, i)
  local peer, command = by_hand("all", server, i)
  return ("%s %s"):format(compare.peer(peer:gsub("^server", "%0 1", 1)), command)
end

local function toml_of(server, steps)
  local options = {}
  for key, value in pairs(server.options) do
    options[#options + 1] = ("%s = %q\n"):format(key, value)
  end
  local text = { ('[services.s]\nplugin = "%s"\n%s'):format(server.name, table.concat(options)) }
  for i = 1, steps do
    local words = {}
    for k, word in ipairs(server.ask) do
      words[k] = ("%q"):format(word)
    end
    text[#text + 1] = ('[[steps]]\nname = "s%d"\ncommand = [%s]\n'):format(
      i, table.concat(words, ", "))
  end
  return table.concat(text)
end

local META = '[meta]\nname = "bench"\n[room]\nproject = "none"\n'

local function write_test(name, body)
  local path = ("%s/%s.clnrm.toml"):format(dir, name)
  compare.write(path, META .. body)
  return path
end

--- Starts the service in an open room, as `clnrm run` does, until it is ready.
local function measure_ready(path)
  local suite = assert(model.load(path))
  local furniture = service.furniture(suite.services)
  return function()
    local samples = {}
    for i = 1, RUNS do
      local room <close> = assert(sandbox.open({
        room = { project = "none" },
        hosts = furniture.hosts,
        dirs = furniture.dirs,
        shelf = furniture.shelf,
      }))
      local set = service.new(room, suite.services)
      local start = clock.now()
      local ok, failure = set:start({ "s" })
      samples[i] = clock.now() - start
      assert(ok, failure and failure.message)
      set:close()
    end
    return samples
  end
end

for i, server in ipairs(SERVERS) do
  local path = write_test(server.name, toml_of(server, 1))
  compare.run({
    name = "services-ready-" .. server.name,
    title = server.name .. ", start to ready: by hand, and in an open room",
    rounds = 8,
    cases = {
      {
        name = "by hand, until it answers (limit)",
        measure = measure_by_hand("ready", server, i),
      },
      { name = "service of a room", measure = measure_ready(path) },
    },
  })
  compare.run({
    name = "services-verdict-" .. server.name,
    title = server.name
      .. ", start to verdict: server, one step, stopped; clnrm as a whole process",
    rounds = 8,
    cases = {
      {
        name = "by hand: start, ask, step, stop (limit)",
        measure = measure_by_hand("all", server, i),
      },
      {
        name = "clnrm run",
        measure = compare.command(RUNS, ("%s run %s"):format(clnrm, path)),
      },
    },
  })
end

-- Three services and five steps

local THREE = [=[
[services.cache]
plugin = "redis"
[services.web]
plugin = "nginx"
root = "/usr/share/doc/bash"
[services.db]
plugin = "postgres"
[[steps]]
name = "set"
service = "cache"
command = ["redis-cli", "set", "a", "b"]
[[steps]]
name = "get"
service = "cache"
command = ["redis-cli", "get", "a"]
[[steps]]
name = "page"
service = "web"
command = ["curl", "-sS", "-o", "/dev/null", "http://127.0.0.1:8080/"]
[[steps]]
name = "select"
service = "db"
command = ["psql", "-XAtqwc", "select 1"]
[[steps]]
name = "again"
service = "db"
command = ["psql", "-XAtqwc", "select 2"]
]=]

compare.run({
  name = "services-three",
  title = "redis, nginx and PostgreSQL with five steps in one room; beside it the slowest of the "
    .. "three alone, by hand, with one step",
  rounds = 15,
  cases = {
    {
      name = "by hand: PostgreSQL, 1 step (limit)",
      measure = measure_by_hand("all", SERVERS[4], 4),
    },
    {
      name = "clnrm run, 5 steps",
      measure = compare.command(1, ("%s run %s"):format(clnrm, write_test("three", THREE))),
    },
  },
})

-- Fifty tests, each with a Redis of its own

local FIFTY = 50
local tests = { '[services.s]\nplugin = "redis"\n' }
for i = 1, FIFTY do
  tests[#tests + 1] = ('[[scenario]]\nname = "s%d"\n'):format(i)
    .. 'run = ["redis-cli", "set", "a", "b"]\n'
end
local fifty = write_test("fifty", table.concat(tests))

compare.write(dir .. "/one.sh", [=[
#!/bin/sh
port=$((17900 + $1))
redis-server --bind 127.0.0.1 --port $port --save "" --dir /tmp --hz 100 >/dev/null &
server=$!
until redis-cli -p $port ping >/dev/null 2>&1; do sleep 0.005; done
redis-cli -p $port set a b >/dev/null
kill $server
wait $server
]=])
local each = "seq %d | xargs -P 2 -I{} sh %s/one.sh {}\n"
compare.write(dir .. "/fifty.sh", each:format(FIFTY, dir))
-- each server at a port of its own: the line has the one of the first server wherever it says it
local at_port, ports = line_by_hand(SERVERS[1], 1):gsub("%f[%d]" .. PORT + 1 .. "%f[%D]", "{}")
assert(ports > 0, "the line for the shell names no port")
compare.write(dir .. "/fifty-limit.sh", ("seq %d %d | xargs -P 2 -I{} %s >/dev/null\n"):format(
  PORT + 101, PORT + 100 + FIFTY, at_port))

compare.run({
  name = "services-fifty",
  title = FIFTY .. " tests with a Redis of their own, two at once; times are for each test",
  rounds = 8,
  cases = {
    {
      name = "by hand, xargs -P2 (limit)",
      per = FIFTY,
      measure = compare.command(1, ("sh %s/fifty-limit.sh"):format(dir)),
    },
    {
      name = "clnrm run -j 2, a fresh room each",
      per = FIFTY,
      measure = compare.command(1, ("%s run -j 2 %s"):format(clnrm, fifty)),
    },
    {
      name = "shell script for each, xargs -P2",
      per = FIFTY,
      measure = compare.command(1, ("sh %s/fifty.sh"):format(dir)),
    },
  },
})

sh("rm -rf " .. quote(tmp))
