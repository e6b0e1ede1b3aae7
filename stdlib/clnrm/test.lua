--- The `t` of a test, a fixture or a hook.
---
--- What it does is the engine's; what it is cannot be changed from a test, though a test may keep
--- values of its own in it: `t.user = "ann"`.
local host = require("clnrm.host")

---@class clnrm.Test
---@field name string   of the test
---@field seed integer  the same number for this test in each run
---@field room clnrm.Room this test's room, opened when it is first used
local Test = {}

local contexts = setmetatable({}, { __mode = "k" }) ---@type table<clnrm.Test, table>

local function context_of(t, what)
  return contexts[t]
    or host.current().misuse(("%s: call it with a colon, t:%s(…)"):format(what, what))
end

--- Opens a room; it is closed at the end of the test at the latest.
---@async
---@param spec? clnrm.RoomSpec
---@return clnrm.Room
function Test:open(spec)
  return context_of(self, "open"):open(spec)
end

--- Returns the value of a fixture; it is set up by the first who uses it.
---@async
---@param name string
---@return any
function Test:use(name)
  return context_of(self, "use"):use(name)
end

--- Writes a line that is shown when the test fails, and in reports.
---@param text any
function Test:log(text)
  context_of(self, "log"):log(text)
end

--- Ends the test as skipped.
---@param reason string
function Test:skip(reason)
  context_of(self, "skip"):skip(reason)
end

--- Ends the test as failed.
---@param text string
function Test:fail(text)
  context_of(self, "fail"):fail(text)
end

--- Keeps a file with the report, below .clnrm/artifacts of the project.
---@param name string a file's name
---@param bytes string
---@return string? path
---@return core.Error? err
function Test:attach(name, bytes)
  return context_of(self, "attach"):attach(name, bytes)
end

--- Returns the value of a secret: of `--env-file`, else of clnrm's environment.  From then on it is
--- masked in all that the run tells.
---@param name string of the variable
---@return string value
function Test:secret(name)
  return context_of(self, "secret"):secret(name)
end

local FIELDS = {
  name = function(context)
    return context.name
  end,
  seed = function(context)
    return context:seed()
  end,
  room = function(context)
    return context:default_room()
  end,
}

local meta = {
  __name = "clnrm.Test",
  __metatable = false,
  __index = function(t, key)
    local field = FIELDS[key]
    if field then
      return field(contexts[t])
    end
    return Test[key]
  end,
  __newindex = function(t, key, value)
    if FIELDS[key] or Test[key] then
      host.current().misuse(("t.%s cannot be changed"):format(key))
    end
    rawset(t, key, value)
  end,
  __tostring = function(t)
    return "clnrm.Test: " .. contexts[t].name
  end,
}

local M = {}

--- Makes the `t` of a context.
---@param context table
---@return clnrm.Test
function M.new(context)
  local t = setmetatable({}, meta)
  contexts[t] = context
  return t
end

return M
