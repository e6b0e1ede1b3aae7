--- Which tests a change can touch: `--since REV`.
---
--- git says what has changed since then, committed or not.  What a test can see decides, not what
--- it is known to use: a room shows the whole project unless its file says otherwise, so that a
--- change of anything but another test file touches each test that sees it.  Too many at worst;
--- too few only by what git does not tell: what it ignores, and what lies outside of the
--- repository.
local fs = require("core.fs")
local place = require("engine.snapshot.place")
local proc = require("core.proc")

local M = {}

local GIT_MS = 60000
local OUT_MAX = 256 << 20

--- Files of a project that can change what any test does.
local PROJECT_WIDE = {
  ["clnrm.toml"] = true, ["cleanroom.toml"] = true, [".clnrm/quarantine.toml"] = true,
}
local PROJECT_FOLDERS = { "services/", "assertions/", ".clnrm/override/", ".clnrm/snapshots/" }

--- Runs git; returns what it printed.
local function git(dir, ...)
  local argv = { "git", "-C", dir, ... }
  local task = require("core.task")
  local process, err = proc.spawn({ argv = argv, out_max = OUT_MAX })
  if not process then
    return nil, err.code == "COMMAND_NOT_FOUND" and "git is not installed" or tostring(err)
  end
  local closing <close> = process
  local result = task.timeout(GIT_MS, closing.wait, closing)
  if not result then
    return nil, "git did not answer"
  end
  local out, cut = process:stdout()
  if result.kind ~= "exited" or result.code ~= 0 then
    local said = (process:stderr() or ""):match("^[^\n]*") or ""
    return nil, said ~= "" and said or "git failed"
  elseif not out or cut ~= 0 then
    return nil, "git said too much"
  end
  return out
end

local function split(text, set, top)
  for path in text:gmatch("[^\0]+") do
    set[top .. "/" .. path] = true
  end
end

--- Asks git what has changed since a revision: committed, staged, or neither.
---@async
---@param dir string of the project
---@param rev string
---@return table<string, true>? changed absolute paths
---@return string top of the repository, or why there is no answer
---@nodiscard
function M.changed(dir, rev)
  local top, why = git(dir, "rev-parse", "--show-toplevel")
  if not top then
    return nil, why
  end
  top = top:gsub("\n$", "")
  local commit
  commit, why = git(dir, "rev-parse", "--verify", "--quiet", "--end-of-options", rev .. "^{commit}")
  if not commit then
    return nil, why == "git failed" and ("there is no revision '%s'"):format(rev) or why
  end
  local changed = {}
  local list
  list, why = git(top, "diff", "--name-only", "--no-renames", "-z", (commit:gsub("%s+$", "")), "--")
  if not list then
    return nil, why
  end
  split(list, changed, top)
  list, why = git(top, "ls-files", "--others", "--exclude-standard", "-z")
  if not list then
    return nil, why
  end
  split(list, changed, top)
  return changed, top
end

--- Whether a changed path is, holds, or lies below another one.
local function touches(changed, path)
  if changed[path] then
    return true
  end
  for one in pairs(changed) do
    if one:sub(1, #path + 1) == path .. "/" or path:sub(1, #one + 1) == one .. "/" then
      return true
    end
  end
  return false
end

local function is_below(path, dir)
  return dir == "/" or path:sub(1, #dir + 1) == dir .. "/"
end

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

--- Adds the folder or the archive of an image.
local function add_image(list, image)
  list[#list + 1] = type(image) == "table" and image.path or nil
end

--- Lists the paths of the host that a file names for its room and services, and where its
--- snapshots are stored.
local function named(suite)
  local folder, test_file = place.split(suite.path)
  local list = { ("%s/%s/%s"):format(folder, place.FOLDER, place.part(test_file)) }
  add_image(list, suite.room.image)
  for _, service in ipairs(suite.services or {}) do
    add_image(list, service.image)
    for _, volume in ipairs(service.volumes or {}) do
      list[#list + 1] = volume.source
    end
    for _, file in ipairs(service.files or {}) do
      list[#list + 1] = file.from
    end
  end
  return list
end

--- Whether tests of a file can see a path of the project.
local function sees(suite, path)
  if not is_below(path, suite.project_dir) then
    return false
  elseif suite.is_script or suite.hooks and (suite.hooks.has_module or suite.hooks.has_host) then
    return true -- by require, by clnrm.fs, in a room that it opens, on the machine itself
  end
  local name = path:match("[^/]*$")
  return suite.room.project ~= "none" or (suite.text or ""):find(name, 1, true) ~= nil
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

--- Makes what says whether a change can touch the tests of a file.
---@param changed table<string, true>
---@param top string of the repository: of files outside of it nothing is known
---@return fun(suite: engine.model.Suite): boolean
---@nodiscard
function M.affected(changed, top)
  local known = {}
  local function compute(suite)
    local own = fs.realpath(suite.path) or suite.path
    if changed[own] or changed[suite.path] or not is_below(own, top) then
      return true
    end
    for path in pairs(changed) do
      if is_project_wide(path, suite.project_dir)
        or sees(suite, path) and not is_other_test(suite, path) then
        return true
      end
    end
    for _, path in ipairs(named(suite)) do
      if touches(changed, path) or touches(changed, fs.realpath(path) or path) then
        return true
      end
    end
    return false
  end
  return function(suite)
    if known[suite] == nil then
      known[suite] = compute(suite)
    end
    return known[suite]
  end
end

return M
