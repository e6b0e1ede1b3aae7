--- Writes the events of a run to its record, as they happen.
---
--- The first line is the header, the last one (`record_end`) says that all was written.  Events are
--- gathered and written a few times a second, and whenever a test begins: a run that is killed
--- loses the last moment, and no test that had begun.  A record that cannot be written any more
--- never touches the run: it ends there, and `finish` says why.
local clock = require("core.clock")
local fs = require("core.fs")
local hash = require("core.hash")
local json = require("core.json")
local store = require("engine.runs.store")
local task = require("core.task")
local text = require("core.text")

local M = {}

M.SCHEMA = "clnrm.run/1"

--- Of one record: beyond it only what makes verdicts known is written.
M.BYTES_MAX = 128 << 20

local FLUSH_MS = 200
local FLUSH_BYTES = 256 << 10
local SOURCE_MAX = 1 << 20
local NS = 1000000000
local FILE_MODE = tonumber("600", 8)
local REPLACE = { invalid = "replace" }
local PASSES = { EMFILE = true, ENFILE = true }

--- What is written beyond BYTES_MAX as well.
local ALWAYS = {
  run_begin = true, scenario_begin = true, scenario_end = true, file_error = true, run_end = true,
}

---@class engine.runs.About
---@field version string
---@field project string      directory
---@field cwd string          where files are named from
---@field command string      "run" or "script"
---@field args string[]       as typed, without values that may be secret
---@field profile string
---@field whole boolean       all tests of the project were asked for
---@field sources? table<string, string> test file → text, for code frames

---@class engine.runs.Recorder
---@field id string           of the run
---@field err? core.Error     why it was given up
local Recorder = {}
Recorder.__index = Recorder

--- Encodes an event; what JSON does not hold is told as text.
local function encode(event)
  local line = json.encode(event, REPLACE)
  if line then
    return line
  end
  local plain = require("engine.report.plain")
  return plain.line(plain.fields(event))
end

--- Copies an output that is not UTF-8, with its exact bytes beside the text.
local function exact(event)
  local copy = {}
  for key, value in pairs(event) do
    copy[key] = value
  end
  copy.base64 = hash.base64(event.text)
  return copy
end

--- Copies an event whose isolation has parts that are only known when they are read.
local function with_isolation(self, event)
  local isolation, copy = event.isolation, {}
  if self.isolation ~= isolation then -- most rooms have one and the same
    self.isolation, self.isolation_told = isolation, {}
    for key, value in pairs(isolation) do
      local is_late = type(value) == "table" and getmetatable(value)
      self.isolation_told[key] = is_late and tostring(value) or value
    end
  end
  for key, value in pairs(event) do
    copy[key] = value
  end
  copy.isolation = self.isolation_told
  return copy
end

--- Writes what is gathered.
---@param is_last? boolean
function Recorder:flush(is_last)
  if self.err or #self.lines == 0 then
    return
  end
  local bytes = table.concat(self.lines)
  local ok, err = fs.append(self.path, bytes, { mode = FILE_MODE })
  if not ok and PASSES[err.code] and not is_last then
    self.lines = { bytes } -- rooms that are being made have all descriptors: it is tried again
    return
  end
  self.lines, self.gathered, self.err = {}, 0, err
end

local function flush_later(self)
  self.flusher = task.spawn(function()
    task.sleep(FLUSH_MS)
    self.flusher = nil
    self:flush()
  end)
end

function Recorder:add(line)
  self.lines[#self.lines + 1] = line .. "\n"
  self.gathered = self.gathered + #line + 1
  self.written = self.written + #line + 1
  if self.gathered >= FLUSH_BYTES then
    self:flush()
  elseif not self.flusher then
    flush_later(self)
  end
end

--- Writes the texts that diagnostics point into, each once: a file may be another one by the time
--- when the record is read.
local function add_sources(self, list)
  for _, diagnostic in ipairs(list or {}) do
    local file = diagnostic.file
    local source = file and not self.told[file] and self.sources[file]
    if source and #source <= SOURCE_MAX then
      self:add(encode({ event = "source", file = file, text = source }))
    end
    if file then
      self.told[file] = true
    end
    add_sources(self, diagnostic.related)
  end
end

--- Takes an event.
---@param e table
function Recorder:on_event(e)
  if self.err then
    return
  elseif e.event == "run_end" then
    self.ending = e
  end
  if self.written > M.BYTES_MAX and not ALWAYS[e.event] then
    self.left_out = self.left_out + 1
    return
  end
  add_sources(self, e.failures or e.diagnostics)
  if e.event == "output" and text.bad_utf8(e.text) then
    e = exact(e)
  elseif e.isolation then
    e = with_isolation(self, e)
  end
  self:add(encode(e))
  if e.event == "scenario_begin" then
    self:flush() -- whatever becomes of clnrm while it runs, --failed knows of it
  end
end

--- Ends the record, and takes those out that are beyond the limits.
---@param exit_code integer what the program ends with
---@return core.Error? err it could not be written to its end
function Recorder:finish(exit_code)
  local ending = self.ending or {}
  if not self.err then
    self.lines[#self.lines + 1] = encode({
      event = "record_end",
      exit_code = exit_code,
      counts = ending.counts,
      duration_ms = ending.duration_ms,
      interrupted = ending.interrupted,
      not_run = ending.not_run,
      left_out = self.left_out > 0 and self.left_out or nil,
    }) .. "\n"
    self:flush(true)
  end
  if self.flusher then
    self.flusher:cancel()
  end
  self.lock:close()
  store.prune()
  return self.err
end

--- Makes a record.
---@param about engine.runs.About
---@return engine.runs.Recorder? recorder
---@return core.Error? err
function M.open(about)
  local began = clock.wall()
  local made, err = store.create(function(id)
    return encode({
      schema = M.SCHEMA,
      id = id,
      version = about.version,
      project = about.project,
      cwd = about.cwd,
      command = about.command,
      args = json.array(about.args),
      profile = about.profile,
      whole = about.whole,
      began = clock.format(began),
      began_ns = began,
      began_s = began // NS,
    }) .. "\n"
  end)
  if not made then
    return nil, err
  end
  return setmetatable({
    id = made.id,
    path = made.path,
    lock = made.lock,
    sources = about.sources or {},
    told = {},
    lines = {},
    gathered = 0,
    written = 0,
    left_out = 0,
  }, Recorder)
end

return M
