--- The headline figures that are no times of a command: memory, batching, and the build itself.
local clock = require("core.clock")
local compare = require("compare")
local fs = require("core.fs")
local json = require("core.json")
local measure = require("budgets.measure")
local sandbox = require("engine.backend.sandbox")

local clnrm = assert(os.getenv("CLNRM"))
local ROUNDS, COUNT = 5, 200

local function rss_mb(pid)
  local f = assert(io.open("/proc/" .. pid .. "/status"))
  local kb = f:read("a"):match("VmRSS:%s*(%d+)")
  f:close()
  return tonumber(kb) / 1024
end

--- A developer loop as its first run ends, and when it rests: both of one process.
local function memory(sheet, dir)
  local after, resting = {}, {}
  measure.file(dir, "one", measure.scenario("s", 3))
  for round = 1, ROUNDS do
    local pipe = io.popen(("echo $$; exec env -C '%s' HOME=\"$PWD/%s\" '%s' run --watch -f events "
      .. "--no-record 2>/dev/null </dev/null"):format(dir, dir, clnrm), "r")
    local pid = pipe:read("l")
    for line in pipe:lines() do
      local e = json.decode(line)
      after[round] = e.event == "run_end" and e.memory.rss_kb / 1024 or after[round]
      if e.event == "reload_end" then
        break
      end
    end
    os.execute("sleep 2")
    resting[round] = rss_mb(pid)
    os.execute("kill -INT " .. pid)
    pipe:close()
  end
  sheet:add({ name = "memory: a loop as its run ends", unit = "MB", samples = after })
  sheet:add({ name = "memory: the same loop at rest", unit = "MB", samples = resting,
    published = 10 })
  sheet:add({ name = "memory: so many times as small", unit = "×",
    samples = measure.ratio(after, resting), published = 1 / 0.7,
    note = "30 to 40 % less is 1.43 to 1.67 ×" })
end

--- What a frame that carries many commands could save: the way to the agent and back.
local function batching(sheet)
  local room = assert(sandbox.open({ name = "bench", run_id = "bench",
    room = { project = "none" } }))
  local step = measure.us(COUNT, 1, function()
    assert(assert(room:exec({ argv = { "/usr/bin/true" } })).exit_code == 0)
  end)
  local way = measure.us(COUNT, 10, function()
    assert(room:stat("/"))
  end)
  room:close()
  sheet:add({ name = "batching: a step of `true` in an open room", unit = "µs", samples = step })
  sheet:add({ name = "batching: a round trip to the agent, of which a batch has one", unit = "µs",
    samples = way })
  local gain = measure.median(step) / (measure.median(step) - measure.median(way))
  sheet:add({ name = "batching: so many times as fast without any round trip", unit = "×",
    samples = { gain }, note = "15 to 30 % less were 1.18 to 1.43 ×" })
  local text = "concurrent = true\n"
  local dir = compare.directory("budgets-gains-steps")
  compare.write(dir .. "/clnrm.toml", "")
  local files = {
    { path = measure.file(dir, "row", measure.scenario("s", 50)) },
    { path = measure.file(dir, "once", measure.scenario("s", 50, text)) },
  }
  local samples = measure.turns(ROUNDS, files, function(ran)
    return ran.steps[1]
  end)
  sheet:add({ name = "batching: 50 steps of `true` sent at once: so many times as fast", unit = "×",
    samples = measure.ratio(samples[1], samples[2]), published = 1, ours = 1 / 0.85,
    note = "15 % less; what the cores have to give" })
end

local function build(dir, words)
  local began = clock.now()
  assert(os.execute(("make -s VARIANT=release B=%s %s >/dev/null 2>&1"):format(dir, words)), words)
  return (clock.now() - began) / 1e6
end

--- The program made from its sources; parts that are loaded when they are needed (TLS and HTTP,
--- archives, digests, the page, the screen, the editor) are optional to it.
local function builds(sheet)
  local dir = compare.directory("budgets-gains-build")
  local program = dir .. "/clnrm"
  local function add(name, words)
    local before = fs.stat(program)
    local ms = build(dir, words)
    local is_made = not before or fs.stat(program).mtime_ns ~= before.mtime_ns
    assert(is_made == (words ~= "all"), name)
    sheet:add({ name = "build: " .. name, unit = "ms", samples = { ms } })
  end
  add("without the optional parts, from nothing", program)
  sheet:add({ name = "build: the optional parts", unit = "ms", samples = { build(dir, "all") } })
  add("nothing has changed", "all")
  add("one file of C has", "-W src/core/clock.c all")
  add("one module in Lua has", "-W lua/engine/main.lua all")
end

---@param sheet bench.budgets.Sheet
return function(sheet)
  local dir = compare.directory("budgets-gains")
  compare.write(dir .. "/clnrm.toml", "")
  memory(sheet, dir)
  batching(sheet)
  builds(sheet)
end
