--- What test files see: Lua without the parts that reach out of a test, or into the engine.
---
--- Left out: os.execute, os.exit, io but reading below the project, debug, package but `loaded`,
--- string.dump, dofile, loadfile, finalizers (__gc), bytecode, the metatables of values that are
--- not tables.  Each file has an environment of its own; what it changes in `string` and its like
--- is its own as well.
---@class engine.script.environment
local guarded = require("core.guarded")
local operands = require("core.operands")

local M = {}

---@class engine.script.environment.Options
---@field name string         the file as the user would write it
---@field path? string        absolute
---@field project_dir? string absolute; default: the folder of `path`
---@field print? fun(text: string) what print and io.write give; default: to standard error
---@field tell? fun(ok: boolean, failure: core.operands.Failure?, value: any) of each assert

local BASIC = {
  "_VERSION", "error", "ipairs", "next", "pairs", "rawequal", "rawget", "rawlen", "rawset",
  "select", "tonumber", "tostring", "type",
}
local LIBRARIES = { "coroutine", "math", "string", "table", "utf8" }
local OS = { "clock", "date", "difftime", "getenv", "time" }
local COLLECT = { collect = true, count = true, isrunning = true, step = true }

local function copy(from, names)
  local to = {}
  for _, name in ipairs(names) do
    to[name] = from[name]
  end
  return to
end

--- A finalizer runs whenever memory is collected, in the engine's time, and no limit can end it.
local function set_metatable(t, meta)
  if type(t) ~= "table" then
    error(("bad argument #1 to 'setmetatable' (table expected, got %s)"):format(type(t)), 2)
  elseif meta ~= nil and type(meta) ~= "table" then
    error("bad argument #2 to 'setmetatable' (nil or table expected)", 2)
  elseif meta and rawget(meta, "__gc") ~= nil then
    error("tests have no __gc: use a <close> variable or a teardown", 2)
  end
  local own = getmetatable(t)
  if own ~= nil and rawget(debug.getmetatable(t), "__metatable") ~= nil then
    error("cannot change a protected metatable", 2)
  end
  return setmetatable(t, meta)
end

--- What is protected cannot be written past its metatable either: the API is one for all files.
local function raw_set(t, key, value)
  local meta = type(t) == "table" and debug.getmetatable(t)
  if meta and rawget(meta, "__metatable") ~= nil then
    error(("%s cannot be changed"):format(rawget(meta, "__name") or "a protected table"), 2)
  end
  return rawset(t, key, value)
end

--- Metatables of other values are shared by all that runs.
local function get_metatable(value)
  local meta = getmetatable(value)
  if meta == nil or type(value) == "table" then
    return meta
  end
  return false
end

local function collect(what, ...)
  if what ~= nil and not COLLECT[what] then
    error(("collectgarbage('%s') is not for tests: the collector is the engine's"):format(
      tostring(what)), 2)
  end
  return collectgarbage(what, ...)
end

local function new_load(env)
  return function(chunk, name, mode, ...)
    if mode ~= nil and not tostring(mode):find("t", 1, true) then
      return nil, "attempt to load a text chunk (mode is 'b')"
    end
    local own = env
    if select("#", ...) > 0 then
      own = ...
    end
    if name == nil then
      name = type(chunk) == "string" and chunk or "=(load)"
    end
    return load(chunk, name, "t", own)
  end
end

local function new_print(write)
  return function(...)
    local parts = table.pack(...)
    for i = 1, parts.n do
      parts[i] = tostring(parts[i])
    end
    write(table.concat(parts, "\t") .. "\n")
  end
end

local TEXT = { "find", "gmatch", "gsub", "match", "rep" }
local TABLE = { "concat", "insert", "move", "remove", "sort" }

--- What `("text"):name()` calls, for everybody: the functions that count what they do, and no dump.
local function guard_methods()
  local methods = copy(guarded, TEXT)
  debug.getmetatable("").__index = setmetatable(methods, {
    __index = function(_, name)
      return name ~= "dump" and string[name] or nil
    end,
  })
end

local function to_stderr(text)
  require("engine.script.printed").write(text)
end

--- Makes the environment of one file.
---@param opts engine.script.environment.Options
---@return table env
function M.new(opts)
  local env = copy(_G, BASIC)
  env._G = env
  for _, name in ipairs(LIBRARIES) do
    env[name] = {}
    for key, value in pairs(_G[name]) do
      env[name][key] = value
    end
  end
  for _, name in ipairs(TEXT) do
    env.string[name] = guarded[name]
  end
  for _, name in ipairs(TABLE) do
    env.table[name] = guarded[name]
  end
  env.pcall, env.xpcall = guarded.pcall, guarded.xpcall
  env.string.dump = nil
  env.os = copy(os, OS)
  local write = opts.print or to_stderr
  env.print = new_print(write)
  env.io = require("engine.script.files").new(opts, write)
  env.assert = operands.assert(opts.tell)
  env.rawset = raw_set
  env.setmetatable, env.getmetatable = set_metatable, get_metatable
  env.collectgarbage = collect
  env.load = new_load(env)
  local project_dir = opts.project_dir or opts.path and opts.path:match("^(.*)/[^/]*$") or "."
  local loaded
  env.require, loaded = require("engine.script.require").new({
    modules = opts.modules,
    env = env,
    name = opts.name,
    path = opts.path,
    project_dir = project_dir,
  })
  env.package = { loaded = loaded }
  loaded._G = env
  for _, name in ipairs({ "coroutine", "io", "math", "os", "string", "table", "utf8" }) do
    loaded[name] = env[name]
  end
  return env
end

guard_methods()

return M
