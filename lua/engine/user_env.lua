--- What the overrides of a user's own can reach: how things look, and nothing that decides.
---
--- They are loaded with these globals alone.  What a module of the engine shares with others cannot
--- be had, libraries are copies, and nothing ends the program: a user's own file cannot change a
--- verdict, or the code that clnrm ends with, not even by going around what it replaces.
---@class engine.user_env
local M = {}

local NAMES = {
  "assert", "error", "ipairs", "next", "pairs", "pcall", "print", "rawequal", "rawget", "rawlen",
  "select", "setmetatable", "tonumber", "tostring", "type", "warn", "xpcall", "_VERSION",
}

local LIBRARIES = { "coroutine", "math", "string", "table", "utf8" }

local OS = { "clock", "date", "difftime", "getenv", "time" }

--- Modules below engine.report and engine.ui that decide: what is written where, what a command
--- ends with, which keys stop a run.
local DECIDES = {
  ["engine.report.custom"] = true, ["engine.report.file"] = true,
  ["engine.report.of_files"] = true, ["engine.report.open"] = true,
  ["engine.ui.session"] = true,
}

--- Whether a module only says how something looks.
---@param name string
---@return boolean
---@nodiscard
function M.is_look(name)
  return (name:match("^engine%.report%.") or name:match("^engine%.ui%.")) ~= nil
    and not DECIDES[name]
end

local function may_require(name)
  return name:match("^core%.") ~= nil or name == "engine.override"
    or M.is_look((name:gsub("^builtin%.", "", 1)))
end

local function copy(from, names)
  local to = {}
  for _, name in ipairs(names) do
    to[name] = from[name]
  end
  return to
end

local function all_of(library)
  local to = {}
  for name, value in pairs(library) do
    to[name] = value
  end
  return to
end

--- Makes the globals of one override.
---@return table<string, any>
---@nodiscard
function M.new()
  local env = copy(_G, NAMES)
  for _, name in ipairs(LIBRARIES) do
    env[name] = all_of(_G[name])
  end
  env.os = copy(os, OS)
  env._G = env
  function env.getmetatable(value)
    if type(value) == "table" then -- that of texts is the library of all
      return getmetatable(value)
    end
  end
  function env.require(name)
    if type(name) ~= "string" or not may_require(name) then
      error(("an override of a user's own cannot reach the module %s: it only says how things look")
        :format(tostring(name)), 2)
    end
    return require(name)
  end
  return env
end

return M
