--- How long tests took: of a file that another run wrote, or of the records of this project.
---
--- A file is a JSON report, an events file, or of a form that is this alone:
--- `{ "schema": "clnrm.timings/1", "tests": { ID: ms } }`.
local hash = require("core.hash")
local identity = require("engine.plan.identity")
local json = require("core.json")

local M = {}

local SIZE_MAX = 256 << 20
local SCHEMA = "clnrm.timings/1"

---@class engine.plan.Timings
---@field by_id table<string, number> ms
---@field digest? string of the file: "sha256:…"
---@field package ids? string[] sorted
local Timings = {}
Timings.__index = Timings

--- Returns how long a scenario took.
---@param scenario engine.model.Scenario
---@return number? ms
function Timings:of(scenario)
  return self.by_id[identity.told(scenario)] or self.by_id[scenario.id]
end

--- Lists the ids in their order, which is made once for all files.
local function sorted(self)
  if not self.ids then
    self.ids = {}
    for id in pairs(self.by_id) do
      self.ids[#self.ids + 1] = id
    end
    table.sort(self.ids)
  end
  return self.ids
end

--- Returns how long the tests of a file took: of one whose tests are not known.
---@param scenario engine.model.Scenario
---@return number[] ms
function Timings:of_file(scenario)
  local prefix, ids, list = identity.file(scenario.suite) .. " › ", sorted(self), {}
  local first, behind = 1, #ids + 1
  while first < behind do
    local middle = (first + behind) // 2
    if ids[middle] < prefix then
      first = middle + 1
    else
      behind = middle
    end
  end
  while ids[first] and ids[first]:sub(1, #prefix) == prefix do
    list[#list + 1] = self.by_id[ids[first]]
    first = first + 1
  end
  return list
end

local function add(by_id, result)
  local ms = result.duration_ms
  local id = type(result.test) == "string" and result.test or result.id
  if type(id) == "string" and type(ms) == "number" and result.verdict ~= "skip" then
    by_id[id] = math.max(by_id[id] or 0, ms)
  end
end

local function from_document(document)
  local by_id = {}
  if document.schema == SCHEMA and type(document.tests) == "table" then
    for id, ms in pairs(document.tests) do
      if type(id) ~= "string" or type(ms) ~= "number" or ms < 0 then
        return nil, ("`tests` holds no time: %s"):format(tostring(id))
      end
      by_id[id] = ms
    end
  elseif type(document.results) == "table" then
    for _, result in ipairs(document.results) do
      add(by_id, type(result) == "table" and result or {})
    end
  elseif document.event == "run_begin" then
    return by_id -- the events of a run that told nothing else
  else
    return nil, "it is neither a JSON report, nor an events file, nor " .. SCHEMA
  end
  return by_id
end

local function from_events(text)
  local by_id, number = {}, 0
  for line in text:gmatch("[^\n]+") do
    number = number + 1
    if line:find('"scenario_end"', 1, true) or number == 1 then
      local event, err = json.decode(line)
      if type(event) ~= "table" then
        return nil, ("line %d is no event: %s"):format(number, tostring(err))
      elseif number == 1 and event.event == nil then
        return nil, "line 1 is no event"
      elseif event.event == "scenario_end" then
        add(by_id, event)
      end
    end
  end
  return by_id
end

--- Reads the text of a file of times.
---@param text string
---@return engine.plan.Timings? timings
---@return string? why
---@nodiscard
function M.parse(text)
  local document = json.decode(text)
  local by_id, why
  if type(document) == "table" then
    by_id, why = from_document(document)
  else
    by_id, why = from_events(text)
  end
  if by_id and next(by_id) == nil then
    by_id, why = nil, "it tells of no test"
  end
  if not by_id then
    return nil, why
  end
  local digest, err = hash.sha256(text)
  if not digest then
    return nil, tostring(err)
  end
  return setmetatable({ by_id = by_id, digest = "sha256:" .. digest }, Timings)
end

--- Reads a file of times.
---@param path string
---@return engine.plan.Timings? timings
---@return string? why
---@nodiscard
function M.load(path)
  local text, err = require("core.fs").read(path, { max = SIZE_MAX })
  if not text then
    return nil, "cannot be read: " .. require("engine.discover").reason(err)
  end
  return M.parse(text)
end

--- Makes times of what is known by the id of a test.
---@param by_id table<string, number>
---@return engine.plan.Timings
---@nodiscard
function M.of(by_id)
  return setmetatable({ by_id = by_id }, Timings)
end

return M
