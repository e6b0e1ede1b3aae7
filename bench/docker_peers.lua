--- What people use to test with containers, beside clnrm and beside the engine's own API, which is
--- the limit: the same work (bench/peers/docker/works.py), from nothing to nothing left.
---
--- Peers that cannot be had are left out, and said.  WORKS="one many" does some of the works,
--- ROUNDS=N so many rounds, PEERS=none without what others have made, BEFORE=PATH with another
--- build of clnrm, in turn.  ORIGINAL=PATH is the program that was called clnrm before this one
--- (`cargo install clnrm --version 1.3.0`, 25 minutes): it runs each command in a new container of
--- alpine:latest, for which busybox stands here, and does not reach its services from there; so its
--- commands are as many `echo`.
local compare = require("compare")

local clnrm = assert(os.getenv("CLNRM"))
local dir = "build/bench/docker"
local HERE = "bench/peers/docker/"
local SOCKET = "/var/run/docker.sock"
local IMAGES = { "redis", "nginx", "busybox" }

local has_peers = os.getenv("PEERS") ~= "none"
if has_peers then
  assert(os.execute("sh bench/peers/docker/build.sh " .. dir))
end
for _, name in ipairs(IMAGES) do
  assert(os.execute("python3 tools/engines/images.py load " .. name .. " >/dev/null"))
end

local CACHE = [==[
[services.cache]
image = "localhost/clnrm-test/redis:7"
wait = { port = 6379 }
]==]

local TESTS = {
  one = CACHE .. [==[
[[steps]]
name = "ping"
command = ["redis-cli", "ping"]
expect.stdout.contains = "PONG"
]==],
  three = CACHE .. [==[
[services.web]
image = "localhost/clnrm-test/nginx:1"
wait = { port = 80 }
[services.files]
image = "localhost/clnrm-test/busybox:1"
command = ["httpd", "-f", "-p", "8000", "-h", "/etc"]
wait = { port = 8000 }
[[steps]]
name = "ping"
service = "cache"
command = ["redis-cli", "ping"]
expect.stdout.contains = "PONG"
[[steps]]
name = "set"
service = "cache"
command = ["redis-cli", "set", "a", "1"]
expect.stdout.contains = "OK"
[[steps]]
name = "configuration"
service = "web"
command = ["nginx", "-t"]
expect.stderr.contains = "successful"
[[steps]]
name = "page"
service = "files"
command = ["wget", "-qO-", "http://web/"]
expect.stdout.contains = "nginx"
[[steps]]
name = "reach"
service = "files"
command = ["sh", "-c", "printf 'PING\\r\\nQUIT\\r\\n' | nc cache 6379"]
expect.stdout.contains = "PONG"
]==],
}

local function many()
  local parts = { '[room]\nimage = "localhost/clnrm-test/busybox:1"\n' }
  for i = 1, 20 do
    parts[#parts + 1] = ('[[scenario]]\nname = "s%d"\n'):format(i)
    parts[#parts + 1] = '[[scenario.steps]]\nname = "true"\ncommand = ["true"]\n'
    parts[#parts + 1] = "expect.exit_code = 0\n"
  end
  return table.concat(parts)
end
TESTS.many = many()

local function exists(path)
  local file = io.open(path)
  return file and file:close()
end

--- Runs a program that prints nanoseconds and memory for each of its runs.
local function by_program(line)
  return function()
    local samples = {}
    local pipe = assert(io.popen(line))
    for ns in pipe:lines("l") do
      samples[#samples + 1] = assert(math.tointeger(tonumber(ns:match("^%d+"))), line)
    end
    assert(pipe:close() and #samples > 0, line)
    return samples
  end
end

local original = os.getenv("ORIGINAL")
local ALPINE = "alpine:latest"

--- Writes what the original does for a work; returns the command.
local function by_original(name)
  local place = compare.directory("docker-original-" .. name)
  local services, steps = { "redis:7" }, 1
  if name == "three" then
    services, steps = { "redis:7", "nginx:1", "busybox:1" }, 5
  end
  local parts = { ('[test.metadata]\nname = "%s"\n'):format(name) }
  for i, image in ipairs(services) do
    parts[#parts + 1] = ('[services.s%d]\ntype = "generic_container"\n'):format(i)
    parts[#parts + 1] = 'plugin = "generic_container"\n'
    parts[#parts + 1] = ('image = "localhost/clnrm-test/%s"\n'):format(image)
  end
  for i = 1, steps do
    parts[#parts + 1] = ('[[steps]]\nname = "s%d"\n'):format(i)
    parts[#parts + 1] = 'command = ["echo", "PONG"]\n'
    parts[#parts + 1] = 'expected_output_regex = "PONG"\n'
  end
  compare.write(place .. "/work.clnrm.toml", table.concat(parts))
  return ("env -C %s TESTCONTAINERS_RYUK_DISABLED=true %s run --force work.clnrm.toml"):format(
    place, original)
end

--- Gives the engine an image of that name; false when it has one, which is left alone.
local function lend_alpine()
  return not os.execute(("docker image inspect %s >/dev/null 2>&1"):format(ALPINE))
    and os.execute(("docker tag localhost/clnrm-test/busybox:1 %s"):format(ALPINE))
end

local before = os.getenv("BEFORE")

local function run(name, title, jobs, goals)
  local place = compare.directory("docker-" .. name)
  compare.write(place .. "/clnrm.toml", "")
  compare.write(place .. "/work.clnrm.toml", ('[meta]\nname = "%s"\n'):format(name) .. TESTS[name])
  local function by_clnrm(program)
    return compare.command(1, ("%s run -q --no-record --backend docker -j %d %s"):format(program,
      jobs, place .. "/work.clnrm.toml"))
  end
  local cases = { {
    name = "the engine's API, straight (limit)",
    measure = by_program(("python3 %sengine.py %s %s 1 %d"):format(HERE, SOCKET, name, jobs)),
  }, {
    name = "clnrm run --backend docker", measure = by_clnrm(clnrm), goal = goals.clnrm,
  } }
  if name ~= "many" then
    cases[#cases + 1] = {
      name = "the engine's API, services stopped by a signal",
      measure = by_program(("python3 %sengine.py %s %s 1 1 stop"):format(HERE, SOCKET, name)),
    }
  end
  cases[#cases + 1] = before and { name = "another build of clnrm", measure = by_clnrm(before) }
  local function add(is_there, case_name, line)
    if is_there then
      cases[#cases + 1] = { name = case_name, measure = by_program(line) }
    end
  end
  add(has_peers, "docker, a script",
    ("python3 %scli.py docker %s 1 %d"):format(HERE, name, jobs))
  if has_peers and name ~= "many" then
    add(os.execute("command -v docker-compose >/dev/null"), "docker-compose 1.29, up exec down",
      ("python3 %scli.py compose %s 1"):format(HERE, name))
  end
  add(has_peers and exists(dir .. "/venv/bin/python"), "testcontainers-python 4.15, without Ryuk",
    ("%s/venv/bin/python %stestcontainers_py.py %s 1 %d"):format(dir, HERE, name, jobs))
  add(has_peers and exists(dir .. "/testcontainers-rs"), "testcontainers for Rust 0.28",
    ("%s/testcontainers-rs %s 1 %d"):format(dir, name, jobs))
  if original and name ~= "many" then
    cases[#cases + 1] = {
      name = "the original clnrm 1.3.0", measure = compare.command(1, by_original(name)),
    }
  end
  compare.run({
    name = "docker_" .. name,
    title = title,
    rounds = tonumber(os.getenv("ROUNDS")) or 7,
    cases = cases,
  })
end

local WORKS = {
  { "one", "one Redis and one command in it", 1, { clnrm = "ratio 1.05" } },
  { "three", "Redis, nginx and a web server in one network, five commands", 1,
    { clnrm = "0.5 of compose" } },
  { "many", "twenty scenarios of one step, each in a container of its own, four at once", 4, {} },
}

local wanted = " " .. (os.getenv("WORKS") or "one three many") .. " "
local is_lent = original and lend_alpine()
for _, work in ipairs(WORKS) do
  if wanted:find(" " .. work[1] .. " ", 1, true) then
    run(table.unpack(work))
  end
end
if is_lent then
  os.execute(("docker rmi %s >/dev/null"):format(ALPINE))
end
