--- The suite "scenario" under its published names, each with real rooms and processes.
local compare = require("compare")
local measure = require("budgets.measure")

local ROUNDS, MANY = 8, 20 -- many: where the ratio of two is a few percent
local LEVELS = { "low", "medium", "high" }
local LIMITS = { high = ", max_memory_mb = 512" } -- which that level asks for
local SLOWEST = 1 / 1.179 -- published: 4.7 to 17.9 % for the levels of a policy

local function run_ms(ran)
  return ran.run
end

local function steps_ms(ran)
  return ran.steps[1]
end

local function lengths(sheet, dir)
  local files, counts = {}, { 2, 5, 10, 20, 50 }
  for i, count in ipairs(counts) do
    files[i] = { path = measure.file(dir, "steps" .. count, measure.scenario("s", count)) }
  end
  local samples = measure.turns(ROUNDS, files, steps_ms)
  sheet:add({ name = "scenario/single: a room, two steps, the verdict", unit = "ms",
    samples = measure.turns(ROUNDS, { files[1] }, run_ms)[1] })
  for i, count in ipairs(counts) do
    local each = {}
    for round, ms in ipairs(samples[i]) do
      each[round] = ms * 1000 / count
    end
    sheet:add({ name = ("scenario/%d_steps: one of them"):format(count), unit = "µs",
      samples = each, note = count == 50 and "published 244 µs, without a process" or nil })
  end
end

local function concurrent(sheet, dir)
  local parts, counts, files = {}, { 1, 2, 5, 10, 25, 50 }, {}
  for i = 1, 50 do
    parts[i] = measure.scenario("n" .. i, 1)
  end
  local path = measure.file(dir, "fifty", table.concat(parts))
  for i, count in ipairs(counts) do
    files[i] = { path = path, options = "-j " .. count }
  end
  local samples = measure.turns(ROUNDS, files, run_ms)
  for i = 2, #counts do
    sheet:add({ name = ("scenario/concurrent/%d at once, of 50: so many times as fast as one")
      :format(counts[i]), unit = "×", samples = measure.ratio(samples[1], samples[i]),
      note = i == #counts and "published 3.85 × on a machine of more cores" or nil })
  end
end

local function policies(sheet, dir)
  local files = { { path = measure.file(dir, "none", measure.scenario("s", 50)) } }
  for i, level in ipairs(LEVELS) do
    files[i + 1] = { path = measure.file(dir, level, measure.scenario("s", 50,
      ('policy = { security_level = "%s"%s }\n'):format(level, LIMITS[level] or ""))) }
  end
  local samples = measure.turns(MANY, files, run_ms)
  for i, level in ipairs(LEVELS) do
    sheet:add({ name = ("scenario/policy overhead/%s: so many times as fast as without")
      :format(level), unit = "×", samples = measure.ratio(samples[1], samples[i + 1]),
      published = SLOWEST })
  end
end

local function kinds(sheet, dir)
  local plain = measure.scenario("s", 50)
  local files = {
    { path = measure.file(dir, "plain", plain) },
    { path = measure.file(dir, "seed", "[determinism]\nseed = 42\n" .. plain) },
    { path = measure.file(dir, "frozen", '[determinism]\nseed = 42\nfreeze_clock = '
      .. '"2024-01-01T00:00:00Z"\n' .. plain) },
    { path = measure.file(dir, "timeouts", measure.scenario("s", 50, nil, 'timeout = "10s"\n')) },
    { path = measure.file(dir, "at_once", measure.scenario("s", 50, "concurrent = true\n")) },
  }
  local samples = measure.turns(MANY, files, run_ms)
  local function add(name, i, more)
    local row = more or {}
    row.name, row.unit = "scenario/" .. name .. ": so many times as fast as without", "×"
    row.samples = measure.ratio(samples[1], samples[i])
    sheet:add(row)
  end
  add("deterministic with seed", 2)
  add("deterministic with seed and a frozen clock", 3)
  add("timeouts, none of which comes", 4)
  add("async vs sync, 50 steps of `true` at once", 5)
  local late = measure.turns(ROUNDS, { {
    path = measure.file(dir, "late", '[[steps]]\nname = "s"\ncommand = ["sleep", "60"]\n'
      .. 'timeout = "100ms"\n'), verdict = "timeout",
  } }, function(ran)
    return ran.steps[1] - 100
  end)[1]
  sheet:add({ name = "scenario/timeouts: how much later than said a step is ended", unit = "ms",
    samples = late })
end

---@param sheet bench.budgets.Sheet
return function(sheet)
  local dir = compare.directory("budgets-scenario")
  compare.write(dir .. "/clnrm.toml", "")
  lengths(sheet, dir)
  concurrent(sheet, dir)
  policies(sheet, dir)
  kinds(sheet, dir)
end
