--- What is kept of a service whose container did not start, did not get ready, or ended by itself:
--- containers/SERVICE.json among the artifacts of its scenario.
---
--- Nobody has to ask for it, and there is none where nothing failed: one that an earlier run has
--- left goes.  Only services of an engine have it.  What cannot be written is told, and changes no
--- verdict.
---@class engine.run.bundle
local json = require("core.json")
local store = require("engine.script.artifacts")

local M = {}

local FOLDER = "containers"
local INSPECT_MAX = 1 << 20 -- bytes of what the engine told

--- Limits what an engine told; an image chooses how long its labels and commands are.
local function limited(inspect)
  local size = #json.encode(inspect.whole)
  if size > INSPECT_MAX then
    return ("left out: %d bytes, of %d at most"):format(size, INSPECT_MAX)
  end
  return inspect.whole
end

--- Makes the text of a bundle.
---@param rt engine.service.Runtime with `failure` and `inspect`
---@param log { stdout: string, stderr: string } masked
---@return string
---@nodiscard
function M.text(rt, log)
  local failed = rt.failure
  return json.encode({
    service = rt.name,
    code = failed.code,
    message = failed.message,
    last_probe = failed.probe,
    waited_ms = failed.waited_ms,
    exit_code = failed.exit and failed.exit.code,
    signal = failed.exit and failed.exit.signal,
    summary = rt.inspect.lines,
    stdout = log.stdout,
    stderr = log.stderr,
    inspect = limited(rt.inspect),
  }, { indent = 2 }) .. "\n"
end

local function keep_one(run, scenario, set, rt)
  local what = "container:" .. rt.name
  local bytes = run.secrets:bytes(M.text(rt, set:logs(rt.name)), scenario.id)
  local name = ("%s/%s.json"):format(FOLDER, store.safe_name(rt.name))
  local path, err = store.write(scenario, name, bytes, run.secrets)
  run:emit({ event = "artifact", id = scenario.id, name = what, path = path,
    bytes = path and #bytes, error = not path and tostring(err.message) or nil })
end

--- Keeps what is known of the services of a scenario that have failed.
---@param run engine.run.Run
---@param cx engine.run.Context
function M.keep(run, cx)
  local is_clear = false
  for _, services in ipairs(cx.services) do
    local set = services.set
    local is_told = set.host.describe ~= nil
    if is_told and not is_clear then
      is_clear = true
      store.clear(cx.scenario, FOLDER, run.secrets) -- where it cannot, a write tells why
    end
    for _, name in ipairs(is_told and set.names or {}) do
      local rt = set:get(name)
      if rt.failure and rt.inspect then
        keep_one(run, cx.scenario, set, rt)
      end
    end
  end
end

return M
