--- Compiles lookups of names: from the variables of Lua that hold them, outwards to the context.
local scope = require("engine.template.scope")

local M = {}

local QUOTED_MAX = 32 -- longer texts are constants: quoting them doubles the time of load

local KEYWORDS = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch("%a+") do
  KEYWORDS[word] = true
end

---@class engine.template.Compiler
---@field file table the file whose text is being compiled
---@field frame engine.template.Frame

--- Quotes a text for Lua, or makes it a constant.
local function quoted(c, text)
  if #text > QUOTED_MAX then
    return c:static(text)
  end
  return ("%q"):format(text):gsub("\\\n", "\\n")
end

local function field(t, name)
  if KEYWORDS[name] or not name:find("^[%a_]") then
    return ("%s[%q]"):format(t, name)
  end
  return t .. "." .. name
end

--- Names a place for the functions that may raise: file and offset.
local function site(c, at)
  if c.marks then
    return c:file_ref() .. ",\1" .. at .. "\1"
  elseif c.run then
    return c:file_ref() .. "," .. c.run:place(at + c.shift)
  end
  return c:file_ref() .. "," .. at + c.shift
end

--- Adds the steps of a path to the value of its first name.
local function walk(c, value, path, from)
  for i = from, #path do
    local step = path[i]
    if type(step) == "table" then
      value = ("J(%s,%s)"):format(value, M.lookup(c, step))
    else
      value = "I(" .. value .. "," .. quoted(c, step) .. ")"
    end
  end
  return value
end

local LOOP = { -- Lua 5.4.4 compiles `K[(a == b)]` wrongly when K is an upvalue
  index = "%s", index0 = "(%s-1)", first = "(%s==1 and true)", last = "(%s==%s and true)",
}

local function loop_value(c, path)
  local frame = path[1] == "loop" and #path == 2 and scope.loop(c.frame)
  local form = frame and LOOP[path[2]]
  return form and form:format(frame.loop.index, frame.loop.count)
end

--- The number of a loop's turn, when that is what a path names.
---@return string?
function M.loop_number(c, path)
  local step = path[1] == "loop" and path[2]
  return (step == "index" or step == "index0") and loop_value(c, path) or nil
end

--- Notes that a path is used: its first name, and the second, or that the first is used whole.
local function note(used, path)
  local name, second = path[1], path[2]
  used[name] = true
  if type(second) == "string" then
    used[name .. "." .. second] = true
  else
    used[name .. ".*"] = true
  end
end

--- Compiles the lookup of a path; nil at run time when there is no such value.
---@return string code
---@return boolean is_certain whether it is there: what a loop or an argument gives, what is set for
---   certain
function M.lookup(c, node)
  local path = node.path
  local name = path[1]
  note(c.used, path)
  if name == "__tera_context" and #path == 1 then
    return c:context_dump(), false
  end
  local looped = loop_value(c, path)
  if looped then
    return looped, true
  end
  if scope.is_outside(c.frame, name) then
    return walk(c, field("G", name), path, 2), false
  end
  local places, is_open = scope.places(c.frame, name)
  local values = {}
  for i, place in ipairs(places) do
    if place.bound and #path > 1 and type(path[2]) == "string" and path[2]:find("^[%a_]") then
      local guard = place.frame:guard(name)
      values[i] = walk(c, field(guard, path[2]), path, 3)
    else
      values[i] = walk(c, place.value, path, 2)
    end
  end
  if is_open then
    values[#values + 1] = walk(c, field("G", name), path, 2)
  end
  if #values == 1 then
    return values[1], not is_open and #path == 1
  end
  return "Y(" .. table.concat(values, ",") .. ")", false
end

--- Compiles the lookup of a path that must be there.
local function needed(c, node)
  local code, is_certain = M.lookup(c, node)
  return is_certain and code or "D(" .. code .. "," .. site(c, node.at) .. ")"
end

M.field, M.site, M.quoted, M.needed, M.loop_value = field, site, quoted, needed, loop_value

return M
