--- Budgets of the developer loop: from a save to the verdict, cold, warm and at its best.
---
--- cold: a new process, nothing kept on disk by one before, no room: from its start to the verdict.
--- warm: the loop runs, what it keeps is there; the text is new, and so is what its room is asked
---   to be, so that the room is made for it.
--- optimal: the loop runs, the text is one that it knows (nothing is rendered, parsed or checked
---   anew), and a room waits.
---
--- Images are in the engine's store: pulling is not in these times.
local clock = require("core.clock")
local compare = require("compare")
local dev_loop = require("dev_loop")
local task = require("core.task")

local clnrm = assert(os.getenv("CLNRM"))
local ROUNDS = math.tointeger(tonumber(os.getenv("ROUNDS") or "40"))
local ROUND_NS = 600000000 -- at least: each save is a lone one, and rooms are made in between
local COLD = { sandbox = 20, docker = 6 }

local root

local function dir_of(name)
  local dir = root .. "/" .. name
  assert(os.execute("mkdir -p '" .. dir .. "'"))
  return dir
end

local HEAD = '# %d\n[meta]\nname = "t"\n'
local STEP = '[[steps]]\nname = "s"\ncommand = ["/bin/true"]\n'
local MACRO = "{%% macro run(n) %%}command = [\"/bin/true\", \"{{ n }}\", \"%d\"]\n"
  .. "{%% endmacro run %%}"
local IMPORT = '{% import "m.tera" as m %}'
local TEMPLATE = '{% for i in range(end=2) %}[[steps]]\n'
  .. 'name = "s{{ i }}"\n{{ m::run(n=i) }}{% endfor %}'

--- `room` are lines of [room].
local function cold_text(room)
  return IMPORT .. HEAD:format(0) .. "[room]\n" .. room .. TEMPLATE
end

--- The room of each save has a variable of its own, so none that waits fits.
local function warm(room)
  return function(dir, n)
    if n == 0 then
      dev_loop.put(dir .. "/m.tera", MACRO:format(0))
    end
    dev_loop.put(dir .. "/t.clnrm.toml", IMPORT .. HEAD:format(n)
      .. ('[room]\n%senv = { N = "%d" }\n'):format(room, n) .. TEMPLATE)
  end
end

--- Two texts in turn, both known after two saves; a room shows nothing that a save could change.
local function optimal(room)
  return function(dir, n)
    dev_loop.put(dir .. "/t.clnrm.toml", HEAD:format(n % 2) .. '[room]\nproject = "none"\n' .. room
      .. STEP)
  end
end

--- A macro that so many files import is saved.
local function shared(count)
  return function(dir, n)
    for i = 1, n == 0 and count or 0 do
      dev_loop.put(("%s/t%d.clnrm.toml"):format(dir, i), IMPORT .. '[meta]\nname = "t' .. i .. '"\n'
        .. TEMPLATE)
    end
    dev_loop.put(dir .. "/m.tera", MACRO:format(n))
  end
end

local function open(name, write, options)
  local loop = dev_loop.open({ dir = dir_of(name), home = root, write = write, options = options })
  loop:save(-1)
  loop:save(0)
  loop.stages, loop.samples, loop.display = {}, {}, {}
  return loop
end

--- Measures a new process; returns its times and those of its stages.
local function cold(name, count, room, options)
  local samples, stages = {}, { start = {} }
  for i = 1, count do
    local home = dir_of(("cold-%s-%d"):format(name, i))
    local dir = home .. "/project"
    assert(os.execute("mkdir " .. dir))
    dev_loop.put(dir .. "/m.tera", MACRO:format(0))
    dev_loop.put(dir .. "/t.clnrm.toml", cold_text(room))
    local began = clock.now()
    local pipe = dev_loop.start(("env -C '%s' HOME='%s' '%s' run --watch --once -f events %s")
      :format(dir, home, clnrm, options or ""))
    local ended, e = dev_loop.await_end(pipe)
    pipe:close()
    samples[i] = ended - began
    for stage, ms in pairs(e.stages) do
      stages[stage] = stages[stage] or {}
      table.insert(stages[stage], ms * 1e6)
    end
    table.insert(stages.start, math.max(0, ended - began - e.stages.first * 1e6))
  end
  return samples, stages
end

--- Published for the parts of a reload, in milliseconds.  Format is what reports take; display is
--- the way of a verdict from the loop to who reads it, with the detection of the save.
local STAGES = {
  { "detect", "detection", 50 }, { "debounce", "debounce", 300 }, { "render", "render", 200 },
  { "parse", "parse", 200 }, { "check", "check", 200 }, { "room", "room", 1000 },
  { "test", "test", 800 }, { "show", "format", 100 }, { "display", "display", 50 },
}

--- The time of Docker's own daemon has no budget: the whole has.
local OF_DAEMON = { room = true, test = true }

local function add_stages(sheet, name, stages, has_budget)
  if stages.start then
    sheet:stage(name, "start", stages.start)
  end
  for _, one in ipairs(STAGES) do
    local of_daemon = OF_DAEMON[one[1]] and name:find("docker", 1, true)
    if stages[one[1]] then
      sheet:stage(name, one[2], stages[one[1]], has_budget and not of_daemon and one[3] or nil)
    end
  end
end

local function save(loop, n)
  local ns = loop:save(n)
  loop.samples[#loop.samples + 1] = ns
  -- Detection is told by the file's time, which is of the last tick: it stays in here.
  local stages = loop.last.stages
  loop.display[#loop.display + 1] = ns - (stages.first - (stages.detect or 0)) * 1e6
end

local function add_loops(sheet, loops)
  local function scenario(name, key, published)
    local loop = loops[key]
    if loop then
      sheet:time(name, loop.samples, published)
      loop.stages.display = loop.display
      add_stages(sheet, name, loop.stages, true)
    end
  end
  for _, backend in ipairs({ "sandbox", "docker" }) do
    scenario(("end_to_end_hot_reload/warm, %s"):format(backend), "warm_" .. backend, 3000)
    scenario(("end_to_end_hot_reload/optimal, %s"):format(backend), "optimal_" .. backend, 1300)
  end
  local cycle = loops.cycle
  local name = "hot_reload_workflow/complete_reload_cycle"
  sheet:time(name, cycle.samples, 3000)
  local feedback = {}
  for i, show in ipairs(cycle.stages.show) do
    feedback[i] = show + cycle.display[i]
  end
  for _, one in ipairs({ { "detection", cycle.stages.detect, 100 },
    { "render", cycle.stages.render, 500 }, { "TOML", cycle.stages.parse, 200 },
    { "validation", cycle.stages.check, 200 }, { "feedback", feedback, 50 } }) do
    sheet:time(("%s: %s"):format(name, one[1]), one[2], one[3])
  end
  for _, one in ipairs({ { 1, 500 }, { 10, 2000 }, { 100, 10000 } }) do
    sheet:time(("scalability/%d_files"):format(one[1]), loops["files" .. one[1]].samples, one[2])
  end
end

---@param sheet bench.budgets.Sheet
return function(sheet)
  root = io.popen("realpath '" .. compare.directory("budgets-reload") .. "'"):read("l")
  local engines = dofile("tests/lua/docker/engines.lua")
  local image = engines.engine() and engines.image("busybox")
  local in_image = image and ('image = "%s"\n'):format(image)
  if not image then
    print("budgets: no Docker here: the rows of its rooms are not measured")
  end
  for _, backend in ipairs({ "sandbox", image and "docker" or nil }) do
    local samples, stages = cold(backend, COLD[backend],
      backend == "docker" and in_image or 'project = "ro"\n',
      "--backend " .. backend)
    local name = "end_to_end_hot_reload/cold, " .. backend
    sheet:time(name, samples, 13300)
    add_stages(sheet, name, stages, false)
  end
  local loops = {
    warm_sandbox = open("warm", warm("")),
    optimal_sandbox = open("optimal", optimal("")),
    cycle = open("cycle", shared(1)),
    files1 = open("files1", shared(1)),
    files10 = open("files10", shared(10)),
    files100 = open("files100", shared(100)),
    warm_docker = image and open("warm-docker", warm(in_image), "--backend docker"),
    optimal_docker = image and open("optimal-docker", optimal(in_image), "--backend docker"),
  }
  for n = 1, ROUNDS do
    local began = clock.now()
    for _, loop in pairs(loops) do
      save(loop, n)
    end
    task.sleep(math.max(0, ROUND_NS - (clock.now() - began)) // 1000000)
  end
  for _, loop in pairs(loops) do
    loop:close()
  end
  add_loops(sheet, loops)
end
