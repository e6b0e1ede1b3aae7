--- A scenario with [property]: run on generated values, each in a fresh room, up to the first that
--- fails; then on simpler ones.  What is told is one run: of the simplest value that fails, else of
--- the last.
---
--- Says nothing about verdicts: a value that failed once and then no more makes an earlier attempt.
local core = require("core.task")
local float = require("engine.float")
local hash = require("core.hash")
local json = require("core.json")
local judge = require("engine.run.judge")
local property = require("engine.property")
local rooms = require("engine.run.room")
local scenario = require("engine.run.scenario")

---@class engine.run.property
local M = {}

local TRIES_MAX = 200 -- rooms to find a simpler value in

--- Verdicts that say something about the value; others end the search.
local ANSWERS = { fail = true, timeout = true, policy = true }

--- Writes a generated value as the text of a variable.
local function text_of(value)
  if type(value) == "string" then
    return value
  elseif math.type(value) == "float" then
    return float.text(value)
  elseif type(value) == "table" then
    return assert(json.encode(value))
  end
  return tostring(value)
end

local function texts_of(values)
  local texts = {}
  for name, value in pairs(values) do
    texts[name] = text_of(value)
  end
  return texts
end

local function shown(values, names)
  local list = {}
  for i, name in ipairs(names) do
    local text = text_of(values[name])
    list[i] = ("%s = %s"):format(name, type(values[name]) == "string" and assert(json.encode(text))
      or text)
  end
  return table.concat(list, ", ")
end

--- The run as it is for what is only tried: it tells nothing and keeps nothing.
local function quiet_of(run)
  local quiet = { emit = function() end, keep = "never", debugger = false }
  return setmetatable(quiet, { __index = run, __newindex = run })
end

local function reopen(run, entry)
  entry.opened, entry.open_error = core.event(), nil
  scenario.open(run, entry)
  rooms.acquire(run, entry)
end

local function notes_of(spec, seed, found)
  local notes = {
    ("it fails for %s"):format(shown(found.value, spec.names)),
    ("run %d of %d, --seed %d"):format(found.run, spec.runs, seed),
  }
  if found.tries > 0 then
    notes[3] = ("first it failed for %s; made simpler in %d tries"):format(
      shown(found.first, spec.names), found.tries)
  end
  return notes
end

--- Adds to each failure for which values it is.
local function add_notes(cx, notes)
  for _, failure in ipairs(cx.failures) do
    failure.notes = failure.notes or {}
    for i = #notes, 1, -1 do
      table.insert(failure.notes, 1, notes[i])
    end
  end
end

--- Looks for values that fail.
---@return engine.property.Found? found
---@return table values of the last run
---@return engine.run.Attempt? earlier the attempt that failed last
local function search(run, spec, seed, once)
  local quiet, last, failed, is_over = quiet_of(run), nil, nil, false
  local function over()
    return is_over or run.stopped or run.halted or false
  end
  local found = property.search(spec.gen, { runs = spec.runs, seed = seed, many = true,
    tries = TRIES_MAX, is_over = over }, function(values)
    if over() then
      return true
    end
    last = values
    local cx = once(quiet, values)
    local verdict = scenario.leave(quiet, cx).verdict
    run.active[cx] = nil
    if ANSWERS[verdict] then
      failed = { attempt = 1, verdict = verdict, duration_ms = cx.course.duration_ms,
        failures = cx.failures }
      return false
    end
    is_over = verdict ~= "pass" -- the same for every value: a lost room, a wrong test
    return true
  end)
  return found, last, failed
end

--- Runs a scenario on generated values.
---@async
---@param run engine.run.Run
---@param entry engine.run.Entry
---@return engine.run.Context cx to be given to `scenario.finish`
function M.run(run, entry)
  local item, is_first = entry.scenario, true
  local spec = item.suite.property
  local seed = spec.seed or hash.integer(item.id) & 0x7fffffff
  scenario.begin(run, entry)
  local function once(on, values)
    if not is_first then
      reopen(run, entry)
    end
    is_first, entry.generated = false, texts_of(values)
    return scenario.run(on, entry)
  end
  local found, last, failed = search(run, spec, seed, once)
  local cx = once(run, found and found.value or last or {})
  scenario.leave(run, cx)
  cx.attempt = 1
  if found then
    local is_good = cx.ended.verdict == "pass"
    cx.attempt, cx.earlier = is_good and 2 or 1, is_good and { failed } or nil
    local notes = notes_of(spec, seed, found)
    add_notes(is_good and failed or cx, notes)
  end
  run:note(cx, judge.attempts(cx.ended.verdict, cx.earlier))
  return cx
end

return M
