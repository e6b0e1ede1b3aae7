--- Why something could not be removed: its name, what the engine said, and what still holds it.
---@class engine.docker.holders
local docker_error = require("engine.docker.error")
local error_new = require("core.error").new
local request = require("engine.docker.request")

local M = {}

M.CODE = "ELEFT" -- of the error: something of a room is still in the engine

local ASK_MS = 5000 -- for what holds it: the wait was long already
local SHOWN = 3

local function name_of(told)
  local name = type(told.Names) == "table" and told.Names[1] or told.Name
  return type(name) == "string" and name:gsub("^/", "") or nil
end

--- Lists the containers in a network.
local function of_network(client, id)
  local told = client:call("GET", "/networks/" .. request.segment(id), { timeout_ms = ASK_MS })
  local list = {}
  if type(told) ~= "table" then
    return nil
  end
  for container, one in pairs(type(told.Containers) == "table" and told.Containers or {}) do
    list[#list + 1] = type(one) == "table" and name_of(one) or tostring(container):sub(1, 12)
  end
  return list
end

--- Lists the containers that a volume is mounted in.
local function of_volume(client, name)
  local told = client:call("GET", "/containers/json", {
    query = { all = true, filters = { volume = { name } } }, timeout_ms = ASK_MS,
  })
  local list = type(told) == "table" and {} or nil
  for _, one in ipairs(list and told or {}) do
    list[#list + 1] = type(one) == "table" and name_of(one) or nil
  end
  return list
end

local FIND = { network = of_network, volume = of_volume }

--- Says what holds something.
---@async
---@param client engine.docker.Client
---@param thing engine.docker.Thing
---@return string? text nil: there is nothing to say
local function held_by(client, thing)
  local find = FIND[thing.kind]
  if not find then
    return nil
  end
  local list = find(client, thing.id)
  if not list then
    return "the engine does not say what holds it"
  elseif #list == 0 then
    return "no container holds it, as the engine says"
  end
  table.sort(list)
  local more = #list > SHOWN and (" and %d more"):format(#list - SHOWN) or ""
  return ("held by %s%s%s"):format(#list == 1 and "container " or "containers ",
    table.concat(list, ", ", 1, math.min(#list, SHOWN)), more)
end

--- Makes the error of something that could not be removed.
---@async
---@param client engine.docker.Client
---@param thing engine.docker.Thing
---@param err core.Error of the removal
---@return core.Error # that of an engine that is gone, or of a cancel, as it is
---@nodiscard
function M.left(client, thing, err)
  if err.code == "ECANCELED" or docker_error.gone(err) then
    return err
  end
  local name = thing.name or thing.id:sub(1, 12)
  local held = held_by(client, thing)
  return error_new({
    code = "ELEFT",
    op = "docker.remove",
    message = ("the %s %s could not be removed: %s%s"):format(thing.kind, name, err.message,
      held and "; " .. held or ""),
    cause = err,
    detail = { help = ("look at it: %s %s inspect %s; the next run removes it, or `clnrm reap`, "
      .. "once it goes"):format(client.engine, thing.kind, name) },
  })
end

return M
