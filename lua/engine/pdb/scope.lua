--- The names that a line typed in the debugger sees: of the chosen frame, of the lines before, of
--- the file, of Lua; in this order.
---
--- An assignment goes where the name is found: to the variable of the frame, else to a global of
--- the file.  A name that nobody has is one of the debugger's own, and the test does not see it.
---@class engine.pdb.scope
local frames = require("engine.pdb.frames")

local M = {}

---@class engine.pdb.Scope
---@field frames engine.pdb.Frame[]
---@field at integer which of them is chosen
---@field own table<string, any> names of the debugger's lines
---@field env table what lines are compiled with
local Scope = {}
Scope.__index = Scope

--- Returns the chosen frame; nil: there is none.
---@return engine.pdb.Frame?
function Scope:frame()
  return self.frames[self.at]
end

--- Finds a variable of the chosen frame.
local function variable_of(self, name)
  local frame = self:frame()
  return frame and type(name) == "string" and frames.find(frame, name) or nil
end

local function globals_of(self)
  return frames.globals(self.frames, self.at) or {}
end

--- Whether somebody has given a name a meaning here, be it nil; what Lua has is none: `next`.
---@param name string
---@return boolean
function Scope:has(name)
  return variable_of(self, name) ~= nil or self.own[name] ~= nil
    or rawget(globals_of(self), name) ~= nil and _G[name] == nil
end

--- Lists the names that are known, for completion.
---@return string[]
function Scope:names()
  local list = {}
  local function add(from)
    for name in next, from do
      if type(name) == "string" then
        list[#list + 1] = name
      end
    end
  end
  local frame = self:frame()
  for _, variables in ipairs(frame and { frames.locals(frame), frames.upvalues(frame) } or {}) do
    for _, variable in ipairs(variables) do
      list[#list + 1] = variable.name ~= "_ENV" and variable.name or nil
    end
  end
  add(self.own)
  add(globals_of(self))
  return list
end

--- Makes a scope.
---@param list engine.pdb.Frame[] innermost first; none: only the own names
---@param own table<string, any>
---@return engine.pdb.Scope
---@nodiscard
function M.new(list, own)
  local self = setmetatable({ frames = list, at = 1, own = own }, Scope)
  self.env = setmetatable({}, {
    __index = function(_, name)
      local variable = variable_of(self, name)
      if variable then
        return variable.value
      elseif own[name] ~= nil then
        return own[name]
      end
      local value = rawget(globals_of(self), name)
      if value == nil then
        value = _G[name]
      end
      return value
    end,
    __newindex = function(_, name, value)
      local variable = variable_of(self, name)
      local globals = globals_of(self)
      if variable then
        frames.set(self:frame(), variable, value)
      elseif own[name] == nil and rawget(globals, name) ~= nil then
        rawset(globals, name, value)
      else
        rawset(own, name, value)
      end
    end,
    names = function()
      return self:names()
    end,
  })
  return self
end

return M
