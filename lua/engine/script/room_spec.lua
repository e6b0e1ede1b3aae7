--- What a room of a Lua test is asked to be: `t:open{ … }`, and `room` of a test's options.
---
--- Both are read by the same rules, the latter when the test is registered: what is wrong is told
--- whether or not the test opens its room.
local fs = require("core.fs")
local guards = require("engine.policy.table")
local host_path = require("engine.model.host_path")
local options = require("engine.script.options")
local place = require("engine.script.place")
local service_table = require("engine.service.table")
local show = require("engine.expect.show")

---@class engine.script.room_spec
local M = {}

local FILE_MAX = 64 << 20 -- bytes of a file that is copied into a room
local MODE_MAX = 4095 -- 07777

local function later(what)
  return { refused = what }
end

local SPEC = {
  image = "text",
  project = function(value)
    return value == "ro" or value == "copy" or value == "none", value, '"ro", "copy" or "none"'
  end,
  env = "a table of variables",
  inherit_env = "a list of texts",
  user = require("engine.script.commands").user,
  files = "a table",
  backend = later("it is chosen for the whole run"),
  limits = "a table",
  network = function(value)
    return value == "room", value, '"room": a network of its own without a way out'
  end,
  policy = "a table",
  services = "a table",
}

local FILE = {
  path = "text",
  content = "bytes",
  from = "text",
  mode = function(value)
    return math.type(value) == "integer" and value >= 0 and value <= MODE_MAX, value,
      "permission bits, as tonumber(\"755\", 8)"
  end,
}

--- Requires that a file's path is one in the room.
local function check_path(path, what)
  local why
  if path == "" then
    why = "is empty"
  elseif path:find("\0", 1, true) then
    why = "holds a NUL"
  elseif host_path.has_parent(path) then
    why = "leads upwards: it has a .. in it"
  elseif path:match("/$") then
    why = "is a folder: it ends with /"
  end
  if why then
    place.misuse(("%s: files: the path %s %s; a path is absolute, or below /room"):format(what,
      show.value(path), why))
  end
  return path
end

--- Reads a file of the project, named from the folder of the test file.
local function read_project(suite, path, what)
  local project = suite.project_dir
  local dir = suite.path and suite.path:match("^(.*)/") or project
  if dir ~= project and dir:sub(1, #project + 1) == project .. "/" and path:sub(1, 1) ~= "/" then
    path = dir:sub(#project + 2) .. "/" .. path
  end
  local root, err = fs.open_root(project)
  local content
  if root then
    content, err = root:read(path, { max = FILE_MAX })
    root:close()
  end
  if not content then
    place.misuse(("%s: files: %s cannot be read: %s"):format(what, path, err.message))
  end
  return content
end

--- Reads `files`: a list of { path, content | from, mode }, or a table from paths to contents.
local function read_files(suite, given, what)
  local list = {}
  for key, value in pairs(given) do
    if type(key) == "string" and type(value) == "string" then
      list[#list + 1] = { path = check_path(key, what), content = value }
    elseif math.type(key) == "integer" and type(value) == "table" then
      local file = options.read(value, FILE, what .. ": files")
      if not file.path or (file.content == nil) == (file.from == nil) then
        place.misuse(what .. ": a file needs a path, and either content or from")
      end
      check_path(file.path, what)
      file.content = file.content or read_project(suite, file.from, what)
      list[#list + 1] = file
    else
      place.misuse(what
        .. ": files is a table from paths to texts, or a list of { path, content }")
    end
  end
  table.sort(list, function(a, b)
    return a.path < b.path
  end)
  return list
end

--- Reads the image of a room.
local function read_image(suite, text, what)
  local image, why = require("engine.image.reference").parse(text)
  if not why and image and image.path then
    local dir = suite.path and suite.path:match("^(.*)/") or suite.project_dir
    local real, stat = host_path.find(image.path, dir, suite.project_dir)
    image.path, why = real, not real and stat.message or nil
  end
  if why then
    place.misuse(("%s: image %s"):format(what, why))
  end
  return image
end

--- Raises what is wrong with a table of services.
---@param problems engine.model.plain.Problem[]
---@param what string the call
function M.refuse(problems, what)
  local first = problems[1]
  local help = first.help and ("; " .. first.help) or ""
  place.misuse(("%s: %s: %s%s"):format(what, first.key, first.message, help))
end

--- Reads the services of a room.
local function read_services(suite, given, room_image, what)
  local list, problems = service_table.services(given, {
    backend = suite.backend,
    room_image = room_image,
    dir = suite.path and suite.path:match("^(.*)/") or suite.project_dir,
    project_dir = suite.project_dir,
  })
  if not list then
    M.refuse(problems, what .. ": services")
  end
  return list
end

local function read_limits(given, what)
  local read, problems = guards.limits(given)
  if problems then
    M.refuse(problems, what)
  end
  return read
end

--- Reads a policy.  A test has its own timeout, and files are placed when its room is made already.
local function read_policy(spec, suite, what)
  local base, names = suite.room or {}, {}
  for name in pairs(spec.services or {}) do
    names[#names + 1] = tostring(name)
  end
  local read, problems = guards.policy(spec.policy, {
    limits = spec.limits,
    project = spec.project or base.project or "ro",
    services = names,
  })
  if problems then
    M.refuse(problems, what)
  elseif read.max_execution_ms then
    place.misuse(what .. ": policy.max_execution_time: a test has a timeout of its own")
  elseif read.level == "high" and spec.files[1] then
    place.misuse(what .. ": files, and a policy with which nothing can be written to")
  end
  return read
end

--- Reads what a room is asked to be; what is wrong is raised at the line of the user.
---@async
---@param suite { path?: string, project_dir: string, backend?: string }
---@param given any
---@param what string names the call in messages: "t:open"
---@return table spec by its keys; `files` as a list, `services` as the model has them, nil for none
---@nodiscard
function M.read(suite, given, what)
  local spec = options.read(given, SPEC, what)
  spec.image = spec.image and read_image(suite, spec.image, what)
  spec.files = spec.files and read_files(suite, spec.files, what) or {}
  spec.limits = spec.limits and read_limits(spec.limits, what)
  spec.policy = spec.policy and read_policy(spec, suite, what)
  local services = spec.services
  spec.services = services and next(services) and read_services(suite, services, spec.image, what)
    or nil
  return spec
end

return M
