--- A scenario with [property]: run on generated values, each in a fresh room, up to the first that
--- fails; then on simpler ones.  What is told is one run: of the simplest value that fails, else of
--- one that was judged otherwise, else of the last.
---
--- Says nothing about verdicts: what a value came to before, and not when it is told, makes an
--- earlier attempt, and engine.run.judge.attempts says what that means.
local clock = require("engine.run.clock")
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

--- Verdicts that say something about the value.
local ANSWERS = { fail = true, timeout = true, policy = true }

--- Verdicts with which the search goes on; what is neither, ends it: a lost room, a wrong test.
local GOES_ON = { pass = true, flaky = true }

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

---@class engine.run.property.Seen what the runs came to that are not told
---@field found? engine.property.Found
---@field failed? engine.run.Attempt the one that failed last
---@field broken? engine.run.Attempt the one that ended the search
---@field flaky? engine.run.Attempt  the first one
---@field last? table values
---@field ran integer

local function place_of(spec, seed, run)
  return ("run %d of %d, --seed %d"):format(run, spec.runs, seed)
end

local function notes_of(spec, seed, seen)
  local found, broken = seen.found, seen.broken
  local notes = {
    ("it fails for %s"):format(shown(found.value, spec.names)), place_of(spec, seed, found.run),
  }
  if found.tries > 0 then
    notes[3] = ("first it failed for %s; made simpler in %d tries"):format(
      shown(found.first, spec.names), found.tries)
  end
  if broken then
    notes[#notes + 1] = ("the search for a simpler one ended with %s, which was %s"):format(
      shown(broken.values, spec.names), broken.verdict)
  end
  return notes
end

--- Adds to each failure for which values it is.
local function add_notes(about, notes)
  for _, failure in ipairs(about.failures) do
    failure.notes = failure.notes or {}
    for i = #notes, 1, -1 do
      table.insert(failure.notes, 1, notes[i])
    end
  end
end

--- Whether the time of the file was over for a run: that says nothing about its value.
local function is_late(cx)
  local due = cx.file_deadline
  return cx.course.over == "file"
    or cx.ended.verdict == "timeout" and due ~= nil and clock.ms() >= due
end

--- Looks for values that fail.
---@return engine.run.property.Seen
local function search(run, spec, seed, once)
  local quiet, seen, is_over = quiet_of(run), { ran = 0 }, false
  local function over() -- a run that is halted lets it come to its end, but it need not be simple
    return is_over or run.stopped or seen.failed and run.halted or false
  end
  seen.found = property.search(spec.gen, { runs = spec.runs, seed = seed, many = true,
    tries = TRIES_MAX, is_over = over }, function(values)
    if over() then
      return true
    end
    seen.last, seen.ran = values, seen.ran + (seen.failed and 0 or 1)
    local cx = once(quiet, values)
    local verdict = scenario.leave(quiet, cx).verdict
    run.active[cx] = nil
    local attempt = { verdict = verdict, duration_ms = cx.course.duration_ms,
      failures = cx.failures, values = values, run = seen.ran, unmet = cx.course.unmet }
    if is_late(cx) then
      is_over, seen.broken = true, attempt
    elseif ANSWERS[verdict] then
      seen.failed = attempt
      return false
    elseif verdict == "flaky" then
      seen.flaky = seen.flaky or attempt
    elseif not GOES_ON[verdict] then
      is_over, seen.broken = true, not run.stopped and attempt or nil
    end
    return true
  end)
  return seen
end

--- Whether two attempts say the same: one of them is enough.
local function is_same(cx, attempt)
  local a, b = cx.failures[1], attempt.failures[1]
  return cx.ended.verdict == attempt.verdict and (a and a.code) == (b and b.code)
end

--- Finds the values of the run that is told.
local function told_values(seen)
  local other = seen.broken or seen.flaky
  return seen.found and seen.found.value or other and other.values or seen.last or {}
end

--- Puts what is to be known beside the run that is told: of which values it is, and what others or
--- the same ones came to before.
local function add_earlier(cx, spec, seed, seen)
  local earlier, verdict = {}, cx.ended.verdict
  local function of_value(attempt)
    return { ("it was so for %s"):format(shown(attempt.values, spec.names)),
      place_of(spec, seed, attempt.run) }
  end
  local is_answer = ANSWERS[verdict] and not is_late(cx)
  if seen.found and is_answer then
    add_notes(cx, notes_of(spec, seed, seen))
    return
  end
  if seen.found then
    earlier[1] = seen.failed
    add_notes(seen.failed, notes_of(spec, seed, seen))
  end
  local other = seen.broken or not seen.found and seen.flaky or nil
  if seen.found and is_late(cx) then -- which says nothing of the value that failed
    cx.beside = seen.failed.failures
  end
  if other and is_same(cx, other) then
    add_notes(cx, of_value(other))
  elseif other then
    earlier[#earlier + 1] = other
    add_notes(other, of_value(other))
  end
  if not seen.found and not (other and is_same(cx, other)) then
    local attempt = other or { values = told_values(seen), run = seen.ran }
    local what = is_answer and "it fails for %s, for which it %s a moment before"
      or "it was so for %s, for which it %s a moment before"
    add_notes(cx, { what:format(shown(attempt.values, spec.names), other and "was " .. other.verdict
      or "passed"), place_of(spec, seed, attempt.run) })
  end
  if other and other.verdict == "skip" then
    cx.course.unmet = cx.course.unmet or other.unmet -- why, if it is told
  end
  for i, attempt in ipairs(earlier) do
    attempt.attempt, attempt.values, attempt.run, attempt.unmet = i, nil, nil, nil
  end
  cx.attempt, cx.earlier = #earlier + 1, earlier[1] and earlier or nil
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
  local began = clock.ms()
  local seen = search(run, spec, seed, once)
  local cx = once(run, told_values(seen))
  cx.course.whole_ms = clock.since(began)
  cx.course.values = { ran = seen.ran, of = spec.runs,
    ended = seen.found and "failed" or seen.broken and "broken" or nil }
  scenario.leave(run, cx)
  cx.attempt = 1
  add_earlier(cx, spec, seed, seen)
  run:note(cx, (judge.attempts(cx.ended.verdict, cx.earlier)))
  return cx
end

return M
