--- Gives a report only what is about some of the files of a run, as if they were all of it.
local verdict = require("engine.verdict")

local M = {}

---@class engine.report.Part
local Part = {}
Part.__index = Part

local function copy(e)
  local out = {}
  for key, value in pairs(e) do
    out[key] = value
  end
  return out
end

local function is_ours(self, e)
  local cells = self.files[e.file]
  return cells and cells[e.cell or ""] or false
end

local handlers = {}

function handlers.run_begin(self, e)
  local own = copy(e)
  own.total, own.files = self.total, self.file_count
  self.inner:on_event(own)
end

function handlers.scenario_begin(self, e)
  if is_ours(self, e) then
    self.open[e.id], self.begun = true, self.begun + 1
    self.inner:on_event(e)
  end
end

function handlers.scenario_end(self, e)
  if is_ours(self, e) then
    self.open[e.id] = nil
    self.counts[e.verdict] = (self.counts[e.verdict] or 0) + 1
    self.inner:on_event(e)
  end
end

function handlers.file_error(self, e)
  if self.files[e.file] then
    local name = e.verdict or "error"
    self.counts[name] = (self.counts[name] or 0) + 1
    self.inner:on_event(e)
  end
end

function handlers.run_end(self, e)
  local own = copy(e)
  own.counts, own.not_run = self.counts, math.max(self.total - self.begun, 0)
  own.outstanding, own.workers, own.memory = nil, nil, nil -- of the run, not of these files
  own.pool = nil
  self.inner:on_event(own)
end

--- Takes an event.
---@param e table
function Part:on_event(e)
  local handler = handlers[e.event]
  if handler then
    handler(self, e)
  elseif e.id and self.open[e.id] then
    self.inner:on_event(e)
  end
end

--- Ends the report.
function Part:finish()
  self.inner:finish()
end

--- Makes the part.
---@param inner table the report
---@param files table<string, table<string, boolean>> and their cells, as the events name them
---@param total integer scenarios of these files
---@return engine.report.Part
function M.new(inner, files, total)
  local count = 0
  for _ in pairs(files) do
    count = count + 1
  end
  return setmetatable({
    inner = inner, files = files, file_count = count, total = total, begun = 0, open = {},
    counts = verdict.counts(),
  }, Part)
end

return M
