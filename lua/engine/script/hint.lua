--- What may help with an error that a test file raised: of a name that is nil, which name of the
--- API may have been meant.
---@class engine.script.hint
local suggest = require("engine.suggest")

local M = {}

-- Names of the API that this build has not, as a call of nil names them.
local NOT_YET = {
  docker = "clnrm.docker",
  expect_spans = "clnrm.expect_spans",
  fake = "clnrm.fake",
  property = "clnrm.property",
  spans = "Room:spans",
}

--- Says what to do about an error; nil when nothing is known.
---@param message string
---@return string? help
---@nodiscard
function M.of(message)
  if message:find(" without waiting: ", 1, true) then
    return "what computes for long lets others run in between: clnrm.task.yield()"
  end
  local found = message:match("nil value %((%a+ '[%w_]+')%)")
  if found and not message:find("attempt to call ", 1, true)
    and not message:find("attempt to index ", 1, true) then
    return nil -- data of its own: the API is called
  end
  local name = found and (found:match("^method '(.+)'$") or found:match("^field '(.+)'$"))
  if not name then
    return nil
  elseif NOT_YET[name] then
    return ("%s is not in this build yet"):format(NOT_YET[name])
  end
  local api = require("engine.api")
  local near = #api.find(name) == 0 and suggest.nearest(name, api.names())
  return near and ("did you mean '%s'? `clnrm help lua %s` tells about it"):format(near, near)
    or nil
end

return M
