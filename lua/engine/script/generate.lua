--- Generated values of Lua tests: clnrm.fake and clnrm.property.
local checks = require("engine.script.checks")
local contexts = require("engine.script.context")
local fake = require("engine.generate.fake")
local generators = require("engine.property.generators")
local host = require("clnrm.host")
local inspect = require("engine.expect.inspect")
local place = require("engine.script.place")
local property = require("engine.property")
local random = require("engine.random")
local stream = require("engine.generate.stream")
local suggest = require("engine.suggest")
local task = require("core.task")

---@class engine.script.generate
local M = {}

local RUNS_MAX = 100000

local drawn ---@type integer? of a plain program, which no test seeds

--- The seed of whatever runs: of a test its own, of a plain program one of the kernel.
local function seed_of(context)
  if context and context.cx then
    return context:seed()
  end
  drawn = drawn or string.unpack("<I4", random.bytes(4))
  return drawn
end

local calls = {} -- of a plain program

--- Makes fake data.
---@param kind any
---@param given any
---@return any
function M.fake(kind, given)
  given = given == nil and {} or given
  local known = type(kind) == "string" and (fake.aliases[kind] or kind)
  if not known or not fake.kinds[known] then
    local near = type(kind) == "string" and suggest.nearest(kind, fake.list())
    place.misuse(("clnrm.fake: there is no kind '%s'%s"):format(tostring(kind),
      near and (": did you mean '%s'?"):format(near) or ""))
  elseif type(given) ~= "table" then
    place.misuse("clnrm.fake: the options must be a table")
  end
  for name in pairs(given) do
    if name ~= "seed" and (fake.options[known] or {})[name] == nil then
      place.misuse(("clnrm.fake: '%s' has no option '%s'"):format(known, tostring(name)))
    end
  end
  local seed = given.seed
  if seed ~= nil and math.type(seed) ~= "integer" and type(seed) ~= "string" then
    place.misuse("clnrm.fake: the seed must be an integer or a text")
  end
  local options, problem = fake.read(known, given)
  if not options then
    place.misuse(("clnrm.fake: %s: %s"):format(known, problem))
  end
  if seed ~= nil then
    return fake.make(known, stream.of(seed, "fake." .. known, 0), options)
  end
  local context = host.context()
  local counts = context and context.fakes or calls
  if context and not context.fakes then
    counts = {}
    context.fakes = counts
  end
  local call = counts[known] or 0
  counts[known] = call + 1
  return fake.make(known, stream.of(seed_of(context), "fake." .. known, call), options)
end

local function read_options(gen, fn, given)
  local opts = given == nil and {} or given
  local problem = generators.problem(gen)
  if problem then
    place.misuse("clnrm.property: " .. problem)
  elseif type(fn) ~= "function" then
    place.misuse("clnrm.property: the second argument must be a function")
  elseif type(opts) ~= "table" then
    place.misuse("clnrm.property: the options must be a table")
  end
  for name in pairs(opts) do
    if name ~= "runs" and name ~= "seed" then
      place.misuse(("clnrm.property: there is no option '%s'"):format(tostring(name)))
    end
  end
  local runs, seed = opts.runs or property.RUNS, opts.seed
  if math.type(runs) ~= "integer" or runs < 1 or runs > RUNS_MAX then
    place.misuse(("clnrm.property: `runs` must be a number from 1 to %d"):format(RUNS_MAX))
  elseif seed ~= nil and math.type(seed) ~= "integer" and type(seed) ~= "string" then
    place.misuse("clnrm.property: the seed must be an integer or a text")
  end
  return runs, seed
end

--- Says what was found, as a check that does not hold.
local function tell(found, runs, seed, raised)
  local notes = {
    ("run %d of %d, seed %s"):format(found.run, runs, tostring(seed)),
  }
  if found.is_flaky then
    notes[2] = "it did not fail again with the same value: what is tested is not the same each time"
  elseif found.tries > 0 then
    notes[2] = ("first it failed for %s; made simpler in %d tries"):format(
      inspect.line(found.first), found.tries)
  end
  if raised ~= nil then
    notes[#notes + 1] = "there: " .. tostring(raised)
  end
  checks.check({
    ok = false, matcher = "property", subject = inspect.line(found.value),
    message = "the property does not hold for " .. inspect.line(found.value), notes = notes,
    pos = place.here(2),
  })
end

--- Calls a function with generated values; it must raise or return false for none of them.
---@async
---@param gen any
---@param fn function
---@param given any
function M.property(gen, fn, given)
  local runs, seed = read_options(gen, fn, given)
  seed = seed == nil and seed_of(host.context()) or seed
  local last, raised
  local function holds(value)
    if coroutine.isyieldable() then -- a deadline or a signal is seen between two values
      local goes_on, why = task.yield()
      if not goes_on then
        error(why, 0)
      end
    end
    local ok, result = contexts.trial(fn, value)
    last, raised = value, not ok and result or nil
    return ok and result ~= false
  end
  local found = property.search(gen, { runs = runs, seed = seed }, holds)
  if found then
    holds(found.value) -- for what it raises there
    tell(found, runs, seed, raised)
  end
  local result = fn(last) -- once more, so that the checks in it count
  if type(result) == "boolean" then
    checks.check({ ok = result, matcher = "property", subject = inspect.line(last),
      message = "the property does not hold for " .. inspect.line(last) })
  end
end

return M
