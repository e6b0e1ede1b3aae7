--- Keeps the secrets of services out of what a run tells.
---
--- Each scenario has one mask, over the secrets of all services that it may have seen: those of its
--- file, of the rooms that its Lua test opened, of the rooms of fixtures that it may share.  Events
--- are masked where they leave, and texts that are cut for them before the cut: verdicts are
--- computed from what was really printed.
---@class engine.run.secrets
local json = require("core.json")
local mask = require("engine.service.mask")
local text = require("core.text")

local M = {}

local DEPTH_MAX = 32
local PART_MIN = 4 -- bytes of a secret at a cut that count as a part of it
local DOTS = "…"
local ALL = "" -- what a fixture of the run has seen, each test may print

--- Fields that say what an event is, or where: nothing that a room printed is in them.
local KEPT = {
  at_ms = true, backend = true, code = true, event = true, file = true, id = true,
  isolation = true, kept = true, key = true, kind = true, marks = true, matcher = true,
  path = true, pos = true, rerun = true, service = true, severity = true, state = true,
  stream = true, tags = true, verdict = true,
}

local NAMED = { scenario_begin = true, scenario_end = true, attachment = true }

---@class engine.run.Secrets
---@field values table<string, string[]> by the id of a scenario, a file, or ALL
---@field masks table<string, engine.run.Mask|false> by the id of a scenario and its file
---@field files table<string, string> of scenarios, by id
local Secrets = {}
Secrets.__index = Secrets

---@class engine.run.Mask
---@field raw fun(text: string): string
---@field values string[]
local Mask = {}
Mask.__index = Mask

--- Adds a value as messages write it: as it is, escaped for one line, quoted.
local function add_forms(list, value)
  list[#list + 1] = value
  for _, form in ipairs({
    text.escape(value, { line = true }),
    (json.encode(value, { invalid = "replace" }) or value):match('^"(.+)"$') or value,
    ("%q"):format(value):sub(2, -2),
  }) do
    if form ~= value then
      list[#list + 1] = form
    end
  end
end

local function new_mask(values)
  local forms = {}
  for _, value in ipairs(values) do
    add_forms(forms, value)
  end
  return setmetatable({ raw = mask.new(forms), values = forms }, Mask)
end

--- Masks the part of a secret that stands before `mark`, or behind it.
local function mask_parts(s, value, mark)
  if #value <= PART_MIN then
    return s
  end
  local has_head = s:find(value:sub(1, PART_MIN), 1, true)
  local has_tail = s:find(value:sub(-PART_MIN), 1, true)
  for n = has_head and #value - 1 or 0, PART_MIN, -1 do
    local first, last = s:find(value:sub(1, n) .. mark, 1, true)
    if first then
      s = s:sub(1, first - 1) .. mask.MASK .. mark .. s:sub(last + 1)
    end
  end
  for n = has_tail and #value - 1 or 0, PART_MIN, -1 do
    local first, last = s:find(mark .. value:sub(-n), 1, true)
    if first then
      s = s:sub(1, first - 1) .. mark .. mask.MASK .. s:sub(last + 1)
    end
  end
  return s
end

--- Masks a text, also the parts of secrets that stand where it was cut.
---@param s string
---@return string
---@nodiscard
function Mask:text(s)
  s = self.raw(s)
  if s:find(DOTS, 1, true) then
    for _, value in ipairs(self.values) do
      s = mask_parts(s, value, DOTS)
    end
  end
  return s
end

--- Masks the part of a secret that a text ends with, or begins with.
local function mask_end(s, values, is_head)
  for _, value in ipairs(values) do
    for n = math.min(#value - 1, #s), PART_MIN, -1 do
      if is_head and s:sub(-n) == value:sub(1, n) then
        return s:sub(1, -n - 1) .. mask.MASK
      elseif not is_head and s:sub(1, n) == value:sub(-n) then
        return mask.MASK .. s:sub(n + 1)
      end
    end
  end
  return s
end

--- Masks an output, also the parts of a secret on both sides of its gap.
---@param output engine.run.Output
---@return engine.run.Output
---@nodiscard
function Mask:output(output)
  local out = { bytes = output.bytes, cut = output.cut }
  if (output.cut or 0) == 0 or not output.seam then
    out.text, out.seam = self.raw(output.text), output.seam
    return out
  end
  local head = mask_end(self.raw(output.text:sub(1, output.seam)), self.values, true)
  local tail = mask_end(self.raw(output.text:sub(output.seam + 1)), self.values, false)
  out.text, out.seam = head .. tail, #head
  return out
end

local function copy(self, value, depth, kept)
  if type(value) == "string" then
    return self:text(value)
  elseif type(value) ~= "table" then
    return value
  elseif depth > DEPTH_MAX then
    return mask.MASK
  end
  local out = {}
  for key, entry in pairs(value) do
    local name = type(key) == "string" and not kept[key] and self:text(key) or key
    out[name] = kept[key] and entry or copy(self, entry, depth + 1, kept)
  end
  local meta = getmetatable(value)
  return type(meta) == "table" and setmetatable(out, meta) or out
end

--- Copies an event with all its texts masked.
---@param event table
---@return table
---@nodiscard
function Mask:event(event)
  local out = copy(self, event, 1, KEPT)
  if NAMED[event.event] then
    out.name = event.name
  end
  return out
end

--- Adds the secrets of services.
---@param specs? engine.model.Service[]
---@param scenario engine.model.Scenario
---@param scope? "test"|"file"|"run" whose they are (default "test")
function Secrets:add(specs, scenario, scope)
  local key = scope == "run" and ALL or scope == "file" and scenario.file or scenario.id
  self.files[scenario.id] = scenario.file
  for _, spec in ipairs(specs or {}) do
    for _, value in ipairs(spec.secrets or {}) do
      local list = self.values[key] or {}
      self.values[key], self.masks = list, {}
      list[#list + 1] = value
    end
  end
end

--- Returns the mask of a scenario, or of what has only a file.
---@param id? string
---@param file? string of what is no scenario
---@return engine.run.Mask? # nil: there is nothing to be masked
function Secrets:mask(id, file)
  if next(self.values) == nil then
    return nil
  end
  file = id and self.files[id] or file -- an event's own may be a file that the test required
  local key = (id or ALL) .. "\0" .. (file or ALL)
  local known = self.masks[key]
  if known == nil then
    local values, seen = {}, {}
    for _, owner in ipairs({ ALL, file or ALL, id or ALL }) do
      for _, value in ipairs(self.values[owner] or {}) do
        values[#values + 1] = not seen[value] and value or nil
        seen[value] = true
      end
    end
    known = #values > 0 and new_mask(values)
    self.masks[key] = known
  end
  return known or nil
end

--- Masks what is told of a scenario; an event of a run without secrets is returned as it is.
---@param event table
---@return table
function Secrets:clean(event)
  if next(self.values) == nil then
    return event
  elseif event.running then
    local out = {}
    for key, value in pairs(event) do
      out[key] = value
    end
    out.running = {}
    for i, one in ipairs(event.running) do
      out.running[i] = self:clean(one)
    end
    return out
  end
  local masked = (event.id or event.file) and self:mask(event.id, event.file)
  return masked and masked:event(event) or event
end

--- Makes what knows the secrets of a run.
---@param scenarios engine.model.Scenario[]
---@return engine.run.Secrets
---@nodiscard
function M.new(scenarios)
  local files = {}
  for _, scenario in ipairs(scenarios) do
    files[scenario.id] = scenario.file
  end
  return setmetatable({ values = {}, masks = {}, files = files }, Secrets)
end

return M
