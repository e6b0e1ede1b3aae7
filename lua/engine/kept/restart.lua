--- The restart of a container of a kept room: what it is shown of this machine is looked at while
--- it stands still, for an engine resolves that anew, and compared once it runs.
---@class engine.kept.restart
local error_new = require("core.error").new
local request = require("engine.docker.request")
local sources = require("engine.backend.container.sources")
local told_of = require("engine.docker.told")

local M = {}

local STOP_S = 10 -- for a service to end by its stop signal
local STOPPED_MS = 20000 -- for the engine to have done so

local function inspect(client, path)
  local told, err = client:call("GET", path .. "/json")
  if not told then
    return nil, err
  end
  return told_of.container(told, "containers.inspect")
end

--- Says that the service does not run now.
local function stopped(err)
  return error_new({ code = err.code, op = err.op, cause = err, detail = err.detail,
    message = "it is stopped, and was not started again: " .. err.message })
end

--- Looks at what has started: it is ended where it was shown something else.
local function look(client, path, host, id)
  local told, err = inspect(client, path)
  err = err or sources.shown(host, told, id)
  if err then
    client:call("POST", path .. "/kill", { query = { signal = "SIGKILL" } })
    return nil, stopped(err)
  end
  return told
end

--- Stops a container and starts it again.
---@async
---@param client engine.docker.Client
---@param id string
---@return table? told what inspect tells then
---@return core.Error? err EPOLICY: what it is shown is not where it was, and it does not run now
function M.container(client, id)
  local path = "/containers/" .. request.segment(id)
  local told, err = inspect(client, path)
  if not told then
    return nil, err
  end
  local host = sources.asked(told)
  err = sources.check(host)
  if err then
    return nil, err
  end
  local ok
  ok, err = client:call("POST", path .. "/stop", { query = { t = STOP_S },
    timeout_ms = STOPPED_MS + STOP_S * 1000 })
  err = not ok and err or sources.check(host) -- not before: it could have done it at its end
  if not err then
    ok, err = client:call("POST", path .. "/start", { timeout_ms = STOPPED_MS })
    err = not ok and sources.why(host, err) or nil
  end
  if err then
    return nil, stopped(err)
  end
  return look(client, path, host, id)
end

return M
