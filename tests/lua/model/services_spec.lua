--- [services.NAME]: what a file says about services, and what a step needs of them.
local fs = require("core.fs")
local model = require("engine.model")

local STEP = '\n[[steps]]\nname = "s"\ncommand = ["true"]\n'

local project

setup(function()
  project = assert(fs.tempdir())
  assert(fs.mkdir_p(project .. "/data"))
  assert(fs.write_atomic(project .. "/app.conf", "a = 1\n", { mode = 384 }))
end)

teardown(function()
  assert(fs.remove_tree(project))
end)

local function load(text)
  return model.parse('meta.name = "x"\n' .. text .. STEP, project .. "/x.toml", { file = "x.toml" })
end

local function told(list)
  local out = {}
  for i, d in ipairs(list) do
    out[i] = ("%s %s"):format(d.code, d.message)
  end
  return table.concat(out, "\n")
end

--- Loads a service with these lines; `command` is given unless they do.
local function service(lines, more)
  local command = ("\n" .. lines):find("\n#?command") and "" or 'command = ["serve"]\n'
  local suite, list = load("[services.web]\n" .. command .. lines .. "\n" .. (more or ""))
  return assert(suite, told(list)).services[1]
end

local function without_pos(value)
  if type(value) ~= "table" then
    return value
  end
  local copy = {}
  for k, v in pairs(value) do
    if k ~= "pos" then
      copy[k] = without_pos(v)
    end
  end
  return copy
end

describe("a service", function()
  it("has every default filled in", function()
    local suite = assert(load('[services.web]\ncommand = ["serve"]\n'))
    assert.same({
      name = "web",
      line = 2,
      image = "host",
      argv = { "serve" },
      env = {},
      ports = {},
      listens = {},
      volumes = {},
      files = {},
      tmpfs = {},
      aliases = {},
      extra_hosts = {},
      ulimits = {},
      network = "room",
      kind = "daemon",
      depends_on = {},
      wait = {},
      stop_signal = "SIGTERM",
      stop_timeout_ms = 10000,
      secrets = {},
    }, without_pos(suite.services[1]))
    assert.same({ line = 2, column = 11, offset = 26, length = 3 }, suite.services[1].pos)
  end)

  it("joins entrypoint, command and args", function()
    local function argv(lines)
      return service(lines).argv
    end
    assert.same({ "serve", "-v", "" }, argv('args = ["-v", ""]'))
    assert.same({ "in", "serve" }, argv('entrypoint = ["in"]\ncommand = ["serve"]'))
    assert.same({ "in", "-v" }, argv('entrypoint = ["in"]\nargs = "-v"\n#command'))
    assert.same({ "in", "/bin/sh", "-c", "a b" }, argv('entrypoint = ["in"]\ncommand = "a b"'))
    assert.equal("a | b", service('command = "a | b"').shell)
    assert.equal("a | b", service('entrypoint = "a | b"\n#command').shell)
  end)

  it("reads ports as numbers and as text, and knows those it waits for", function()
    local found = service('ports = [1, "2", "3:4", "0:5", "127.0.0.1:6:7", "9/tcp"]\n'
      .. 'wait = [{ port = 10 }, { port = 2 }, { http = "http://web:11/" }]')
    assert.same({
      { port = 1 }, { port = 2 }, { port = 4, host = 3 }, { port = 5, host = 0 },
      { port = 7, host = 6 }, { port = 9 },
    }, found.ports)
    assert.same({ 1, 2, 4, 5, 7, 9, 10, 11 }, found.listens)
    assert.same({ { port = 80 } }, service("ports = 80").ports)
  end)

  it("reads volumes, files and places in memory", function()
    local found = service([=[
workdir = "here"
volumes = ["./data:/a:ro", "data:/b", { host_path = "data", container_path = "/c/../d" }]
files = [
  { path = "x/y", content = "text" },
  { path = "/etc/app.conf", from = "app.conf" },
  { path = "/etc/b", from = "./data/../app.conf", mode = "0640" },
]
tmpfs = ["/cache", "/big:size=64m,mode=1777"]
]=])
    local data = assert(fs.realpath(project)) .. "/data"
    assert.equal("/var/lib/web/here", found.cwd)
    assert.same({
      { source = data, target = "/a", read_only = true },
      { source = data, target = "/b", read_only = false },
      { source = data, target = "/d", read_only = false },
    }, without_pos(found.volumes))
    local base = assert(fs.realpath(project))
    local conf = base .. "/app.conf"
    assert.same({
      { path = "/var/lib/web/here/x/y", content = "text", mode = 420 },
      { path = "/etc/app.conf", from = conf, mode = 384 },
      { path = "/etc/b", from = conf, mode = 416 },
    }, without_pos(found.files))
    assert.same({ { path = "/cache" }, { path = "/big", size = 64 << 20, mode = 1023 } },
      found.tmpfs)
  end)

  it("reads conditions, one or several", function()
    local found = service([=[
ports = [80]
aliases = ["www"]
wait = [
  { port = 80 },
  { http = "/a?b#c", status = 204, body = "ok" },
  { http = "http://WWW:81", timeout = "2s" },
  { log = 'ready', times = 3 },
  { cmd = "true" },
  { cmd = ["a", "b"] },
  { file = "pid" },
]
]=])
    assert.same({
      { kind = "port", value = 80, timeout_ms = 30000, key = "wait[1].port" },
      {
        kind = "http", value = "/a?b", host = "localhost", port = 80, status = 204, body = "ok",
        timeout_ms = 30000, key = "wait[2].http",
      },
      {
        kind = "http", value = "/", host = "WWW", port = 81, status = 200, timeout_ms = 2000,
        key = "wait[3].http",
      },
      { kind = "log", value = "ready", times = 3, timeout_ms = 30000, key = "wait[4].log" },
      { kind = "cmd", shell = "true", timeout_ms = 30000, key = "wait[5].cmd" },
      { kind = "cmd", argv = { "a", "b" }, timeout_ms = 30000, key = "wait[6].cmd" },
      { kind = "file", value = "/var/lib/web/pid", timeout_ms = 30000, key = "wait[7].file" },
    }, without_pos(found.wait))
    local one = service('wait = { log = "a" }').wait[1]
    assert.same({ "wait.log", 1 }, { one.key, one.times })
    assert.same({ line = 4, column = 16, offset = 66, length = 3 }, one.pos)
    assert.equal(0, service('kind = "task"\nwait = { exit = 0 }').wait[1].value)
  end)

  it("reads a health check and limits", function()
    local found = service('health_check = { cmd = "true" }\nlimits = { cpu_limit = 500, pids = 9 }')
    assert.same({
      shell = "true", interval_ms = 1000, timeout_ms = 5000, retries = 3, start_period_ms = 0,
    }, without_pos(found.health))
    assert.same({ cpu_millicores = 500, pids = 9 }, without_pos(found.limits))
    assert.is_nil(service("limits = {}").limits)
  end)
end)

describe("a path of a service", function()
  local function refusal(lines, dir)
    local text = 'meta.name = "x"\nroom.project = "none"\n[services.web]\ncommand = ["a"]\n'
    local suite, list = model.parse(text .. lines .. STEP, (dir or project) .. "/x.toml")
    assert.is_nil(suite, lines)
    return told(list)
  end

  setup(function()
    assert(fs.symlink(project .. "/out", "/etc"))
    assert(fs.symlink(project .. "/in", "data"))
    assert(fs.symlink(project .. "/loop", "loop"))
    assert.is_true(os.execute(("mkfifo '%s/fifo'"):format(project)))
    assert(fs.mkdir_p(project .. "/run"))
    assert.is_true(os.execute(([[python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' '%s/run/docker.sock']]):format(project)))
    assert.is_true(os.execute(([[python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' '%s/own']]):format(project)))
  end)

  it("may be a link inside the project, and leads nowhere else", function()
    local data = assert(fs.realpath(project)) .. "/data"
    assert.equal(data, service('volumes = "in:/d"').volumes[1].source)
    local out = "P122 .* leads out of the project, through a link: /etc"
    assert.matches(out, refusal('volumes = "out:/d"'))
    assert.matches(out .. "/passwd", refusal('volumes = "out/passwd:/d"'))
    assert.matches(out .. "/passwd", refusal('files = { path = "x", from = "out/passwd" }'))
    assert.matches("P126 .* is a link that leads to itself", refusal('volumes = "loop:/d"'))
    assert.matches("P126 .* is not there", refusal('volumes = "app.conf/x:/d"'))
  end)

  it("is no socket, no FIFO, and holds no socket of an engine", function()
    assert.matches("P122 .* neither a file nor a folder: a fifo", refusal('volumes = "fifo:/d"'))
    assert.matches("P122 .* neither a file nor a folder: a socket", refusal('volumes = "own:/d"'))
    assert.matches("P122 .* is the socket of a container engine",
      refusal('volumes = "run/docker.sock:/d"'))
    assert.matches("P122 .* holds the socket of a container engine: docker.sock",
      refusal('volumes = "run:/d"'))
  end)

  it("is no place that the kernel fills, for what lies in memory as for a volume", function()
    for _, path in ipairs({ "/proc", "/proc/self/./fd", "/sys/fs", "/dev", "//dev/x:size=1m" }) do
      assert.matches("^P103 `tmpfs` is in /%l+, which the kernel fills$",
        refusal(("tmpfs = %q"):format(path)))
    end
    local suite, list = load('[services.web]\ncommand = ["a"]\ntmpfs = ["/a", "/proc"]')
    assert.is_nil(suite)
    assert.same({ 4, 16, "item 2 of `tmpfs` is in /proc, which the kernel fills" },
      { list[1].line, list[1].column, list[1].message })
    for _, path in ipairs({ "/dev/shm", "/process", "/developer" }) do
      assert.equal(path, service(("tmpfs = %q"):format(path)).tmpfs[1].path)
    end
  end)

  it("is of a project, which a folder of everybody is not", function()
    assert.matches("P122 .* is of no project: around the test file is /tmp",
      refusal('volumes = ".:/d"', "/tmp"))
    assert.matches("P122 .* is of no project: around the test file is the whole file system",
      refusal('files = { path = "x", from = "/etc/passwd" }', ""))
  end)
end)

describe("what compose files write", function()
  --- Two ways to say the same of a service.
  local PAIRS = {
    { 'environment = ["A=1", "B=x=y", "C="]', 'env = { A = 1, B = "x=y", C = "" }' },
    { "environment = { A = true, B = 0.5 }", 'env = ["A=true", "B=0.5"]' },
    { 'type = "redis"', 'plugin = "redis"' },
    { 'healthcheck = { command = "true" }', 'health_check = { cmd = "true" }' },
    { 'working_dir = "x"', 'workdir = "x"' },
    { "resources = { cpu_limit = 5, memory_limit = 6 }",
      "limits = { cpu_millicores = 5, memory_mb = 6 }" },
    { 'ports = "80"', "ports = [80]" },
    { 'ports = ["8080:80/tcp"]', 'ports = ["127.0.0.1:8080:80"]' },
    { 'volumes = "./data:/d:ro"', "volumes = [{ host_path = 'data', container_path = '/d', "
      .. "read_only = true }]" },
    { 'volumes = ["data:/d:rw"]', "volumes = { host_path = './data', container_path = '/d' }" },
    { 'depends_on = "other"', 'depends_on = { other = "started" }' },
    { 'extra_hosts = ["a.b:127.0.0.1"]', 'extra_hosts = { "a.b" = "127.0.0.1" }' },
    { 'extra_hosts = "a=127.0.0.1"', 'extra_hosts = ["a:127.0.0.1"]' },
    { 'tmpfs = "/c"', 'tmpfs = ["/c"]' },
    { 'aliases = "a"', 'aliases = ["a"]' },
    { 'stop_signal = "term"', 'stop_signal = "SIGTERM"' },
    { "ulimits = { core = { soft = 0, hard = 0 } }", "ulimits = { core = 0 }" },
    { 'user = "1000"', "user = 1000" },
    { 'plugin = "generic_container"', "" },
    { 'image = "host"', "" },
  }
  local OTHER = '[services.other]\ncommand = ["x"]\n'

  it("means what our own keys say", function()
    for _, pair in ipairs(PAIRS) do
      local one, other = service(pair[1], OTHER), service(pair[2], OTHER)
      if one.wait[1] then
        one.wait, other.wait = nil, nil -- regexes and places
      end
      assert.same(without_pos(other), without_pos(one), pair[1])
    end
  end)

  it("may be [service.NAME], beside [services.NAME]", function()
    local suite = assert(load('[service.b]\ncommand = "b"\n[services.a]\ncommand = "a"\n'))
    assert.same({ "b", "a" }, { suite.services[1].name, suite.services[2].name })
  end)
end)

local GRAPH = [=[
[services.db]
command = ["db"]
health_check = { cmd = "true" }
[services.seed]
kind = "task"
command = ["seed"]
depends_on = ["db"]
[services.cache]
command = ["cache"]
[services.web]
command = ["web"]
depends_on = ["seed", "cache"]
]=]

describe("what a service waits for", function()
  it("is healthy, completed or started, as the other one can be", function()
    local suite = assert(load(GRAPH))
    assert.same({ { name = "db", condition = "healthy" } },
      without_pos(suite.services[2].depends_on))
    assert.same({
      { name = "seed", condition = "completed" }, { name = "cache", condition = "started" },
    }, without_pos(suite.services[4].depends_on))
  end)

  it("may be named as one text or with the condition", function()
    local function edges(text)
      return without_pos(assert(load('[services.a]\ncommand = "a"\n[services.b]\ncommand = "b"\n'
        .. text)).services[2].depends_on)
    end
    assert.same({ { name = "a", condition = "started" } }, edges('depends_on = "a"'))
    assert.same({ { name = "a", condition = "started" } }, edges('depends_on.a = "started"'))
  end)

  it("is an init service, without saying so", function()
    local suite = assert(load(GRAPH .. '[services.first]\nkind = "init"\ncommand = "a"\n'
      .. 'depends_on = ["cache"]\n[services.zero]\nkind = "init"\ncommand = "b"\n'))
    local waits = {}
    for _, one in ipairs(suite.services) do
      local names = {}
      for i, edge in ipairs(one.depends_on) do
        names[i] = edge.name .. (edge.implied and "!" or "")
      end
      waits[one.name] = table.concat(names, " ")
    end
    assert.same({
      db = "zero! first!",
      seed = "zero! first! db",
      cache = "zero!",
      web = "zero! first! seed cache",
      first = "cache",
      zero = "",
    }, waits)
  end)
end)

local function scenarios(text)
  local suite, list = model.parse('meta.name = "x"\n' .. text, project .. "/x.toml")
  return assert(suite, told(list)).scenarios
end

local function run(name, lines)
  return ('[[scenario]]\nname = "%s"\n%s\n'):format(name, lines)
end

describe("a step", function()
  it("runs beside the file's only service", function()
    local found = scenarios('[services.db]\ncommand = "a"\n' .. run("a", 'run = "true"') .. STEP)
    for _, scenario in ipairs(found) do
      assert.same({ "db" }, scenario.services)
      assert.same({ "db", { "db" } }, { scenario.steps[1].service, scenario.steps[1].needs })
    end
  end)

  it("runs in the room itself when there are several, and needs all of them", function()
    local found = scenarios(GRAPH .. STEP)
    local all = { "db", "seed", "cache", "web" }
    assert.is_nil(found[1].steps[1].service)
    assert.same({ all, all }, { found[1].services, found[1].steps[1].needs })
  end)

  it("needs what its service needs, in the order of their start; so does its scenario", function()
    local found = scenarios(GRAPH .. run("a", 'service = "seed"\nrun = "true"\n[[scenario.steps]]\n'
      .. 'name = "own"\nservice = "cache"\ncommand = "true"')
      .. run("b", 'service = "web"\nrun = "true"'))
    local first, second = found[1].steps[1], found[1].steps[2]
    assert.same({ "seed", { "db", "seed" } }, { first.service, first.needs })
    assert.same({ "cache", { "cache" } }, { second.service, second.needs })
    assert.same({ "db", "seed", "cache" }, found[1].services)
    assert.same({ "db", "seed", "cache", "web" }, found[2].services)
  end)

  it("needs nothing in a file without services, or of those it does not use", function()
    local found = scenarios(run("a", 'run = "true"'))
    assert.same({ {}, {} }, { found[1].services, found[1].steps[1].needs })
  end)
end)
