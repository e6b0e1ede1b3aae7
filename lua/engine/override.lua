--- Replaces one function of a module: override(module, "name", function(base, ...) ... end).
---
--- For files in .clnrm/override: `base` is the function that is replaced.  Only what a module calls
--- through its own table can be replaced; what it keeps local is not to be.

---@param module table
---@param name string
---@param fn fun(base: function, ...): ...
return function(module, name, fn)
  if type(module) ~= "table" then
    error("override wants the table of a module, not " .. type(module), 2)
  elseif type(fn) ~= "function" then
    error("override wants a function, not " .. type(fn), 2)
  end
  local base = module[name]
  if type(base) ~= "function" then
    error(("the module has no function '%s' to override"):format(tostring(name)), 2)
  end
  module[name] = function(...)
    return fn(base, ...)
  end
end
