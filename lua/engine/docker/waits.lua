--- How long an engine is waited for, learnt from how long it took before on this machine: creating
--- a container, starting it, the answer of its agent, a pull without progress; each per image.
---
--- Where nothing is known, a fixed time; then FACTOR times the 99th percentile, at least FLOOR_MS,
--- for a machine may be busier now than ever before; never more than the settings say.  A wait that
--- was given up counts as one that long: so a limit that was too short grows.  No test's own
--- timeout is any of this.
---@class engine.docker.waits
local clock = require("core.clock")
local docker_error = require("engine.docker.error")
local error_new = require("core.error").new
local fs = require("core.fs")
local json = require("core.json")

local M = {}

M.FORMAT = 1
M.FACTOR = 4
M.FLOOR_MS = 10000
M.KNOWN = 8 -- waits of a kind and image that must have been seen before they decide
M.SAMPLES_MAX = 64 -- that are kept of a kind and image, the last
M.KEYS_MAX = 200 -- kinds and images, those that were used last
M.SIZE_MAX = 1 << 20 -- bytes of the file
M.CAP_MS = 120000 -- unless settings say otherwise

--- Kinds of waits: what they are called, and how long the first ones may take.
M.KINDS = {
  create = { one = "create", many = "creates", first_ms = 60000 },
  start = { one = "start", many = "starts", first_ms = 60000 },
  agent = { one = "the agent's answer", many = "answers", first_ms = 30000 },
  pull = { one = "a pull without progress", many = "pulls", first_ms = 60000 },
}

local MS_MAX = 24 * 3600 * 1000
local KEY_MAX = 1024
local DIR_MODE, FILE_MODE = tonumber("700", 8), tonumber("600", 8)
local NS_PER_MS = 1000000

---@class engine.docker.Waits
---@field cap_ms integer
---@field private path? string|false  false: nothing is kept; nil: not looked for yet
---@field private tell? fun(text: string) a warning
---@field private list? { key: string, ms: integer[] }[] what is known, that used last at the end
---@field private fresh { key: string, ms: integer }[] what this run has added
local Waits = {}
Waits.__index = Waits

--- Where they are kept.
---@return string? path
function M.path()
  local dir = require("engine.runs.store").directory()
  return dir and (dir:gsub("/runs$", "/waits.json")) or nil
end

local function is_time(value)
  return math.type(value) == "integer" and value >= 0 and value <= MS_MAX
end

--- Reads a text of the file; nil when it is not what `render` writes.
local function parse(text)
  local root = json.decode(text, { depth = 5 })
  if type(root) ~= "table" or root.format ~= M.FORMAT or not json.is_array(root.waits) then
    return nil
  end
  local list = {}
  for i, one in ipairs(root.waits) do
    if type(one) ~= "table" or type(one.key) ~= "string" or #one.key > KEY_MAX
      or not json.is_array(one.ms) then
      return nil
    end
    list[i] = { key = one.key, ms = {} }
    for k, ms in ipairs(one.ms) do
      if not is_time(ms) then
        return nil
      end
      list[i].ms[k] = ms
    end
  end
  return list
end

local function path_of(self)
  if self.path == nil then
    self.path = M.path() or false
  end
  return self.path or nil
end

--- Reads what is known; a file that is none of ours is begun anew, which is told.
local function read(path, tell)
  local text, err
  if path then
    text, err = fs.read(path, { max = M.SIZE_MAX, nofollow = true })
  end
  local list = text and parse(text)
  if path and not list and not (err and err.code == "ENOENT") and tell then
    tell(("%s is not what clnrm wrote, and is begun anew: how long the engine takes is not "
      .. "known%s"):format(path, err and " (" .. err.message .. ")" or ""))
  end
  return list or {}
end

local function find(list, key)
  for i = #list, 1, -1 do
    if list[i].key == key then
      return list[i], i
    end
  end
end

--- Adds a time, and leaves out what is too much.
local function add(list, key, ms)
  local one, at = find(list, key)
  if one then
    table.remove(list, at)
  end
  one = one or { key = key, ms = {} }
  list[#list + 1] = one
  one.ms[#one.ms + 1] = ms
  while #one.ms > M.SAMPLES_MAX do
    table.remove(one.ms, 1)
  end
  while #list > M.KEYS_MAX do
    table.remove(list, 1)
  end
end

local function known(self)
  self.list = self.list or read(path_of(self), self.tell)
  return self.list
end

local function percentile_99(list)
  local sorted = table.move(list, 1, #list, 1, {})
  table.sort(sorted)
  return sorted[math.ceil(#sorted * 0.99)]
end

local function seconds(ms)
  return ("%.3g s"):format(ms / 1000)
end

--- How long something may take.
---@param kind "create"|"start"|"agent"|"pull"
---@param what string an image, with its engine
---@return integer ms
---@return string why
function Waits:limit(kind, what)
  local names = M.KINDS[kind]
  local one = find(known(self), kind .. " " .. what)
  local count = one and #one.ms or 0
  local ms = names.first_ms
  local why = ("the limit until %d %s are known here, and %d are"):format(M.KNOWN, names.many,
    count)
  if count >= M.KNOWN then
    local p99 = percentile_99(one.ms)
    ms, why = p99 * M.FACTOR, ("p99 of %d %s here is %s × %d"):format(count, names.many,
      seconds(p99), M.FACTOR)
    if ms < M.FLOOR_MS then
      ms, why = M.FLOOR_MS, why .. ", and the least is " .. seconds(M.FLOOR_MS)
    end
  end
  if ms > self.cap_ms then
    ms, why = self.cap_ms, "the most that containers.max_wait allows"
  end
  return math.max(1, ms), why
end

--- Notes how long something took.
---@param kind "create"|"start"|"agent"|"pull"
---@param what string
---@param ms number
function Waits:add(kind, what, ms)
  local key, time = kind .. " " .. what, math.min(MS_MAX, math.max(0, math.ceil(ms)))
  add(known(self), key, time)
  self.fresh[#self.fresh + 1] = { key = key, ms = time }
end

--- The error of something that took longer than its limit.
---@param kind "create"|"start"|"agent"|"pull"
---@param what string
---@param err core.Error
---@param ms integer
---@param why string
---@return core.Error # ETIMEDOUT
---@nodiscard
function M.late(kind, what, err, ms, why)
  return error_new({
    code = "ETIMEDOUT",
    op = "engine.wait",
    message = ("%s (%s) took longer than %s: %s"):format(M.KINDS[kind].one, what, seconds(ms), why),
    cause = err,
    detail = { help = ("look whether the engine is alive (%s info), or busy; containers.max_wait "
      .. "in clnrm.toml is the most that is ever waited"):format(what:match("^podman, ")
      and "podman" or "docker") },
  })
end

--- Does something that may take so long, and notes how long it took.
---@async
---@generic T
---@param kind "create"|"start"|"agent"
---@param what string
---@param fn async fun(limit_ms: integer): T?, core.Error?
---@return T? result
---@return core.Error? err ETIMEDOUT, when it took longer
function Waits:timed(kind, what, fn)
  local limit, why = self:limit(kind, what)
  local began = clock.now()
  local result, err = fn(limit)
  local took = (clock.now() - began) / NS_PER_MS
  if result then
    self:add(kind, what, took)
  elseif took >= limit and err.code ~= "ECANCELED" and not docker_error.gone(err) then
    self:add(kind, what, limit)
    return nil, M.late(kind, what, err, limit, why)
  end
  return result, err
end

--- Keeps what was added.  Another clnrm may have added to the file meanwhile: it is read again.
---@return true? ok
---@return core.Error? err
function Waits:save()
  local path = path_of(self)
  if not path or #self.fresh == 0 then
    return true
  end
  local list = read(path)
  for _, one in ipairs(self.fresh) do
    add(list, one.key, one.ms)
  end
  local out = { format = M.FORMAT, waits = json.array() }
  for i, one in ipairs(list) do
    out.waits[i] = { key = one.key, ms = json.array(one.ms) }
  end
  self.fresh = {}
  local ok, err = fs.mkdir_p((path:match("^(.*)/")), { mode = DIR_MODE })
  if ok then
    ok, err = fs.write_atomic(path, assert(json.encode(out, { invalid = "replace" })) .. "\n",
      { mode = FILE_MODE, sync = false, nofollow = true })
  end
  return ok and true or nil, err
end

--- Makes the waits of a run.
---@param opts? { path?: string|false, cap_ms?: integer, tell?: fun(text: string) } path: default
---where they are kept; false: nowhere
---@return engine.docker.Waits
---@nodiscard
function M.new(opts)
  opts = opts or {}
  return setmetatable({
    path = opts.path, cap_ms = opts.cap_ms or M.CAP_MS, tell = opts.tell, fresh = {},
  }, Waits)
end

return M
