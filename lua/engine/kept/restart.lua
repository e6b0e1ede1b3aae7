--- The restart of a container of a kept room: what it is shown of this machine is looked at while
--- it stands still, for an engine resolves that anew, and compared once it runs.
---@class engine.kept.restart
local error_new = require("core.error").new
local poll = require("engine.service.poll")
local request = require("engine.docker.request")
local sources = require("engine.backend.container.sources")
local task = require("core.task")
local told_of = require("engine.docker.told")

local M = {}

local STOP_S = 10 -- for a service to end by its stop signal
local STOPPED_MS = 20000 -- for the engine to have done so
local SETTLE_MS, STEP_MS = 300, 50 -- that it must run

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

--- Looks whether it has ended at once, though it was to stay: how a task was to end is not known
--- here.
local function settle(client, path, one, told)
  local until_ms, err = poll.now() + SETTLE_MS, nil
  while told and (told.State or {}).Running do
    if poll.now() >= until_ms or not task.sleep(STEP_MS) then
      return told
    end
    told, err = inspect(client, path)
  end
  local code = told and math.tointeger((told.State or {}).ExitCode)
  if not told or one.kind ~= "daemon" then
    return told, err
  end
  return nil, error_new({ code = "EFAILED", op = "kept.restart",
    message = ("service '%s' ended at once, with exit code %s"):format(one.name, code or "unknown"),
    detail = { help = "`clnrm services logs` shows what it has printed" } })
end

--- Stops a container and starts it again.
---@async
---@param client engine.docker.Client
---@param one { id: string, name: string, kind: string } of a service
---@return table? told what inspect tells then
---@return core.Error? err EPOLICY: what it is shown is not where it was, and it does not run now;
---EFAILED: it ended at once
function M.container(client, one)
  local path = "/containers/" .. request.segment(one.id)
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
  told, err = look(client, path, host, one.id)
  if not told then
    return nil, err
  end
  return settle(client, path, one, told)
end

return M
