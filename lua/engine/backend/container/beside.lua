--- The agent that comes beside the first process of a container, by one exec of the engine.
---
--- It runs as the container's user: what the engine starts has no more rights than that.
---@class engine.backend.container.beside
local command = require("engine.backend.sandbox_command")
local ending = require("engine.backend.container.ending")
local image_of = require("engine.backend.container.image")
local task = require("core.task")

local M = {}

--- The user that the engine gives its first process.
local function user_of(told)
  local user = (told.Config or {}).User
  return type(user) == "string" and user or ""
end

--- Asks the engine once what it has made, and whose its commands are, as far as the agent has to be
--- started as somebody.
local function settle(member)
  if member.told then
    return true
  end
  local told, err = member:inspect()
  if not told then
    return nil, err
  end
  local uid, gid = image_of.ids(user_of(told))
  if uid and gid then
    member.user = { uid = uid, gid = gid }
  else
    member.user, err = member:find_user(user_of(told))
  end
  if not member.user then
    return nil, err
  end
  member.told = told
  member.is_here = ending.look(told, member.thing.id) ~= nil
  return true
end

local Settling = { __close = function(settling)
  if settling.task then
    settling.task:cancel()
  end
end }

--- Finds the variables of its commands, once: by its agent, which reads passwd in no time.
local function find_env(member)
  if member.has_env then
    return true
  end
  local user, err = member:find_user(user_of(member.told))
  if not user then
    return nil, err
  end
  local config = member.told.Config or {}
  local env = {
    command.ENVIRONMENT[1], -- PATH, where the image says none
    { "HOME", user.home or "/" },
    { "HOSTNAME", tostring(config.Hostname or "") },
  }
  for _, entry in ipairs(type(config.Env) == "table" and config.Env or {}) do
    local name, value = tostring(entry):match("^([^=]+)=(.*)$")
    env[#env + 1] = name and { name, value } or nil
  end
  member.user, member.env, member.has_env = user, env, true
  return true
end

--- Starts the agent, and joins it.
---@async
---@param member engine.backend.container.Member
---@return true? ok
---@return core.Error? err
function M.start(member)
  local uid, gid = image_of.ids(member.made and user_of(member.made) or "?")
  local settling <close> = setmetatable({}, Settling)
  local user, ok, err
  if uid and gid then -- that is all the exec needs; what became of the container is asked beside it
    user, settling.task = { uid = uid, gid = gid }, task.spawn(settle, member)
  else
    ok, err = settle(member)
    if not ok then
      return nil, err
    end
    user = member.user
  end
  local core
  core, err = member.session:timed("agent", member.image, function(limit_ms)
    return member.link:beside(member, user, limit_ms)
  end)
  if not core then
    return nil, err
  end
  member.core = core
  if settling.task then
    ok, err = settling.task:join()
    if not ok then
      return nil, err
    end
  end
  ok, err = find_env(member)
  if not ok then
    return nil, err
  end
  return member:obey()
end

return M
