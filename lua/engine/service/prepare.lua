--- What is done for a service before its process starts: is it possible here, where is it.
---@class engine.service.prepare
local limits = require("engine.service.limits")
local net = require("engine.service.net")
local place = require("engine.service.place")
local template = require("engine.service.template")

local M = {}

local function check(rt)
  if type(rt.spec.image) == "table" and not rt.spec.root then -- never the host's programs instead
    local text = rt.spec.image.text
    return nil, require("engine.image").error("the image was not made ready: " .. text)
  end
  local ok, err = limits.check_machine(rt.spec)
  if not ok then
    return nil, err
  end
  err = rt.spec.template and template.trouble(rt.spec)
  return not err or nil, err
end

--- Prepares a service; done before, only its files are written again.
---@async
---@param set engine.service.Set
---@param rt engine.service.Runtime
---@return true? ok
---@return core.Error? err EMACHINE, ETEMPLATE: this machine cannot
function M.run(set, rt)
  local ok, err = check(rt)
  if ok then
    ok, err = net.make(set, rt)
  end
  if ok then
    ok, err = place.make(set, rt)
  end
  return ok, err
end

return M
