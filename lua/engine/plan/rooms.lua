--- Which room each scenario of a plan goes into, who would make it, and which are skipped.
---
--- Makes no room and asks no engine: what only an engine can tell stays open.
local services_of = require("engine.model.services_of")
local wanted = require("engine.backend.wanted")

local M = {}

---@class engine.plan.Room
---@field number integer   from 1, in the order in which the plan needs them
---@field suite engine.model.Suite
---@field is_shared? boolean the file's own: for `room = "shared"`, before_all and after_all
---@field backend "sandbox"|"docker"|"podman"|"engine" as engine.backend.wanted says
---@field services string[] in the order of their start
---@field scenarios engine.model.Scenario[] of the plan that run in it

---@class engine.plan.Rooms
---@field list engine.plan.Room[]
---@field of table<engine.model.Scenario, engine.plan.Room> none: skipped, or its test opens rooms
---@field skipped table<engine.model.Scenario, string> why
---@field backend table<engine.model.Scenario, string> who makes its room, also where it is skipped;
---none: a Lua test, which says so as it opens rooms

--- Says why what the file requires is not met; of an engine that is not known yet, nothing.
local function unmet(suite, asked)
  local backend = suite.requires and wanted.backend(asked, suite.room, suite.services)
  if not backend or backend == "engine" then
    return nil
  end
  return require("engine.requires").unmet(suite.requires, require("engine.backend." .. backend),
    suite.services)
end

local function has_file_room(suite)
  local hooks = suite.hooks
  return hooks ~= nil and (hooks.before_all or hooks.after_all) ~= nil
end

--- Assigns the scenarios of a plan to rooms.
---@param scenarios engine.model.Scenario[] in their order
---@param asked "auto"|"sandbox"|"docker"|"podman"
---@return engine.plan.Rooms
---@nodiscard
function M.assign(scenarios, asked)
  local rooms = { list = {}, of = {}, skipped = {}, backend = {} }
  local of_file, reason = {}, {}
  local function add(suite, names, is_shared)
    local room = {
      number = #rooms.list + 1,
      suite = suite,
      is_shared = is_shared,
      backend = wanted.backend(asked, suite.room, services_of.named(suite, names)),
      services = names,
      scenarios = {},
    }
    rooms.list[room.number] = room
    return room
  end
  for _, scenario in ipairs(scenarios) do
    local suite = scenario.suite
    if reason[suite] == nil then
      reason[suite] = unmet(suite, asked) or false
    end
    local is_open = not reason[suite] and not scenario.fn
    if is_open and not of_file[suite] and (scenario.is_shared or has_file_room(suite)) then
      of_file[suite] = add(suite, services_of.shared_names(suite), true)
    end
    local room = is_open
      and (scenario.is_shared and of_file[suite] or add(suite, scenario.services)) or nil
    if room then
      room.scenarios[#room.scenarios + 1] = scenario
    end
    rooms.of[scenario] = room
    rooms.skipped[scenario] = reason[suite] or nil
    rooms.backend[scenario] = room and room.backend
      or not scenario.fn and wanted.backend(asked, suite.room,
        services_of.named(suite, scenario.services)) or nil
  end
  return rooms
end

return M
