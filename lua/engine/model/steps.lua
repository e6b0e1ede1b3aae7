--- Builds the steps of a scenario from their checked tables, and says what they wait for.
local checks = require("engine.model.checks")
local place = require("engine.model.place")

---@class engine.model.steps
local M = {}

---@class engine.model.Step
---@field name string
---@field line integer
---@field index integer
---@field description? string
---@field service? string        where it runs; nil: in the room itself
---@field needs string[]         services that must be ready before it, in the order of their start
---@field argv? string[]         either this
---@field shell? string          or this
---@field cwd? string
---@field user? string           "user" or "user:group", names or numbers
---@field env string[][]         { name, value } in the order of the file
---@field stdin? string
---@field timeout_ms? integer
---@field continue_on_failure boolean
---@field retry? integer          further attempts, if any
---@field retry_delay_ms? integer between them
---@field capture? engine.model.Capture[] values that it leaves for later steps
---@field takes? string[]         names of the values that it is given
---@field splices? table<integer, true> arguments that hold `${name}`
---@field checks engine.model.Check[] the exit code's first
---@field places table<"command"|"timeout"|"workdir"|"user", engine.model.Pos> where these stand
---@field by_script? boolean      a command of a Lua test (engine.run.step makes it)

local NONE = {} -- what most steps need of services; nobody writes to it

local function value_line(cx, t, k)
  local line = cx:line(cx.positions:value(t, k))
  return line
end

--- Says where the command and the timeout of a step stand, for failures that are about them.
local function places_of(cx, raw, spelt, command_key)
  return {
    command = spelt[command_key] and place.of_value(cx, raw, spelt[command_key]),
    timeout = spelt.timeout and place.of_value(cx, raw, spelt.timeout),
    workdir = spelt.workdir and place.of_value(cx, raw, spelt.workdir),
    user = spelt.user and place.of_value(cx, raw, spelt.user),
  }
end

--- Reads how often a step is tried again: `true` is once.
local function retry_of(value)
  local retry = value.retry == true and 1 or value.retry
  return retry and retry > 0 and retry or nil
end

--- Lists the values that a step leaves.
local function captures_of(cx, map)
  if not map or not map[1] then
    return nil
  end
  local list = {}
  for i, item in ipairs(map) do
    local capture = {}
    for key, value in pairs(item.value or NONE) do
      capture[key] = value
    end
    capture.name, capture.pos = item.key, place.of_value(cx, map.t, item.key)
    list[i] = capture
  end
  return list
end

local function build_step(cx, checked, index)
  local value = checked.value
  local command = value.command or {}
  local places = places_of(cx, checked.raw, checked.spelt, "command")
  return {
    name = value.name or ("step %d"):format(index),
    line = value_line(cx, checked.t, checked.k),
    index = index,
    description = value.description,
    service = value.service,
    needs = NONE,
    argv = command.argv,
    shell = command.shell,
    cwd = value.workdir,
    user = value.user,
    env = value.env or {},
    stdin = value.stdin,
    timeout_ms = value.timeout,
    continue_on_failure = value.continue_on_failure or false,
    retry = retry_of(value),
    retry_delay_ms = value.retry_delay or value.retry and 0 or nil,
    capture = captures_of(cx, value.capture),
    checks = checks.of(cx, checked, places.command),
    places = places,
  }
end

--- Builds a list of steps, and refuses equal names.
---@param cx engine.model.Context
---@param list? engine.model.Checked[]
---@param steps engine.model.Step[] to which they are added
---@return engine.model.Step[] steps
function M.build(cx, list, steps)
  local seen = {}
  for _, checked in ipairs(list or {}) do
    local step = build_step(cx, checked, #steps + 1)
    local name = checked.value.name
    if name and seen[name] then
      local related = cx:related_key(seen[name].raw, "name", "first here")
      cx:at_value("P105", checked.raw, "name", ("two steps are named %s"):format(cx:quote(name)),
        "a report could not tell them apart", nil, { related })
    elseif name then
      seen[name] = checked
    end
    steps[#steps + 1] = step
  end
  checks.distinct_snapshots(cx, steps)
  return steps
end

--- Says whether steps of a list do not simply run one after the other.
local function wants_graph(list)
  for _, checked in ipairs(list) do
    if checked.value.depends_on or checked.value.parallel then
      return true
    end
  end
  return false
end

--- Says whether steps capture values or, maybe, use them.
local function has_values(steps)
  for _, step in ipairs(steps) do
    if step.capture then
      return true
    end
    local argv = step.argv or NONE
    for i = 1, #argv do
      if argv[i]:find("${", 1, true) then
        return true
      end
    end
  end
  return false
end

--- Makes the graph of steps that do not simply run in order, and says which values each is given.
---@param cx engine.model.Context
---@param list? engine.model.Checked[]
---@param steps engine.model.Step[] made of them, maybe behind one that `run` is short for
---@param concurrent? boolean|integer
---@param run? engine.model.Checked of the scenario whose `run` may be the first step
---@return engine.model.Graph?
function M.graph(cx, list, steps, concurrent, run)
  local graph
  list = list or NONE
  if concurrent or wants_graph(list) then
    graph = require("engine.model.step_graph").build(cx, list, steps, concurrent)
  end
  if cx.generated or has_values(steps) then
    graph = require("engine.model.captures").assign(cx, list, steps, graph, run)
  end
  return graph
end

--- The one step that `run` is short for.
---@param cx engine.model.Context
---@param checked engine.model.Checked of the scenario
---@return engine.model.Step
function M.of_run(cx, checked)
  local command = checked.value.run
  return {
    name = "run",
    line = value_line(cx, checked.raw, "run"),
    index = 1,
    needs = NONE,
    argv = command.argv,
    shell = command.shell,
    env = {},
    continue_on_failure = false,
    checks = { checks.implied(cx, checked.raw, "run") },
    places = places_of(cx, checked.raw, { run = "run" }, "run"),
  }
end

return M
