--- Tests of a run that are never there at the same time: a service of one could put a link into the
--- place of what a service of the other is shown, and an engine follows links (docs/decisions.md).
---
--- Who can write to a folder of which others are shown a part needs all of it, those others a place
--- in it (engine.run.locks); so nobody waits for them where a worker could run another test.  Where
--- scenarios share a room it is their file that has it, until that room is gone.
---
--- Pure.  Of test files; rooms of Lua tests are known as they are opened (engine.backend.volumes).
---@class engine.run.beside
local services_of = require("engine.model.services_of")
local wanted = require("engine.backend.wanted")

local M = {}

---@class engine.run.beside.Unit scenarios with the same services
---@field suite engine.model.Suite
---@field services engine.model.Service[]
---@field is_shared? boolean one room for all of them
---@field follows_links boolean an engine makes its rooms
---@field needs table<string, boolean> folders → whether all of it

local ENGINES = { docker = true, podman = true }

local function unit_of(scenario, asked)
  local suite = scenario.suite
  local services = scenario.is_shared and services_of.shared(suite)
    or services_of.named(suite, scenario.services)
  return { suite = suite, services = services, is_shared = scenario.is_shared, needs = {},
    follows_links = wanted.backend(asked, suite.room, services) ~= "sandbox" }
end

--- Finds the units of a run, one for scenarios that have the same.
local function units_of(scenarios, asked)
  local units, of, by_key = {}, {}, {}
  for _, scenario in ipairs(scenarios) do
    local suite = not scenario.fn and scenario.suite
    if suite and suite.services and suite.services[1] then
      local key = scenario.is_shared and "shared" or table.concat(scenario.services or {}, "\0")
      by_key[suite] = by_key[suite] or {}
      local unit = by_key[suite][key]
      if not unit then
        unit = unit_of(scenario, asked)
        by_key[suite][key], units[#units + 1] = unit, unit
      end
      of[scenario] = unit
    end
  end
  return units, of
end

--- Calls a function with each folder of this machine that a unit is shown.
local function each_source(unit, fn)
  for _, spec in ipairs(unit.services) do
    for _, volume in ipairs(spec.volumes or {}) do
      if volume.source then
        fn(volume.source, not volume.read_only)
      end
    end
  end
  local shows_project = (unit.suite.room.project or "ro") == "ro" and unit.follows_links
  if shows_project and unit.suite.project_dir then
    fn(unit.suite.project_dir, false)
  end
end

--- Lists who can write to which folder.
local function writers_of(units)
  local writers, is_any = {}, false
  for _, unit in ipairs(units) do
    each_source(unit, function(source, is_written)
      if is_written then
        writers[source] = writers[source] or {}
        writers[source][unit] = true
        is_any = true
      end
    end)
  end
  return is_any and writers
end

--- Whether two units would wait for each other: this is refused where the file is checked
--- (engine.model.volume_overlaps), or when the second of them is opened.
local function is_refused(one, other)
  return one ~= other and one.suite == other.suite and (one.is_shared or other.is_shared)
end

--- Notes what a unit needs because others write to a folder above one of its own.
local function note_above(unit, source, writers)
  local folder = source
  while folder ~= "/" do
    folder = folder:match("^(.+)/") or "/"
    for writer in pairs(writers[folder] or {}) do
      if not is_refused(unit, writer) then
        writer.needs[folder] = true
        unit.needs[folder] = unit.needs[folder] or false
      end
    end
  end
end

--- Finds what scenarios need of folders, so that none is beside one that it must not be beside.
---@param scenarios engine.model.Scenario[]
---@param asked? string the backend; default: by the images
---@return table<engine.model.Scenario, engine.run.Need[]>? needs nil: nobody needs anything
---@nodiscard
function M.needs(scenarios, asked)
  local units, of = units_of(scenarios, ENGINES[asked] and asked or "auto")
  local writers = writers_of(units)
  if not writers then
    return nil
  end
  for _, unit in ipairs(units) do
    if unit.follows_links then
      each_source(unit, function(source)
        note_above(unit, source, writers)
      end)
    end
  end
  local needs, is_any = {}, false
  for scenario, unit in pairs(of) do
    for folder, is_all in pairs(unit.needs) do
      needs[scenario] = needs[scenario] or {}
      table.insert(needs[scenario], {
        name = "volume " .. folder,
        all = is_all or nil,
        file = unit.is_shared and M.file(unit.suite) or nil,
      })
      is_any = true
    end
  end
  return is_any and needs or nil
end

--- Names a file as one who has something in common for its scenarios.
---@param suite engine.model.Suite
---@return string
---@nodiscard
function M.file(suite)
  return suite.cell and ("%s[%s]"):format(suite.file, suite.cell) or suite.file
end

return M
