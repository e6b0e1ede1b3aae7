--- Finds test files: those named on the command line, and those below the folders named there.
---
--- Folders are searched for `*.clnrm.toml`, `*.clnrm.toml.tera`, `*.toml.tera` and `*.clnrm.lua`.
--- Names that start with a dot are passed over, as in a shell, and so are templates that start with
--- `_`, which others include.  Nothing is opened but ignore files.
local fs = require("core.fs")
local ignore = require("engine.discover.ignore")
local project_of = require("engine.project")
local suggest = require("engine.suggest")

---@class engine.discover
local M = {}

---@class engine.discover.File
---@field path string absolute
---@field file string as the user would write it
---@field lines? integer[] only the scenarios that stand there (FILE:LINE)

M.WANTED = "*.clnrm.toml, *.toml.tera and *.clnrm.lua"

local DEPTH_MAX = 128
local UNREAD_SHOWN = 3 -- folders that cannot be read are told one by one up to here
local PROJECT_FILES = { project_of.FILE, project_of.ALIAS }
local NEVER = { [".git"] = true, [".clnrm"] = true }

--- Tells whether a folder is searched for this name.
---@param name string without its folder
---@return boolean
---@nodiscard
function M.is_test_name(name)
  local first = name:byte()
  if first == 46 then -- a dot
    return false
  elseif name:find("%.clnrm%.toml$") or name:find("%.clnrm%.lua$") then
    return true
  end
  return first ~= 95 and name:find("%.toml%.tera$") ~= nil -- an underscore
end

local function is_named_test(path)
  return path:find("%.toml$") or path:find("%.tera$") or path:find("%.lua$")
end

local function problem(code, file, message, help)
  return { severity = "error", code = code, file = file, message = message, help = help }
end

local function join(folder, name)
  if folder == "." then
    return name
  end
  return folder:sub(-1) == "/" and folder .. name or folder .. "/" .. name
end

--- What the system says, without the path: that stands beside it.
---@param err core.Error of core.fs
---@return string
function M.reason(err)
  local path = err.detail and err.detail.path
  local prefix = (path or "") .. ": "
  return err.message:sub(1, #prefix) == prefix and err.message:sub(#prefix + 1) or err.message
end

local function split(path)
  local folder, name = path:match("^(.*)/([^/]*)$")
  if not folder then
    return ".", path
  end
  return folder == "" and "/" or folder, name
end

--- Lists the folders above a path, nearest first, up to the root of the file system.
local function above(path)
  local list = {}
  assert(path:sub(1, 1) == "/", "path must be absolute")
  while path ~= "/" do
    path = split(path)
    list[#list + 1] = path
  end
  return list
end

--- Finds the folder in which the rules of ignore files begin to hold: that of the repository, else
--- of the project, else the searched one.
local function find_top(real)
  local project
  for _, folder in ipairs({ real, table.unpack(above(real)) }) do
    if fs.exists(join(folder, ".git")) then
      return folder
    end
    for _, name in ipairs(PROJECT_FILES) do
      project = project or fs.exists(join(folder, name)) and folder
    end
  end
  return project or real
end

--- Reads the ignore files from the top down to the folder, the folder's own left out.
---@return engine.discover.Rule[] rules
---@return string path of the folder below the top: "" or ending with "/"
local function inherited_rules(real)
  local top = find_top(real)
  if top == real then
    return {}, ""
  end
  local prefix = top == "/" and "/" or top .. "/"
  local path, rules, done = real:sub(#prefix + 1) .. "/", {}, ""
  for part in path:gmatch("[^/]+/") do
    rules = ignore.extend(rules, (prefix .. done):gsub("(.)/$", "%1"), done)
    done = done .. part
  end
  return rules, path
end

local function is_folder_link(path)
  local stat = fs.stat(path)
  return stat and stat.type == "directory"
end

--- Looks at one folder: adds its test files to `cx.found`, its folders to `cx.todo`, and links to
--- folders to `cx.links`, which come last so that files have their real names where they have one.
local function search(cx, folder)
  local stat = fs.stat(folder.path)
  local key = stat and stat.dev .. ":" .. stat.ino or folder.path
  if cx.seen[key] or folder.depth > DEPTH_MAX then
    return
  end
  cx.seen[key] = true
  local entries, err = fs.scandir(folder.path)
  if not entries then
    cx.unread[#cx.unread + 1] = { file = folder.file, why = M.reason(err) }
    return
  end
  local present = {}
  for _, entry in ipairs(entries) do
    present[entry.name] = true
  end
  local rules = ignore.extend(folder.rules, folder.path, folder.below, present)
  for _, entry in ipairs(entries) do
    local name, path = entry.name, nil
    local is_folder, is_test = entry.type == "directory", cx.is_wanted(name)
    if entry.type == "link" or entry.type == "unknown" then
      path = join(folder.path, name)
      is_folder = is_folder_link(path)
    end
    local wanted = is_folder and not NEVER[name] or is_test
    if wanted and not ignore.test(rules, folder.below, name, is_folder) then
      path = path or join(folder.path, name)
      local found = { path = path, file = join(folder.file, name) }
      if is_folder then
        found.rules, found.below, found.depth = rules, folder.below .. name .. "/", folder.depth + 1
        local list = entry.type == "directory" and cx.todo or cx.links
        list[#list + 1] = found
      else
        cx.found[#cx.found + 1] = found
      end
    end
  end
end

--- Tells of folders that cannot be read: of a few one by one, else together.
local function tell_unread(cx, file)
  local list, shown = cx.unread, {}
  table.sort(list, function(a, b)
    return a.file < b.file
  end)
  for i = 1, math.min(#list, UNREAD_SHOWN) do
    local one = list[i]
    if #list <= UNREAD_SHOWN then
      cx.problems[#cx.problems + 1] = problem("E004", one.file, "cannot be read: " .. one.why)
    end
    shown[i] = ("%s (%s)"):format(one.file, one.why)
  end
  if #list > UNREAD_SHOWN then
    cx.problems[#cx.problems + 1] = problem("E004", file,
      ("%d folders in it cannot be read: %s, and %d more"):format(#list, table.concat(shown, ", "),
        #list - UNREAD_SHOWN),
      "name the folders that hold tests, or list those without in .gitignore or .clnrmignore")
  end
end

--- Lists the test files below a folder, sorted by path.
local function walk(cx, path, file)
  local real, err = fs.realpath(path)
  if not real then
    cx.problems[#cx.problems + 1] = problem("E004", file, "cannot be read: " .. M.reason(err))
    return
  end
  local rules, below = inherited_rules(real)
  cx.todo = { { path = real, file = file, rules = rules, below = below, depth = 0 } }
  cx.links, cx.seen, cx.found, cx.unread = {}, {}, {}, {}
  while #cx.todo > 0 or #cx.links > 0 do
    search(cx, table.remove(#cx.todo > 0 and cx.todo or cx.links))
  end
  tell_unread(cx, file)
  table.sort(cx.found, function(a, b)
    return a.path < b.path
  end)
  for _, found in ipairs(cx.found) do
    M.add(cx, found)
  end
end

--- Adds a file to the result, unless it is there; a file that is named whole and by lines is whole.
function M.add(cx, found, line)
  local entry = cx.known[found.path]
  if not entry then
    entry = { path = found.path, file = found.file, lines = line and {} }
    cx.known[found.path] = entry
    cx.list[#cx.list + 1] = entry
  end
  if line and entry.lines then
    entry.lines[#entry.lines + 1] = line
  elseif not line then
    entry.lines = nil
  end
end

local KINDS = {
  fifo = "a FIFO",
  socket = "a socket",
  device = "a device",
  unknown = "neither a file nor a folder",
}

--- Says why a path cannot be used, with what may have been meant.
local function missing(path, err)
  if path == "" then
    return problem("E001", nil, "a path is empty", 'the working directory is "."')
  elseif err.code ~= "ENOENT" and err.code ~= "ENOTDIR" then
    return problem("E004", path, "cannot be read: " .. M.reason(err))
  end
  if path == "-" then
    return problem("E001", path, "no such file or directory", "standard input is read by "
      .. "validate, lint, migrate, dry-run, graph, fmt and render; a run needs a file")
  end
  local link = fs.readlink(path)
  if link then
    return problem("E001", path, "a link that leads nowhere: " .. link)
  end
  local plain = path:gsub("(.)/+$", "%1")
  local folder, name = split(plain)
  local names = {}
  for _, entry in ipairs(fs.scandir(folder) or {}) do
    names[#names + 1] = entry.name
  end
  local near = suggest.nearest(name, names)
  local help = near and ("did you mean %s?"):format(plain:sub(1, -#name - 1) .. near)
  if not near and path:sub(1, 1) == "-" then
    help = "flags come before the paths, and paths that start with - behind --"
  end
  return problem("E001", path, "no such file or directory", help)
end

--- Splits FILE:LINE; a file that has such a name itself is that file.
local function split_line(path)
  local file, digits = path:match("^(.+):(%d+)$")
  local line = digits and math.tointeger(tonumber(digits))
  local stat = line and line > 0 and fs.stat(file)
  if stat and stat.type == "file" then
    return file, stat, line
  end
end

--- Says why a file is no test though it has such a name: it has the settings of a project.
---@param path string
---@return engine.diag.Diagnostic?
---@nodiscard
function M.no_test(path)
  local _, name = split(path)
  for _, one in ipairs(PROJECT_FILES) do
    if name == one then
      return problem("E007", path, "the project file, and no test",
        "every command reads it, `clnrm config` shows what it sets, `clnrm fmt` formats it")
    end
  end
end

local function add_path(cx, path)
  local stat, err = fs.stat(path)
  local line
  if not stat and cx.by_line then
    local file
    file, stat, line = split_line(path)
    path = file or path
  end
  if not stat then
    cx.problems[#cx.problems + 1] = missing(path, err)
  elseif stat.type == "directory" then
    walk(cx, path, (path:gsub("(.)/+$", "%1")))
  elseif stat.type ~= "file" then
    local message = "not a regular file: " .. KINDS[stat.type]
    cx.problems[#cx.problems + 1] = problem("E002", path, message)
  elseif not is_named_test(path) then
    cx.problems[#cx.problems + 1] = problem("E007", path, "not the name of a test file",
      "a test file ends with .toml, .tera or .lua")
  else
    local folder, name = split(path)
    local no_test = not cx.is_wanted(name) and M.no_test(path)
    if no_test then
      cx.problems[#cx.problems + 1] = no_test
      return
    end
    M.add(cx, { path = join(fs.realpath(folder) or folder, name), file = path }, line)
  end
end

--- Finds the test files of some paths: each once, those of a folder sorted.
---@param paths string[] files and folders
---@param opts? { by_line?: boolean, is_wanted?: fun(name: string): boolean, wanted?: string }
---       by_line: FILE:LINE is understood; is_wanted: what folders are searched for instead of the
---       names of test files; wanted: the same in words
---@return engine.discover.File[]? files
---@return engine.diag.Diagnostic[]? diagnostics when a path is wrong, or there is nothing (E005)
function M.find(paths, opts)
  assert(type(paths) == "table", "paths must be a table")
  local cx = { list = {}, known = {}, problems = {}, by_line = opts and opts.by_line }
  cx.is_wanted = opts and opts.is_wanted or M.is_test_name
  for _, path in ipairs(paths) do
    add_path(cx, path)
  end
  if #cx.problems == 0 and #cx.list == 0 then
    for _, path in ipairs(paths) do
      local help = "a folder is searched for " .. (opts and opts.wanted or M.WANTED)
      local is_named = is_named_test((path:gsub("(.)/+$", "%1")))
      cx.problems[#cx.problems + 1] = is_named and problem("E002", path, "not a file but a folder")
        or problem("E005", path, "no test file in this folder", help)
    end
  end
  if #cx.problems > 0 then
    return nil, cx.problems
  end
  return cx.list
end

--- Finds the project of a file: the nearest folder upwards that has a clnrm.toml (or
--- cleanroom.toml), else the file's own.  Ends at the boundary of the file system and at the user's
--- home.
---@param path string
---@param home? string default: HOME
---@return string folder
---@return string? project_file
function M.project(path, home)
  local own = split(path)
  if own:sub(1, 1) ~= "/" then
    own = fs.realpath(own) or own
  end
  local folder, name = project_of.search(own, home or os.getenv("HOME"))
  if not folder then
    return own
  end
  return folder, join(folder, name)
end

return M
