--- What code takes: how long, again and again, and where its instructions go.
---@class engine.repl.measure
local clock = require("engine.run.clock")
local linehook = require("core.linehook")
local place = require("engine.script.place")

local M = {}

local SAMPLE_MS = 1 -- of one measurement at least: calls that are shorter are measured in batches
local TIME_MS, LONGEST_MS = 2000, 10000
local SAMPLES_MIN, SAMPLES_MAX = 20, 1000
local BATCH_MAX, GROWTH_MAX = 1 << 24, 10
local STEP = 1000 -- instructions between two looks of a profile
local OURS = " (clnrm)"
local DEPTH_MAX = 200 -- frames of one look

---@class engine.repl.Bench
---@field samples number[] milliseconds of a call, in order of size
---@field batch integer calls that one sample is of

local function time(fn, batch)
  local began = clock.ms()
  for _ = 1, batch do
    fn()
  end
  return clock.ms() - began
end

--- Finds how many calls take long enough to be measured.
local function batch_of(fn)
  local batch, took = 1, time(fn, 1)
  while took < SAMPLE_MS and batch < BATCH_MAX do
    local growth = math.min(GROWTH_MAX, SAMPLE_MS / math.max(took, SAMPLE_MS / GROWTH_MAX) * 1.1)
    batch = math.min(BATCH_MAX, math.ceil(batch * math.max(growth, 1.2)))
    took = time(fn, batch)
  end
  return batch
end

--- Calls `fn` for about two seconds, at least 20 times unless that takes more than ten.
---@async
---@param fn async fun()
---@return engine.repl.Bench
function M.bench(fn)
  fn() -- what is made once is made now
  local batch, samples, spent = batch_of(fn), {}
  local began = clock.ms()
  repeat
    samples[#samples + 1] = time(fn, batch) / batch
    spent = clock.ms() - began
  until #samples >= SAMPLES_MAX or spent >= LONGEST_MS
    or spent >= TIME_MS and #samples >= SAMPLES_MIN
  table.sort(samples)
  return { samples = samples, batch = batch }
end

--- Finds a quantile, between two samples in proportion.
---@param sorted number[]
---@param q number 0 to 1
---@return number
---@nodiscard
function M.quantile(sorted, q)
  local at = 1 + (#sorted - 1) * q
  local low = math.floor(at)
  local high = math.min(low + 1, #sorted)
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low)
end

--- Writes a time with three digits.
---@param ms number
---@return string
---@nodiscard
function M.text(ms)
  for _, unit in ipairs({ { 1e-3, 1e6, "ns" }, { 1, 1e3, "us" }, { 1e3, 1, "ms" } }) do
    if ms < unit[1] then
      return ("%.3g %s"):format(ms * unit[2], unit[3])
    end
  end
  return ("%.3g s"):format(ms / 1000)
end

---@class engine.repl.Profile
---@field samples integer
---@field functions { name: string, own: integer, all: integer }[] the most first

local function name_of(info)
  if place.is_engine(info.source) then
    return (info.name or "a function") .. OURS
  end
  local where = ("%s:%d"):format(info.short_src, math.max(info.linedefined, 0))
  return info.what == "main" and info.short_src or ("%s %s"):format(where, info.name or "")
end

--- Notes one look: whose instructions run, and who has called it.
local function look(profile)
  profile.samples = profile.samples + 1
  local seen, level = {}, 3
  local info = debug.getinfo(level, "Sn")
  while info and level < DEPTH_MAX do
    local name = info.what ~= "C" and name_of(info) or nil
    if name then
      local one = profile.by_name[name] or { name = name, own = 0, all = 0 }
      profile.by_name[name] = one
      one.own = one.own + (next(seen) == nil and 1 or 0)
      one.all = one.all + (seen[name] and 0 or 1)
      seen[name] = true
    end
    level = level + 1
    info = debug.getinfo(level, "Sn")
  end
end

--- Calls `fn` and looks each 1000 instructions where it is; what waits, or is inside C, has none.
---@async
---@param fn async fun()
---@return engine.repl.Profile
function M.profile(fn)
  local profile = { samples = 0, by_name = {}, functions = {} }
  local co = coroutine.create(fn)
  local hook <close> = linehook.open(co, function()
    look(profile)
  end)
  hook:sample(STEP)
  local ok, err = coroutine.resume(co)
  while ok and coroutine.status(co) == "suspended" do -- it yields to nobody
    ok, err = coroutine.resume(co, coroutine.yield(err))
  end
  if not ok then
    error(err, 0)
  end
  for _, one in pairs(profile.by_name) do
    local is_frame = one.own == 0 and one.name:find(OURS, 1, true) -- of ours, and called for this
    if not is_frame then
      table.insert(profile.functions, one)
    end
  end
  table.sort(profile.functions, function(a, b)
    if a.own ~= b.own then
      return a.own > b.own
    elseif a.all ~= b.all then
      return a.all > b.all
    end
    return a.name < b.name
  end)
  return profile
end

return M
