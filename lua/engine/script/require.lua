--- `require` of test files: the API (clnrm, clnrm.*) and the project's own modules.
---
--- `require("tests.helpers")` is tests/helpers.lua or tests/helpers/init.lua, below the folder of
--- the file that is run, else below the project.  Nothing outside of the project is loaded, not
--- by a link either.  A module shares the environment of the file that requires it, and is
--- loaded once.
---@class engine.script.require
local fs = require("core.fs")
local host = require("clnrm.host")
local problem = require("engine.script.problem")

local M = {}

local SIZE_MAX = 16 << 20
local DEPTH_MAX = 100
local BAD_NAME = "bad argument #1 to `require` (string expected, got %s)"
--- The rest of stdlib is what the API is made of, and none of it.
local API = {
  ["clnrm"] = true,
  ["clnrm.expect"] = true,
  ["clnrm.fake"] = true,
  ["clnrm.fs"] = true,
  ["clnrm.hash"] = true,
  ["clnrm.http"] = true,
  ["clnrm.json"] = true,
  ["clnrm.service"] = true,
  ["clnrm.task"] = true,
  ["clnrm.time"] = true,
  ["clnrm.toml"] = true,
}

--- Returns a module of the API; nothing in it can be changed, since all files see the same.
local function load_api(name)
  if not API[name] and not name:find("^clnrm%.service%.[%w_]+$") then
    return nil
  end
  local ok, value = pcall(require, name)
  if not ok then
    return nil
  end
  return name == "clnrm" and value or host.freeze(value, name)
end

local function is_below(path, dir)
  return dir == "/" or path:sub(1, #dir + 1) == dir .. "/"
end

--- Lists the files that a name may mean, without their folder.
local function candidates(name)
  local path = name:gsub("%.", "/")
  return { path .. ".lua", path .. "/init.lua" }
end

--- Finds the file of a module of the project.
---@return string? path real
---@return string[]|string tried, or why it may not be loaded
local function find(cx, name)
  local tried = {}
  for _, dir in ipairs(cx.dirs) do
    for _, candidate in ipairs(candidates(name)) do
      local path = dir .. "/" .. candidate
      local real = fs.realpath(path)
      local stat = real and fs.stat(real)
      if stat and stat.type == "file" then
        if not is_below(real, cx.project_dir) then
          return nil, ("%s leads outside of the project"):format(path)
        end
        return real, tried
      end
      tried[#tried + 1] = path
    end
  end
  return nil, tried
end

--- Names a file as seen from the project.
local function shown(cx, path)
  local prefix = cx.project_dir == "/" and "/" or cx.project_dir .. "/"
  local inside = path:sub(1, #prefix) == prefix and path:sub(#prefix + 1) or path
  return cx.prefix .. inside
end

local function load_file(cx, path, name)
  local text, err = fs.read(path, { max = SIZE_MAX })
  if not text then
    error(("module '%s' cannot be read: %s"):format(name, err.message), 0)
  end
  local file = shown(cx, path)
  local fn, problems = require("engine.script.load").chunk(text, {
    name = file,
    path = path,
    project_dir = cx.project_dir,
    env = cx.env,
  })
  if not fn then
    error(problem.new(problems, { [file] = text }), 0)
  end
  return fn
end

local function where_searched(cx, tried)
  local lines = {}
  for i, path in ipairs(tried) do
    lines[i] = "\n\tno file '" .. shown(cx, path) .. "'"
  end
  return table.concat(lines)
end

--- Makes the `require` of one file.
---@param opts { env: table, path?: string, project_dir: string, name: string,
---       modules?: string[] } modules: is given the files that are loaded
---@return fun(name: string): any, any
---@return table loaded name → value, as package.loaded
function M.new(opts)
  local loaded, by_path, under_way = {}, {}, {}
  local dir = opts.path and opts.path:match("^(.*)/")
  dir = dir == "" and "/" or dir
  local cx = {
    env = opts.env,
    project_dir = fs.realpath(opts.project_dir) or opts.project_dir,
    prefix = "",
    dirs = { dir },
  }
  if dir ~= cx.project_dir then
    cx.dirs[#cx.dirs + 1] = cx.project_dir
  end
  local depth = 0

  local function run_file(path, name)
    if by_path[path] then
      return by_path[path].value, path
    elseif under_way[path] then
      error(("module '%s' requires itself, by way of others"):format(name), 3)
    elseif depth >= DEPTH_MAX then
      error(("module '%s': more than %d modules inside each other"):format(name, DEPTH_MAX), 3)
    end
    local fn = load_file(cx, path, name)
    if opts.modules then
      opts.modules[#opts.modules + 1] = path
    end
    under_way[path] = true
    depth = depth + 1
    local _ <close> = setmetatable({}, {
      __close = function()
        under_way[path] = nil
        depth = depth - 1
      end,
    })
    local value = fn(name, path)
    if value == nil then
      value = loaded[name] == nil and true or loaded[name]
    end
    by_path[path] = { value = value }
    return value, path
  end

  return function(name)
    if type(name) ~= "string" then
      error(BAD_NAME:format(type(name)), 2)
    elseif loaded[name] ~= nil then
      return loaded[name]
    elseif name == "clnrm" or name:find("^clnrm%.") then
      local value = load_api(name)
      if not value then
        error(("module '%s' not found: it is not part of clnrm"):format(name), 2)
      end
      loaded[name] = value
      return value
    elseif name:find("^core%.") or name:find("^engine%.") or name:find("^builtin%.") then
      error(("module '%s' is the engine's own; tests use clnrm.*"):format(name), 2)
    elseif not name:find("^[%w_%-]+[%w_%-.]*$") or name:find("..", 1, true) or name:find("%.$") then
      error(("'%s' is not the name of a module: words joined by dots"):format(name), 2)
    end
    local path, tried = find(cx, name)
    if not path then
      local why = type(tried) == "table" and ("not found:" .. where_searched(cx, tried)) or tried
      error(("module '%s' %s"):format(name, why), 2)
    end
    local value = run_file(path, name)
    loaded[name] = value
    return value, path
  end, loaded
end

return M
