--- Knows at compile time which Lua variable holds a name of a template.
---
--- A unit (a template with its parents, an included template, a macro) has a frame, and each for
--- loop in it has one more: what is `set` there lives there.  A variable that may be set or not is
--- nil until it is; then the next frame outwards counts, at last the context `G`.
local M = {}

local UNIT_LOCALS, LOOP_LOCALS = 40, 6 -- more of them live in a table: Lua has 200 for a function

---@class engine.template.Frame
---@field parent? engine.template.Frame
---@field vars table<string, string> Lua expressions of what is set here
---@field definite table<string, boolean> those that are set for certain by now
---@field names string[]
---@field bound table<string, { value: string, guard: string }> loop value, loop key, arguments
---@field loop? { index: string, count: string }
---@field id string
local Frame = {}
Frame.__index = Frame

--- Makes a frame.
---@param id string ends the names of its variables
---@param parent? engine.template.Frame
---@return engine.template.Frame
function M.frame(id, parent)
  return setmetatable({
    id = id, parent = parent, vars = {}, definite = {}, names = {}, bound = {}, guards = {},
  }, Frame)
end

--- Gives the variable that a `set` in this frame writes.
---@param name string
---@return string
function Frame:var(name)
  local var = self.vars[name]
  if not var then
    local n = #self.names + 1
    self.names[n] = name
    local most = self.parent and LOOP_LOCALS or UNIT_LOCALS
    var = n <= most and ("s%d%s"):format(n, self.id) or ("X%s.s%d"):format(self.id, n)
    self.vars[name] = var
  end
  return var
end

--- Writes the declarations that the frame turned out to need.
---@return string
function Frame:declarations()
  local list = {}
  local most = self.parent and LOOP_LOCALS or UNIT_LOCALS
  for n = 1, math.min(#self.names, most) do
    list[n] = ("s%d%s"):format(n, self.id)
  end
  local out = #list > 0 and "local " .. table.concat(list, ",") .. "\n" or ""
  if #self.names > most then
    out = out .. ("local X%s={}\n"):format(self.id)
  end
  for _, guard in ipairs(self.guards) do
    out = out .. ("local %s=type(%s)=='table'and %s or E0\n"):format(guard.name, guard.value,
      guard.value)
  end
  return out
end

--- Gives the variable that holds a bound value when it is a table, else an empty table.
function Frame:guard(name)
  local bound = self.bound[name]
  if not bound.guard then
    bound.guard = "t" .. bound.value
    self.guards[#self.guards + 1] = { name = bound.guard, value = bound.value }
  end
  return bound.guard
end

--- Lists where a name may be, innermost first; the last one is always there or the context.
---@param frame engine.template.Frame
---@param name string
---@return { value: string, frame?: engine.template.Frame, bound?: boolean }[]
---@return boolean is_open whether none of them is there for certain, so that the context counts
function M.places(frame, name)
  local list = {}
  while frame do
    local var = frame.vars[name]
    if var then
      list[#list + 1] = { value = var }
      if frame.definite[name] then
        return list, false
      end
    end
    local bound = frame.bound[name]
    if bound then
      list[#list + 1] = { value = bound.value, frame = frame, bound = true }
      return list, false
    end
    frame = frame.parent
  end
  return list, true
end

--- Whether no frame has a name: only the context can.
---@param frame engine.template.Frame?
---@param name string
---@return boolean
function M.is_outside(frame, name)
  while frame do
    if frame.vars[name] or frame.bound[name] then
      return false
    end
    frame = frame.parent
  end
  return true
end

--- Finds the frame of the loop that is around.
---@param frame engine.template.Frame?
---@return engine.template.Frame?
function M.loop(frame)
  while frame and not frame.loop do
    frame = frame.parent
  end
  return frame
end

--- Finds the frame of the unit.
---@param frame engine.template.Frame
---@return engine.template.Frame
function M.unit(frame)
  while frame.parent do
    frame = frame.parent
  end
  return frame
end

--- Gives a unit a variable for each name that set_global sets somewhere in nodes.
---@param frame engine.template.Frame of the unit
---@param chain table[] the files whose blocks take the place of those in the nodes, or are called
---@param list engine.template.Node[]
function M.declare(frame, chain, list)
  local seen = {}
  local function walk(nodes)
    if not nodes or seen[nodes] then
      return
    end
    seen[nodes] = true
    for _, node in ipairs(nodes) do
      if node.global then
        frame:var(node.name)
      end
      walk(node.body)
      walk(node.empty)
      walk(node.otherwise and node.otherwise.body)
      for _, part in ipairs(node.conds or {}) do
        walk(part.body)
      end
      for _, file in ipairs(node.t == "block" and chain or {}) do
        local def = file.blocks[node.name]
        walk(def and def.body)
      end
    end
  end
  walk(list)
end

--- Lists everything that can be seen from a frame, for what is included there.
---@param frame engine.template.Frame?
---@return { name: string, value: string }[] innermost first
---@return engine.template.Frame? loop
function M.visible(frame)
  local list, seen, loop = {}, {}, M.loop(frame)
  local function add(name, value)
    list[#list + 1] = { name = name, value = value, again = seen[name] }
    seen[name] = true
  end
  while frame do
    for _, name in ipairs(frame.names) do
      add(name, frame.vars[name])
    end
    local bound = {}
    for name in pairs(frame.bound) do
      bound[#bound + 1] = name
    end
    table.sort(bound)
    for _, name in ipairs(bound) do
      add(name, frame.bound[name].value)
    end
    frame = frame.parent
  end
  return list, loop
end

return M
