--- From a save to the verdict: the developer loop beside the floor of inotify and spawn, and
--- beside watchers that start `clnrm run` anew (entr, watchexec: where they are installed).
---
--- ORIGINAL=PATH is the program that was called clnrm before (`cargo install clnrm`, 1.3.0), which
--- runs the command in a container of alpine:latest; busybox stands for it.
---
--- All run at once and are saved in turn, by renaming over the file; a round takes at least 600 ms,
--- so that each save is a lone one, as a person's are.  A time ends when the verdict has been read
--- from what the loop prints.  SAVES says how often (200), CASES which (all that can be had),
--- ROUND_MS how long a round takes at least (600): rooms that wait are made in between.
local clock = require("core.clock")
local compare = require("compare")
local dev_loop = require("dev_loop")
local json = require("core.json")
local task = require("core.task")

local clnrm = assert(os.getenv("CLNRM"))
local SAVES = math.tointeger(tonumber(os.getenv("SAVES") or "200"))
local put, start = dev_loop.put, dev_loop.start
local ROUND_NS = math.tointeger(tonumber(os.getenv("ROUND_MS") or "600")) * 1000000
local SHARED = 100 -- test files that share a macro
local STAGES = { "detect", "debounce", "plan", "render", "parse", "check", "room", "test", "show",
  "rest", "own", "first", "total" }

local root = io.popen("realpath '" .. compare.directory("reload") .. "'"):read("l")

local function dir_of(name)
  local dir = root .. "/" .. name:gsub("[^%w]+", "-")
  assert(os.execute("mkdir -p '" .. dir .. "'"))
  return dir
end

local TEST = '# %d\n[meta]\nname = "t"\n%s[[steps]]\nname = "s"\ncommand = ["/bin/true"]\n'

--- Makes a developer loop; `write(dir, n)` saves for the n-th time.
local function loop_of(name, write, options)
  local loop = dev_loop.open({ dir = dir_of(name), home = root, write = write, options = options })
  return { name = name, pid = loop.pid, stages = loop.stages, samples = {}, loop = loop,
    save = function(n)
      return loop:save(n)
    end }
end

--- Makes a watcher that runs a command on each save, which prints "done" in the end.
local function watcher_of(name, command, first)
  local dir = dir_of(name)
  local file = dir .. "/t.clnrm.toml"
  put(file, TEST:format(0, ""))
  local pipe, pid = start((command:gsub("DIR", dir):gsub("FILE", file)))
  local self = { name = name, pid = pid, stages = {}, samples = {} }
  local function await_end(word)
    local line = pipe:read("l")
    assert(line == word, ("%s printed %s"):format(name, line))
    return clock.now()
  end
  if first then
    await_end(first)
  else
    task.sleep(1000) -- it tells nobody when it is ready
  end
  function self.save(n)
    local began = clock.now()
    put(file, TEST:format(n, ""))
    return await_end("done") - began
  end
  return self
end

local makers = {}

function makers.floor()
  return watcher_of("floor: inotify and spawn of true",
    compare.peer("reload_floor") .. " DIR /bin/true", "ready")
end

function makers.sandbox()
  return loop_of("sandbox", function(dir, n)
    put(dir .. "/t.clnrm.toml", TEST:format(n, ""))
  end)
end

function makers.template()
  return loop_of("template", function(dir, n)
    put(dir .. "/t.clnrm.toml", ('# %d\n{%% macro step(i) %%}[[steps]]\nname = "s{{ i }}"\n'
      .. 'command = ["/bin/true"]\n{%% endmacro step %%}[meta]\nname = "t"\n'
      .. "{%% for i in range(end=5) %%}{{ self::step(i=i) }}{%% endfor %%}"):format(n))
  end)
end

function makers.macro()
  return loop_of("macro of " .. SHARED .. " tests", function(dir, n)
    if n == 0 then
      for i = 1, SHARED do
        put(("%s/t%d.clnrm.toml"):format(dir, i), '{% import "m.tera" as m %}[meta]\nname = "t'
          .. i .. '"\n[[steps]]\nname = "s"\n{{ m::run() }}\n')
      end
    end
    put(dir .. "/m.tera", ('{%% macro run() %%}command = ["/bin/true", "%d"]{%% endmacro run %%}')
      :format(n))
  end)
end

function makers.docker()
  local images = dofile("tests/lua/docker/engines.lua")
  local image = images.engine() and images.image("busybox")
  return image and loop_of("docker", function(dir, n)
    put(dir .. "/t.clnrm.toml", TEST:format(n,
      ('[room]\nproject = "none"\nimage = "%s"\n'):format(image)))
  end, "--backend docker") or nil
end

local function has(program)
  return os.execute("command -v " .. program .. " >/dev/null 2>&1") == true
end

local ANEW = ("sh -c \"'%s' run -q --no-record DIR >/dev/null && echo done\""):format(clnrm)

function makers.entr()
  return has("entr") and watcher_of("entr, clnrm run anew",
    "sh -c 'echo FILE >DIR.list; exec entr -npr " .. ANEW:gsub("'", "'\\''") .. " <DIR.list'")
    or nil -- exec: so that the number told is its own
end

function makers.watchexec()
  return has("watchexec") and watcher_of("watchexec, clnrm run anew",
    "watchexec -q --postpone -n --no-vcs-ignore -w DIR -- " .. ANEW) or nil
end

function makers.original()
  local path = os.getenv("ORIGINAL")
  if not path then
    return nil
  end
  local dir = dir_of("original")
  local function write(n)
    -- in place: it loses a file that another is renamed over
    compare.write(dir .. "/t.clnrm.toml", ('# %d\n[test.metadata]\nname = "t"\n[services.c]\n'
      .. 'type = "generic_container"\nplugin = "generic_container"\nimage = "alpine:latest"\n'
      .. '[[steps]]\nname = "s"\ncommand = ["echo", "%d"]\nservice = "c"\n'):format(n, n))
  end
  write(0)
  assert(os.execute("docker tag localhost/clnrm-test/busybox:1 alpine:latest"))
  local pipe, pid = start(("sh -c 'exec env -C %s TESTCONTAINERS_RYUK_DISABLED=true %s run --watch "
    .. "--force t.clnrm.toml 2>&1'"):format(dir, path))
  local self = { name = "the original, run --watch, Docker", pid = pid, stages = {}, samples = {} }
  local function await_end(n) -- one write makes it run more than once
    local has_begun = false
    for line in pipe:lines() do
      has_begun = has_begun or line:find(("Executing: echo %d"):format(n), 1, true) ~= nil
      if has_begun and line:find("Test 't' completed", 1, true) then
        return clock.now()
      end
    end
    error("the original has ended")
  end
  await_end(0)
  task.sleep(2000) -- it tells nobody when it watches
  function self.save(n)
    local began = clock.now()
    write(n)
    return await_end(n) - began
  end
  return self
end

local ORDER = { "floor", "sandbox", "template", "macro", "docker", "entr", "watchexec", "original" }

local function percentile(samples, p)
  local sorted = table.move(samples, 1, #samples, 1, {})
  table.sort(sorted)
  return sorted[math.max(1, math.ceil(p * #sorted))] / 1e6
end

local function row(name, samples)
  print(("  %-38s %9.2f %9.2f %9.2f %9.2f ms  (%d)"):format(name, percentile(samples, 0.5),
    percentile(samples, 0.95), percentile(samples, 0.99), percentile(samples, 1), #samples))
end

local cases, wanted = {}, os.getenv("CASES")
for _, name in ipairs(ORDER) do
  if not wanted or (" " .. wanted .. " "):find(" " .. name .. " ", 1, true) then
    cases[#cases + 1] = makers[name]()
  end
end
for n = 1, SAVES do
  local began = clock.now()
  for _, case in ipairs(cases) do
    table.insert(case.samples, case.save(n))
  end
  task.sleep(math.max(0, ROUND_NS - (clock.now() - began)) // 1000000)
end
for _, case in ipairs(cases) do
  os.execute("kill -INT " .. case.pid)
end

print("reload: from a lone save to the last verdict read; goal p95 100 ms, own work 25 ms")
print(("  %-38s %9s %9s %9s %9s"):format("", "p50", "p95", "p99", "max"))
local out = {}
for _, case in ipairs(cases) do
  row(case.name, case.samples)
  out[case.name] = { samples_ns = case.samples, stages_ns = case.stages,
    metrics = case.loop and case.loop.last.metrics }
end
for _, case in ipairs(cases) do
  if case.loop then
    print("stages of " .. case.name .. ":")
    for _, stage in ipairs(STAGES) do
      if case.stages[stage] then
        row("  " .. stage, case.stages[stage])
      end
    end
  end
end
compare.write("build/bench/reload.json", assert(json.encode(out)) .. "\n")
