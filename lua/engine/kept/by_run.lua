--- What a run that goes on says of the services of one of its rooms, and does to them.
---@class engine.kept.by_run
local client = require("engine.live.client")
local error_new = require("core.error").new

local M = {}

--- Gives what services have printed, as the run has it, without secrets.
---@async
---@param room engine.kept.Room that has `live`
---@param opts { service?: string, follows?: boolean }
---@param each fun(service: string, line: string): boolean? true: it was enough
---@return string? note
---@return core.Error? err
function M.logs(room, opts, each)
  local ok, err = client.logs(room.live, opts, each, function(name, count)
    return each(name, ("[%d lines are missing here: more came than was taken]"):format(count))
  end)
  return ok and opts.follows and "the room has ended" or nil, err
end

--- Asks the run to restart a service.
---@async
---@param room engine.kept.Room that has `live`
---@param name string
---@return engine.kept.Status? status as it is then
---@return core.Error? err EINVAL: it is not to be restarted
function M.restart(room, name)
  local ok, err = client.restart(room.live, name)
  for _, found in ipairs(ok and client.list() or {}) do
    local is_it = found.way.path == room.live.path and found.way.key == room.live.key
    for _, row in ipairs(is_it and found.rows or {}) do
      if row.service == name then
        return row
      end
    end
  end
  return nil, err or error_new({ code = "ENOENT", op = "kept.by_run",
    message = "it was restarted, and its room is over" })
end

return M
