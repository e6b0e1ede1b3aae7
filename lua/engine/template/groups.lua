--- Functions of templates by name, in groups: a module each, loaded when one of its names is asked
--- for.  Most templates use few of them.
local M = {}

--- Makes the table: one may add to it, or replace what is in it.  Whoever asks for a name that no
--- list has, or walks the table, gets all that the groups have, also what an override added there.
---@param prefix string of the modules
---@param groups table<string, string> name of a group → names in it
---@param wrap? fun(group: string, name: string, fn: function): function what stands for a function
---@return table<string, function>
---@nodiscard
function M.open(prefix, groups, wrap)
  wrap = wrap or function(_, _, fn)
    return fn
  end
  local group_of = {}
  for group, names in pairs(groups) do
    for name in names:gmatch("%S+") do
      group_of[name] = group
    end
  end
  local is_whole = false
  local function load_all(t)
    is_whole = true
    for group in pairs(groups) do
      for name, fn in pairs(require(prefix .. group)) do
        if rawget(t, name) == nil then
          rawset(t, name, wrap(group, name, fn))
        end
      end
    end
  end
  return setmetatable({}, {
    __index = function(t, name)
      local group = group_of[name]
      local fn = group and require(prefix .. group)[name]
      if fn then
        fn = wrap(group, name, fn)
        rawset(t, name, fn)
        return fn
      elseif not is_whole then
        load_all(t)
      end
      return rawget(t, name)
    end,
    __pairs = function(t)
      load_all(t)
      return next, t
    end,
  })
end

return M
