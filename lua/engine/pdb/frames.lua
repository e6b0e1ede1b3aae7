--- The frames of a stopped coroutine: whose they are, and the variables that each can see.
---
--- Only the user's frames; what the compiler has for itself is left out.
---@class engine.pdb.frames
local place = require("engine.script.place")

local M = {}

local FRAMES_MAX = 200

---@class engine.pdb.Frame
---@field thread thread
---@field level integer
---@field fn function
---@field file string
---@field line integer
---@field name? string of its function, as the call has it
---@field names? string[] of its locals by their number, where Lua has it an instruction too early

---@class engine.pdb.Variable
---@field name string
---@field value any
---@field kind "local"|"upvalue"
---@field index integer

--- Lists the user's frames, innermost first.
---@param thread thread
---@param at? { line: integer, names: string[] } where a hook stopped it: a coroutine that a hook
---has suspended stands one instruction before that, for Lua, and may be on another line
---@return engine.pdb.Frame[]
---@nodiscard
function M.of(thread, at)
  local list, level = {}, 0
  local info = debug.getinfo(thread, level, "Slnf")
  while info and #list < FRAMES_MAX do
    if info.currentline > 0 and not place.is_engine(info.source) then
      list[#list + 1] = { thread = thread, level = level, fn = info.func,
        file = info.source:sub(2), line = info.currentline, name = info.name }
    end
    level = level + 1
    info = debug.getinfo(thread, level, "Slnf")
  end
  if at and list[1] then
    list[1].line, list[1].names = at.line, at.names
  end
  return list
end

--- Whether a name is the compiler's, or of the rewriting of asserts.
local function is_hidden(name)
  return not name:find("^[%a_][%w_]*$") or name:find("^__left_*$") or name:find("^__right_*$")
end

--- Lists the locals of a frame, in the order of their declaration; of one name the last is meant.
---@param frame engine.pdb.Frame
---@return engine.pdb.Variable[]
---@nodiscard
function M.locals(frame)
  local list, i, names = {}, 1, frame.names
  local name, value = debug.getlocal(frame.thread, frame.level, i)
  while name and (not names or names[i]) do
    name = names and names[i] or name
    if not is_hidden(name) then
      list[#list + 1] = { name = name, value = value, kind = "local", index = i }
    end
    i = i + 1
    name, value = debug.getlocal(frame.thread, frame.level, i)
  end
  return list
end

--- Lists the variables of outer functions that the function of a frame uses.
---@param frame engine.pdb.Frame
---@return engine.pdb.Variable[]
---@nodiscard
function M.upvalues(frame)
  local list, i = {}, 1
  local name, value = debug.getupvalue(frame.fn, i)
  while name do
    if not is_hidden(name) then
      list[#list + 1] = { name = name, value = value, kind = "upvalue", index = i }
    end
    i = i + 1
    name, value = debug.getupvalue(frame.fn, i)
  end
  return list
end

--- Finds what a name means in a frame.
---@param frame engine.pdb.Frame
---@param name string
---@return engine.pdb.Variable?
---@nodiscard
function M.find(frame, name)
  local locals = M.locals(frame)
  for i = #locals, 1, -1 do
    if locals[i].name == name then
      return locals[i]
    end
  end
  for _, variable in ipairs(M.upvalues(frame)) do
    if variable.name == name then
      return variable
    end
  end
end

--- Gives a variable another value.
---@param frame engine.pdb.Frame
---@param variable engine.pdb.Variable
---@param value any
function M.set(frame, variable, value)
  if variable.kind == "local" then
    debug.setlocal(frame.thread, frame.level, variable.index, value)
  else
    debug.setupvalue(frame.fn, variable.index, value)
  end
end

--- Returns the globals that frames see: those of the innermost from `at` on that uses any.
---@param list engine.pdb.Frame[]
---@param at integer
---@return table? env
---@nodiscard
function M.globals(list, at)
  for i = at, #list do
    local variable = M.find(list[i], "_ENV")
    if variable and type(variable.value) == "table" then
      return variable.value
    end
  end
end

return M
