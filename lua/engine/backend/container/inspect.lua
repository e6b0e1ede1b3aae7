--- What an engine tells of the container of a service that failed: a few lines, and the whole.
---
--- Values of variables are in neither, whoever set them: an image's or a file's variable is the
--- place where passwords are.  Their names stay.
---@class engine.backend.container.inspect
local json = require("core.json")
local mask = require("engine.secrets.mask")
local state_of = require("engine.backend.container.state")
local task = require("core.task")
local text = require("core.text")

local M = {}

local TOLD_MS = 5000 -- for the engine to answer
local LINE_MAX = 300 -- bytes of a line
local OUTPUT_LINES = 3 -- of a health check
local DEPTH_MAX = 32
local HEX = 12 -- digits of an id

local function short(line)
  return #line > LINE_MAX and line:sub(1, LINE_MAX) .. "…" or line
end

local function words(list)
  return type(list) == "table" and #list > 0 and list or {}
end

local function is_said(value)
  return type(value) == "string" and value ~= ""
end

local function image_line(rt, told)
  local id = tostring(told.Image or ""):gsub("^sha256:", "")
  local name = rt.spec.root and rt.spec.root.text or (told.Config or {}).Image
  return ("image %s (%s)"):format(tostring(name), id:sub(1, HEX))
end

--- What runs: the entrypoint and the command, as the engine has put them together.
local function command_line(told, config)
  local argv = { tostring(told.Path or "") }
  table.move(words(told.Args), 1, #words(told.Args), 2, argv)
  return ("runs %s, user %s, in %s"):format(json.encode(argv),
    is_said(config.User) and config.User or "root",
    is_said(config.WorkingDir) and config.WorkingDir or "/")
end

--- What became of it.  One that never ran has an exit code only where its engine gives it one.
local function state_line(told)
  local state = told.State or {}
  local code = math.tointeger(state.ExitCode) or 0
  local parts = { "state " .. state_of.word(state) }
  if not state.Running and (state.Status ~= "created" or code ~= 0) then
    parts[#parts + 1] = ("exit code %d"):format(code)
  end
  parts[#parts + 1] = "OOMKilled: " .. (state.OOMKilled == true and "yes" or "no")
  parts[#parts + 1] = ("restarts: %d"):format(math.tointeger(told.RestartCount) or 0)
  return table.concat(parts, ", ")
end

local function place_line(told)
  local names = {}
  for name in pairs((told.NetworkSettings or {}).Networks or {}) do
    names[#names + 1] = name
  end
  table.sort(names)
  return ("networks: %s; mounts: %d"):format(names[1] and table.concat(names, ", ") or "none",
    #words(told.Mounts))
end

--- The last answer of a health check that the engine itself runs.
local function add_health(lines, state)
  local health = type(state.Health) == "table" and state.Health or {}
  local log = words(health.Log)
  local last = log[#log]
  if not last then
    return
  end
  lines[#lines + 1] = ("health %s, the last check's exit code %d"):format(tostring(health.Status),
    math.tointeger(last.ExitCode) or 0)
  local output = text.lines(tostring(last.Output or ""), { cr = false })
  for i = math.max(1, #output - OUTPUT_LINES + 1), #output do
    lines[#lines + 1] = "  " .. output[i]
  end
end

--- Sums up what an engine told.  Pure.
---@param rt engine.service.Runtime
---@param told table of inspect
---@param message string of the failure: what it says of the engine's error is not said again
---@return string[] lines masked
---@nodiscard
function M.summary(rt, told, message)
  local config, state = told.Config or {}, told.State or {}
  local lines = { image_line(rt, told), command_line(told, config), state_line(told) }
  if is_said(state.Error) and not message:find(rt.mask(state.Error), 1, true) then
    lines[#lines + 1] = "the engine says: " .. state.Error:gsub("%s+", " ")
  end
  lines[#lines + 1] = place_line(told)
  add_health(lines, state)
  for i, line in ipairs(lines) do
    lines[i] = short(rt.mask(line)) -- cut last: half of a secret would not be known as one
  end
  return lines
end

--- Takes the values from a list of variables.
local function names_of(list)
  local names = {}
  for i, entry in ipairs(list) do
    names[i] = tostring(entry):match("^[^=]*") .. "=" .. mask.MASK
  end
  return json.array(names)
end

--- Copies what an engine told: texts masked, of variables only their names.  Pure.
---@param value any
---@param masked fun(text: string): string
---@param depth? integer
---@return any
---@nodiscard
function M.clean(value, masked, depth)
  depth = depth or 1
  if type(value) == "string" then
    return masked(value)
  elseif type(value) ~= "table" then
    return value
  elseif depth > DEPTH_MAX then
    return mask.MASK
  end
  local out = {}
  for key, entry in pairs(value) do
    if key == "Env" and type(entry) == "table" then
      out[key] = names_of(entry)
    else
      out[type(key) == "string" and masked(key) or key] = M.clean(entry, masked, depth + 1)
    end
  end
  return json.is_array(value) and json.array(out) or out
end

--- Asks the engine of a service's container: of one that has ended what it told then.
---@async
---@param rt engine.service.Runtime
---@param message string of its failure
---@return engine.service.Inspect? # nil: there is no container, or the engine does not answer
function M.of_service(rt, message)
  local told = rt.process and rt.process.told
  if not told and rt.member then
    told = task.shield(task.timeout, TOLD_MS, rt.member.inspect, rt.member)
  end
  if type(told) ~= "table" or not told.State then
    return nil
  end
  return { lines = M.summary(rt, told, message), whole = M.clean(told, rt.mask) }
end

return M
