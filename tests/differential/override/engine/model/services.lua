--- Gives services that name no image the one of the differential suite, and service modules theirs.
---
--- A module without one is not carried over: an engine would ask a registry of the world for it.
local modules = require("engine.service.modules")
local services = require("builtin.engine.model.services")

--- Finds the image of a module: CLNRM_DIFFERENTIAL_MODULES is "redis=NAME nginx=NAME".
local function image_of(module)
  local stem = module:match("[%w_]+$") or module
  local list = " " .. os.getenv("CLNRM_DIFFERENTIAL_MODULES")
  return list:match(" " .. stem .. "=(%S+)")
end

require("engine.override")(services, "service", function(base, cx, name, checked)
  local value, spelt = checked.value, checked.spelt
  if not spelt.image and (value.plugin or not spelt.plugin) then
    local is_module = value.plugin and not modules.is_generic(value.plugin)
    value.image = is_module and image_of(value.plugin)
      or not is_module and os.getenv("CLNRM_DIFFERENTIAL_IMAGE") or nil
    if not value.image then
      cx:at_key("P121", checked.t, checked.k, "not carried over: the module has no image here")
    end
    spelt.image = select(2, next(spelt)) -- stands where another key does
  end
  return base(cx, name, checked)
end)

return services
