--- Tests of a run that are never there at the same time: a service of one could put a link into the
--- place of what a service of the other is shown, and an engine follows links (docs/decisions.md).
---
--- Who can write to a folder of which others are shown a part needs all of it, those others a place
--- in it (engine.run.locks); so nobody waits for them where a worker could run another test.  Where
--- scenarios of such a file have a room or hooks in common, it is the file that takes what any of
--- them needs, locks as well, all at once and until that is over: with one place after the other it
--- could wait for who waits for it.
---
--- Pure.  Of test files; rooms of Lua tests are known as they are opened (engine.backend.volumes).
---@class engine.run.beside
local host_path = require("engine.model.host_path")
local services_of = require("engine.model.services_of")
local wanted = require("engine.backend.wanted")

local M = {}

---@class engine.run.beside.Unit scenarios with the same services
---@field suite engine.model.Suite
---@field services engine.model.Service[]
---@field is_shared? boolean one room for all of them
---@field follows_links boolean an engine makes its rooms
---@field needs table<string, boolean> folders → whether all of it

---@class engine.run.beside.Found
---@field needs table<engine.model.Scenario, engine.run.Need[]> of folders
---@field files table<engine.model.Suite, true> that take all at once

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
    if suite and suite.services and (suite.services[1] or suite.room.image) then
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
        table.insert(writers[source], unit)
        is_any = true
      end
    end)
  end
  return is_any and writers
end

--- Notes what a unit needs because others write to a folder above one of its own.
local function note_above(unit, source, writers)
  local folder = source
  while folder ~= "/" do
    folder = folder:match("^(.+)/") or "/"
    local list = writers[folder]
    if list and not list.is_noted then
      list.is_noted = true
      for _, writer in ipairs(list) do
        writer.needs[folder] = true
      end
    end
    if list then
      unit.needs[folder] = unit.needs[folder] or false
    end
  end
end

--- Whether scenarios of a file have a room or hooks in common.
local function is_joint(suite)
  local hooks = suite.hooks
  if hooks and (hooks.before_all or hooks.after_all) then
    return true
  end
  for _, scenario in ipairs(suite.scenarios) do
    if scenario.is_shared then
      return true
    end
  end
  return false
end

--- Lists what units need.
local function found_of(of)
  local found = { needs = {}, files = {} }
  for scenario, unit in pairs(of) do
    local list = {}
    for folder, is_all in pairs(unit.needs) do
      list[#list + 1] = { name = "volume " .. folder, all = is_all or nil }
    end
    if list[1] then
      found.needs[scenario] = list
      found.files[unit.suite] = is_joint(unit.suite) or nil
    end
  end
  return found
end

--- Finds what scenarios need of folders, so that none is beside one that it must not be beside.
---@param scenarios engine.model.Scenario[]
---@param asked? string the backend; default: by the images
---@return engine.run.beside.Found
---@nodiscard
function M.of(scenarios, asked)
  local units, of = units_of(scenarios, ENGINES[asked] and asked or "auto")
  local writers = writers_of(units)
  for _, unit in ipairs(writers and units or {}) do
    if unit.follows_links then
      each_source(unit, function(source)
        note_above(unit, source, writers)
      end)
    end
  end
  return found_of(of)
end

--- Lists the rooms that files share, with what they show.
---@param scenarios engine.model.Scenario[]
---@param asked? string the backend
---@return engine.run.beside.Unit[]
---@nodiscard
function M.shared(scenarios, asked)
  local list = {}
  for _, unit in ipairs((units_of(scenarios, ENGINES[asked] and asked or "auto"))) do
    list[#list + 1] = unit.is_shared and unit or nil
  end
  return list
end

--- Whether what can be written to has to do with what the room of a file has of its project: what
--- lies around it can replace it, and a copy is of the moment in which the room is made.
local function concerns(suite, source)
  local how, dir = suite.room and suite.room.project or "ro", suite.project_dir
  if how == "none" or not dir then
    return false
  end
  local is_around = host_path.is_below(dir, source)
  return is_around and dir ~= source or how == "copy" and (is_around or host_path.is_below(source,
    dir))
end

--- Whether tests of a file, or its hooks, may change files of this machine that nothing tells
--- beforehand.
local function is_free(scenario)
  local hooks = scenario.suite.hooks
  return scenario.fn ~= nil or hooks ~= nil and (hooks.has_host or hooks.has_module) or false
end

--- Lists the files whose rooms are not to be made before their scenarios' turn, nor to be used
--- again: a room keeps what it was given of the project, and services of the run can replace that
--- before, or tests in Lua and hooks change what it has a copy of.  Of any backend: for this nobody
--- need follow links.
---@param scenarios engine.model.Scenario[]
---@return table<engine.model.Suite, true>
---@nodiscard
function M.late(scenarios)
  local suites, late, is_any = {}, {}, false
  for _, scenario in ipairs(scenarios) do
    suites[scenario.suite] = true
    is_any = is_any or is_free(scenario)
  end
  for suite in pairs(is_any and suites or {}) do
    late[suite] = suite.room and suite.room.project == "copy" or nil
  end
  local function note(source)
    for suite in pairs(suites) do
      late[suite] = late[suite] or concerns(suite, source) or nil
    end
  end
  local is_noted = {}
  for suite in pairs(suites) do
    for _, spec in ipairs(suite.services or {}) do
      for _, volume in ipairs(spec.volumes or {}) do
        if volume.source and not volume.read_only and not is_noted[volume.source] then
          is_noted[volume.source] = true
          note(volume.source)
        end
      end
    end
  end
  return late
end

--- Names a file as one who has something in common for its scenarios.
---@param suite engine.model.Suite
---@return string
---@nodiscard
function M.file(suite)
  return suite.cell and ("%s[%s]"):format(suite.file, suite.cell) or suite.file
end

return M
