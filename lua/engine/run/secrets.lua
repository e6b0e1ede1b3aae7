--- Keeps secrets out of what a run tells.
---
--- Those of [secrets], of `t:secret` and of inherited variables that are named like secrets hold
--- for the whole run.  Besides, each scenario has those of all services that it may have seen: of
--- its file, of the rooms that its Lua test opened, of the rooms of fixtures that it may share.
--- Events are masked where they leave, and texts that are cut for them before the cut: verdicts are
--- computed from what was really printed.
---@class engine.run.secrets
local json = require("core.json")

local M = {}

local DEPTH_MAX = 32
local ALL = "" -- what a fixture of the run has seen, each test may print
local MASK = "***"
local TEXT_MIN = 4 -- bytes of a value that is looked for in the texts of files
local NAME_MIN = 8 -- bytes of a value that is masked in names: a shorter one may be any word

--- Fields that are words of ours: nothing that a room printed is in them, nor a file's own words.
local KEPT = {
  at_ms = true, backend = true, code = true, event = true, isolation = true, kind = true,
  marks = true, matcher = true, pos = true, severity = true, state = true, status = true,
  stream = true, verdict = true,
}

--- Fields that name something, by which it is found again: a word that is also a secret stays.
local NAMES = {
  cell = true, file = true, files = true, id = true, kept = true, path = true, rerun = true,
  scenarios = true, service = true, tags = true,
}

local NAMED = { scenario_begin = true, scenario_end = true, attachment = true, artifact = true }

---@class engine.run.Secrets
---@field values table<string, string[]> by the id of a scenario, a file, or ALL
---@field shown table<string, table> what services have, by the file that may show it, or ALL
---@field masks table<string, engine.run.Mask|false> by whose own values are in it
---@field made table<string, engine.run.Mask> by the values in it
---@field files table<string, string> of scenarios, by id
---@field ids engine.run.ToldIds
---@field source? engine.secrets.Source where `t:secret` looks
local Secrets = {}
Secrets.__index = Secrets

---@class engine.run.Mask: engine.secrets.Mask
---@field names? engine.secrets.Mask of long values alone

local Mask = {}

local function new_mask(values)
  local mask = require("engine.secrets.mask") -- most runs have no secret
  local long = {}
  for _, value in ipairs(values) do
    long[#long + 1] = #value >= NAME_MIN and value or nil
  end
  local made = mask.new(values)
  made.names = #long == #values and made or #long > 0 and mask.new(long) or nil
  made.event = Mask.event
  return made
end

local copy

local function copy_table(self, names, value, depth)
  if depth > DEPTH_MAX then
    return MASK
  end
  local out = {}
  for key, entry in pairs(value) do
    local is_field = type(key) == "string"
    local name = is_field and self and not KEPT[key] and not NAMES[key] and self:text(key) or key
    if is_field and KEPT[key] then
      out[name] = entry
    else
      out[name] = copy(not (is_field and NAMES[key]) and self or nil, names, entry, depth + 1)
    end
  end
  if json.is_array(value) then -- an empty one is a list, too
    return json.array(out)
  end
  local meta = getmetatable(value)
  return type(meta) == "table" and setmetatable(out, meta) or out
end

--- Copies a value with its texts masked: by `self`, or, where that is nil, as names.
function copy(self, names, value, depth)
  if type(value) == "string" then
    local by = self or names
    return by and by:text(value) or value
  elseif type(value) == "table" then
    return copy_table(self, names, value, depth)
  end
  return value
end

--- Copies an event with all its texts masked.
---@param event table
---@return table
---@nodiscard
function Mask:event(event)
  local out = copy(self, self.names, event, 1)
  if NAMED[event.event] then
    out.name = copy(nil, self.names, event.name, 1)
  end
  return out
end

--- Adds a value that is secret for the whole run.
---@param value string
function Secrets:add_value(value)
  local list = self.values[ALL] or {}
  for _, known in ipairs(list) do
    if known == value then
      return
    end
  end
  if value ~= "" then
    self.values[ALL], self.masks = list, {}
    list[#list + 1] = value
    self.ids:reset()
  end
end

--- Adds the part of a secret that an output of a scenario was cut at: what the scenario tells of it
--- from then on, a check or a Lua test that has its text, shows that part in whatever form.
---@param part string
---@param scenario engine.model.Scenario
function Secrets:add_part(part, scenario)
  self.files[scenario.id] = scenario.file
  local list = self.values[scenario.id] or {}
  for _, known in ipairs(list) do
    if known == part then
      return
    end
  end
  self.values[scenario.id] = list
  self.masks, self.made = {}, {} -- no mask is kept for each of many parts
  list[#list + 1] = part
end

--- Notes a value that the text of a file may show.
local function add_shown(self, file, value)
  for _, key in ipairs({ ALL, file }) do
    local list = self.shown[key] or { has = {} }
    self.shown[key] = list
    list[#list + 1] = not list.has[value] and value or nil
    list.has[value] = true
  end
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
      if not (self.shown[ALL] and self.shown[ALL].has[value]) then
        self.ids:reset()
      end
      self.values[key], self.masks = list, {}
      list[#list + 1] = value
      add_shown(self, scenario.file, value)
    end
  end
end

--- Returns the mask of a scenario, or of what has only a file, or of what has neither.
---@param id? string
---@param file? string of what is no scenario
---@return engine.run.Mask? # nil: there is nothing to be masked
function Secrets:mask(id, file)
  if next(self.values) == nil then
    return nil
  end
  file = id and self.files[id] or file -- an event's own may be a file that the test required
  id = id and self.values[id] and id or ALL
  file = file and self.values[file] and file or ALL
  local key = id .. "\0" .. file
  local known = self.masks[key]
  if known == nil then
    local values, seen = {}, {}
    for _, owner in ipairs({ ALL, file, id }) do
      for _, value in ipairs(self.values[owner] or {}) do
        values[#values + 1] = not seen[value] and value or nil
        seen[value] = true
      end
    end
    local all = table.concat(values, "\0") -- of many tests, with the same services
    known = #values > 0 and (self.made[all] or new_mask(values))
    self.made[all], self.masks[key] = known or nil, known
  end
  return known or nil
end

--- Masks a name: values that are long enough not to be any word.
---@param name string
---@param id? string of a scenario
---@return string
---@nodiscard
function Secrets:name(name, id)
  local masked = self:mask(id)
  return masked and masked.names and masked.names.raw(name) or name
end

--- Masks the id of a scenario, such that no two are told alike.
---@param id string
---@return string
---@nodiscard
function Secrets:id(id)
  if next(self.values) == nil then
    return id
  end
  return self:name(id, id) .. self:behind(id)
end

--- Says what is told behind the name of a scenario of which only a secret makes it another one's.
---@param id string
---@return string
---@nodiscard
function Secrets:behind(id)
  return next(self.values) == nil and "" or self.ids:behind(id, function(one)
    return self:name(one, one)
  end)
end

--- Masks bytes that are kept, such as an artifact.
---@param bytes string
---@param id? string of a scenario
---@return string
---@nodiscard
function Secrets:bytes(bytes, id)
  local masked = self:mask(id)
  return masked and masked.raw(bytes) or bytes
end

--- Makes the mask of the text of a file: of what is secret for the run and of its services; a file
--- without such, as a module that tests require, may show those of all.
local function text_mask(self, file)
  local values = {}
  for _, list in ipairs({ self.values[ALL] or {}, self.shown[file] or self.shown[ALL] or {} }) do
    for _, value in ipairs(list) do
      values[#values + 1] = #value >= TEXT_MIN and value or nil
    end
  end
  local all = table.concat(values, "\0")
  self.made[all] = values[1] and (self.made[all] or new_mask(values)) or nil
  return self.made[all]
end

--- Makes the texts of files safe to be shown in code frames: every column stays where it is.
---@param sources table<string, string>
---@return table<string, string>
---@nodiscard
function Secrets:sources(sources)
  return setmetatable({}, {
    __index = function(_, file)
      local text = sources[file]
      local masked = text and next(self.values) and text_mask(self, file)
      return masked and masked.stars(text) or text
    end,
  })
end

--- Tells scenarios apart in an event whose texts are masked.
local function tell_apart(self, event, out)
  if type(event.id) == "string" then
    local behind = self:behind(event.id)
    out.id = out.id .. behind
    out.test = out.test and out.test .. behind
    if not event.event or event.event == "scenario_begin" or event.event == "scenario_end" then
      out.name = out.name and out.name .. behind -- records and reports go by it
    end
  end
  for i, id in ipairs(type(event.scenarios) == "table" and event.scenarios or {}) do
    out.scenarios[i] = type(id) == "string" and self:id(id) or out.scenarios[i]
  end
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
  local masked = self:mask(event.id, event.file)
  if not masked then
    return event
  end
  local out = masked:event(event)
  tell_apart(self, event, out)
  return out
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
  return setmetatable({
    values = {}, shown = {}, masks = {}, made = {}, files = files,
    ids = require("engine.run.told_ids").new(scenarios),
  }, Secrets)
end

return M
