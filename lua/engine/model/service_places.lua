--- Places in a service that one thing alone can be at: each mount's, and what is clnrm's own there.
local host_path = require("engine.model.host_path")

---@class engine.model.service_places
local M = {}

--- Where containers have the agent, and its way out.
M.OWN = "/run/clnrm"

local KEYS = { "volumes", "tmpfs", "files" }

local PATH = {
  volumes = function(item)
    local key = item.order and "container_path" or nil
    return key and item.value[key] or item.target, item.raw, key
  end,
  tmpfs = function(item)
    return item.path
  end,
  files = function(item)
    return item.value.path, item.raw, "path"
  end,
}

--- Says where a place is once links are followed that images have as a rule.
local function of_link(place)
  return host_path.is_below(place, "/var/run") and place:sub(#"/var" + 1) or place
end

--- Says what a place has to do with clnrm's own.  The engine mounts the agent below a volume that
--- is above: it would make folders in it, which are the project's, or could not where it is shown
--- read-only.  The root is refused as such.
---@return string? words
local function refused(place, key, is_engines)
  local there = of_link(place)
  if host_path.is_below(there, M.OWN) then
    return "is clnrm's own place"
  elseif is_engines and key == "volumes" and there ~= "/" and host_path.is_below(M.OWN, there) then
    return "would lie over clnrm's own place"
  end
end

--- Tells what is at a place that is taken.  Two volumes, and two files, are told with each.
---@param cx engine.model.Context
---@param checked engine.model.Checked
---@param is_engines boolean it is, or may become, a container of an engine
function M.check(cx, checked, is_engines)
  local owner, within = {}, cx.within
  for _, key in ipairs(KEYS) do
    local by, list = checked.context and checked.context[key] or cx, checked.value[key] or {}
    local before = by.within
    by.within = key
    for i, item in ipairs(list) do
      local path, t, k = nil, nil, nil
      if item then
        path, t, k = PATH[key](item)
      end
      t, k = t or list.t, k or list.k or i
      local place = path and path:sub(1, 1) == "/" and host_path.normal(path)
      local other = place and owner[place]
      local words = place and refused(place, key, is_engines)
      if words then
        by:at_value("P103", t, k, ("%s %s: %s"):format(by:name(k), words, M.OWN))
      elseif other and other ~= key or other == "tmpfs" then
        by:at_value("P105", t, k, ("%s is at %s already"):format(
          other == "tmpfs" and "a tmpfs" or "a volume", by:quote(place)), "leave one out")
      elseif place and key ~= "files" then
        owner[place] = key
      end
    end
    by.within = before
  end
  cx.within = within
end

return M
