--- Where overrides are looked for, and which module each of them replaces.
local fs = require("core.fs")
local loader = require("engine.loader")

local M = {}

M.PROJECT_DIR = ".clnrm/override"

--- Lists the directories that exist, nearest first.
---@param project engine.Project
---@param env fun(name: string): string?
---@return { dir: string, kind: "project"|"user" }[]
function M.dirs(project, env)
  local list = {}
  local function add(kind, dir)
    local stat = fs.stat(dir)
    if stat and stat.type == "directory" then
      list[#list + 1] = { dir = dir, kind = kind }
    end
  end
  add("project", project.dir .. "/" .. M.PROJECT_DIR)
  local config, home = env("XDG_CONFIG_HOME"), env("HOME")
  if not (config and config:match("^/")) then
    config = home and home:match("^/") and home .. "/.config"
  end
  if config then
    add("user", config .. "/clnrm/override")
  end
  return list
end

--- Finds a file that would replace a module which was loaded before overrides are known.
local function too_late(dirs)
  for _, module in ipairs(loader.loaded()) do
    for _, entry in ipairs(dirs) do
      local path = entry.dir .. "/?.lua;" .. entry.dir .. "/?/init.lua"
      local file = package.searchpath(module.name, path)
      if file and module.kind == "builtin" and loader.may_override(entry.kind, module.name) then
        return module.name, file
      end
    end
  end
end

--- Makes the overrides of the project and of the user known to the loader.
---@param project engine.Project
---@param env fun(name: string): string?
---@return true? ok
---@return string? why
function M.set(project, env)
  local dirs = M.dirs(project, env)
  local name, file = too_late(dirs)
  if name then
    return nil, ("%s: %s cannot be overridden, it is loaded before overrides are known"):format(
      file, name)
  end
  loader.set_overrides(dirs)
  return true
end

--- Lists every module of the engine and the file that wins for it, overrides first.
---@param dirs { dir: string, kind: "project"|"user" }[] nearest first
---@return engine.loader.Found[]
function M.survey(dirs)
  local list, rest = {}, {}
  for _, name in ipairs(require("core.embed").list()) do
    local winner = { name = name, file = "built in", kind = "builtin" }
    for i = #dirs, 1, -1 do
      local entry = dirs[i]
      local file = package.searchpath(name, entry.dir .. "/?.lua;" .. entry.dir .. "/?/init.lua")
      if file and loader.may_override(entry.kind, name) then
        winner = { name = name, file = file, kind = entry.kind }
      end
    end
    local to = winner.kind == "builtin" and rest or list
    to[#to + 1] = winner
  end
  return table.move(rest, 1, #rest, #list + 1, list)
end

--- What takes part in reading and choosing files, as the beginnings of modules.
local READING = {
  "engine.config", "engine.determinism", "engine.discover", "engine.filter", "engine.generate",
  "engine.matrix", "engine.model", "engine.plan", "engine.requires", "engine.template",
}

--- Lists the project's overrides that have a say in what a run reads of its files: what a command
--- that runs nothing of the project sees otherwise.
---@param project engine.Project
---@return string[] files as seen from the project
---@nodiscard
function M.of_reading(project)
  local dir, list = project.dir .. "/" .. M.PROJECT_DIR, {}
  if not fs.stat(dir) then
    return list
  end
  for _, entry in ipairs(M.survey({ { dir = dir, kind = "project" } })) do
    for _, module in ipairs(entry.kind == "project" and READING or {}) do
      if (entry.name .. "."):sub(1, #module + 1) == module .. "." then
        list[#list + 1] = entry.file:sub(#project.dir + 2)
      end
    end
  end
  return list
end

--- Lists the overrides that hold in this process, loaded or not yet, for reports.
---@param project_dir string files below it are told relative to it
---@return { module: string, file: string }[] by module
function M.active(project_dir)
  local by_name, list = {}, {}
  for _, modules in ipairs({ M.survey(loader.overrides()), loader.loaded() }) do
    for _, entry in ipairs(modules) do
      if entry.kind ~= "builtin" then
        by_name[entry.name] = entry.file
      end
    end
  end
  for name, file in pairs(by_name) do
    local is_below = file:sub(1, #project_dir + 1) == project_dir .. "/"
    list[#list + 1] = { module = name, file = is_below and file:sub(#project_dir + 2) or file }
  end
  table.sort(list, function(a, b)
    return a.module < b.module
  end)
  return list
end

return M
