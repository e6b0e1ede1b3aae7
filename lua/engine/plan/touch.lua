--- Why a changed file can touch the tests of a file.
---
--- What a test can see decides, not what it is known to use: a room shows the whole project unless
--- its file says otherwise, so that a change of anything but another test file touches each test
--- that sees it.  What is known to be used is told as the reason where there is both.
local fs = require("core.fs")
local host_path = require("engine.model.host_path")
local place = require("engine.snapshot.place")
local way = require("engine.plan.way")

---@class engine.plan.touch
local M = {}

--- Files of a project that can change what any test does.
local PROJECT_WIDE = {
  ["clnrm.toml"] = true, ["cleanroom.toml"] = true, [".clnrm/quarantine.toml"] = true,
  ["clnrm.lock"] = true,
}
local PROJECT_FOLDERS = { "services/", "assertions/", ".clnrm/override/", ".clnrm/snapshots/" }

---@alias engine.plan.touch.Kind
---| "itself"    the file of the tests
---| "template"  it includes, extends or imports it
---| "module"    it requires it
---| "volume"    a service of it has it as a volume
---| "file"      a service of it is given it
---| "image"     its room or a service is made of it
---| "watched"   [watch] paths name it
---| "snapshot"  it is compared with it
---| "project"   a setting or a module of the whole project
---| "named"     its text has the name
---| "seen"      its tests can read it, as all of the project

---@class engine.plan.touch.Why
---@field kind engine.plan.touch.Kind
---@field path string what has changed
---@field name? string of the service

--- In words: "its template".
M.words = {
  itself = "the test file itself",
  template = "it includes, extends or imports it",
  module = "it requires it",
  volume = "a volume of its service %s",
  file = "a file of its service %s",
  image = "the image of its room or of a service",
  watched = "`[watch]` paths name it",
  snapshot = "a snapshot it is compared with",
  project = "settings or modules of the whole project",
  named = "its text names it",
  seen = "its room or code can read the project",
}

--- Says a reason in words.
---@param why engine.plan.touch.Why
---@return string
---@nodiscard
function M.say(why)
  return (M.words[why.kind] or why.kind):format(why.name)
end

M.is_below = host_path.is_below -- who asks of changes asks for that as well
local is_below = M.is_below

local function is_project_wide(path, dir)
  if not is_below(path, dir) then
    return false
  end
  local below = path:sub(dir == "/" and 2 or #dir + 2)
  for _, folder in ipairs(PROJECT_FOLDERS) do
    if below:sub(1, #folder) == folder then
      return true
    end
  end
  return PROJECT_WIDE[below] == true
end

--- Adds the folder or the archive of an image, or what it is built of.
local function add_image(list, image)
  local path = type(image) == "table" and (image.path or image.build and image.build.context)
  list[#list + 1] = path and { kind = "image", path = path } or nil
end

--- Lists what a file uses: the paths that it names for its room and services, the templates and
--- modules that were read for it, and where its snapshots are stored.
---@param suite engine.model.Suite
---@return engine.plan.touch.Why[] # the closest first; a path may be that of a folder
---@nodiscard
function M.uses(suite)
  local folder, test_file = place.split(suite.path)
  local list = {}
  for kind, paths in pairs({ template = suite.reads or {}, module = suite.modules or {} }) do
    for _, path in ipairs(paths) do
      list[#list + 1] = { kind = kind, path = path }
    end
  end
  table.sort(list, function(a, b)
    return a.path < b.path
  end)
  for _, service in ipairs(suite.services or {}) do
    for _, volume in ipairs(service.volumes or {}) do
      list[#list + 1] = volume.source
        and { kind = "volume", path = volume.source, name = service.name }
    end
    for _, file in ipairs(service.files or {}) do
      list[#list + 1] = file.from and { kind = "file", path = file.from, name = service.name }
    end
    add_image(list, service.image)
  end
  add_image(list, suite.room.image)
  for _, path in ipairs(suite.watch and suite.watch.paths or {}) do
    list[#list + 1] = { kind = "watched", path = path }
  end
  list[#list + 1] = { kind = "snapshot",
    path = ("%s/%s/%s"):format(folder, place.FOLDER, place.part(test_file)) }
  return list
end

local function sorted(set)
  local list = {}
  for name in pairs(set) do
    list[#list + 1] = name
  end
  table.sort(list)
  return list
end

--- Lists the variables of the environment that a file reads, by templates, rooms and secrets.
---@param suite engine.model.Suite
---@return string[] names sorted
---@nodiscard
function M.variables(suite)
  local set = {}
  for _, list in ipairs({ suite.inputs or {}, suite.room.inherit_env or {} }) do
    for _, name in ipairs(list) do
      set[name] = true
    end
  end
  for _, secret in ipairs(suite.secrets or {}) do
    set[secret.variable] = true
  end
  return sorted(set)
end

--- Lists the images that a file names, but for folders and archives, which `uses` has.
---@param suite engine.model.Suite
---@return string[] names sorted
---@nodiscard
function M.images(suite)
  local set = {}
  local function add(image)
    if type(image) == "table" and image.name then
      set[image.name] = true
    end
  end
  add(suite.room.image)
  for _, service in ipairs(suite.services or {}) do
    add(service.image)
  end
  return sorted(set)
end

--- Whether tests of a file can see a path of the project.
---@return "seen"|"named"|nil
local function sees(suite, path)
  if not is_below(path, suite.project_dir) then
    return nil
  end
  local name = path:match("[^/]*$")
  if (suite.text or ""):find(name, 1, true) then
    return "named"
  elseif suite.is_script or suite.hooks and (suite.hooks.has_module or suite.hooks.has_host)
    or suite.room.project ~= "none" then
    return "seen" -- by require, by clnrm.fs, in a room that it opens, on the machine itself
  end
end

--- Whether a text names what could lead to other files of tests: the project, a module of it.
local function looks_around(text)
  if text:find("project", 1, true) then
    return true
  end
  for name in text:gmatch("require%s*%(?%s*[\"'%[]+([%w_.]*)") do
    if name ~= "clnrm" and not name:find("^clnrm%.") then
      return true
    end
  end
  return false
end

--- Whether a file is one of tests that those of a suite do not use.
local function is_other_test(suite, path)
  local name = path:match("[^/]*$")
  local text = suite.text or ""
  return require("engine.discover").is_test_name(name) and not looks_around(text)
    and not text:find(name, 1, true)
end

--- Finds a changed path that is, holds, or lies below one that is used.
local function touched_by(changed, path)
  if changed[path] then
    return path
  end
  for one in pairs(changed) do
    if is_below(one, path) or is_below(path, one) then
      return one
    end
  end
end

--- Finds a changed path by which a path, or one that it is by links, is touched; a link on the way
--- that leads somewhere else, too.
---@param finds fun(changed: table<string, true>, path: string): string?
---@param is_plain? boolean its way is not looked at
local function touched(changed, path, finds, is_plain)
  local real = fs.realpath(path)
  local found = finds(changed, path) or real and real ~= path and finds(changed, real) or nil
  if found or real == path or is_plain then
    return found
  end
  local links, last = way.links(path)
  for _, link in ipairs(links) do
    if changed[link] then
      return link
    end
  end
  return links[1] and not real and last and changed[last] and last or nil
end

local function is_changed(changed, path)
  return changed[path] and path
end

--- Takes out of a change what a file ignores by its [watch].
---@param suite engine.model.Suite
---@param changed table<string, true> absolute paths
---@return table<string, true> # the same table when there is nothing to take out
---@nodiscard
function M.heeded(suite, changed)
  local ignored = suite.watch and suite.watch.ignored
  if not ignored then
    return changed
  end
  local left, own = {}, fs.realpath(suite.path) or suite.path
  for path in pairs(changed) do
    if path == own or not require("engine.watch.ignored").test(ignored, path) then
      left[path] = true
    end
  end
  return left
end

--- Says why a change touches the tests of a file: the closest reason.
---@param suite engine.model.Suite
---@param changed table<string, true> absolute paths
---@return engine.plan.touch.Why? why nil: it does not
---@nodiscard
function M.why(suite, changed)
  if touched(changed, suite.path, is_changed) then
    return { kind = "itself", path = suite.path }
  end
  for _, one in ipairs(M.uses(suite)) do
    local path = touched(changed, one.path, touched_by, one.kind == "snapshot")
    if path then
      return { kind = one.kind, path = path, name = one.name }
    end
  end
  local seen
  for path in pairs(changed) do
    if is_project_wide(path, suite.project_dir) then
      return { kind = "project", path = path }
    end
    local kind = sees(suite, path)
    if kind and not is_other_test(suite, path)
      and (not seen or seen.kind == "seen" and kind == "named") then
      seen = { kind = kind, path = path }
    end
  end
  return seen
end

return M
