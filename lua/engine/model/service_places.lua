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

--- Tells what is at a place that is taken.  Two volumes, and two files, are told with each.
---@param cx engine.model.Context
---@param checked engine.model.Checked
function M.check(cx, checked)
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
      if place and host_path.is_below(place, M.OWN) then
        by:at_value("P103", t, k, ("%s is clnrm's own place: %s"):format(by:name(k), M.OWN))
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
