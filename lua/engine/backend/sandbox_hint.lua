--- What to do when a command cannot start, or no room can be made: a sentence beside the error.
local fs = require("core.fs")
local suggest = require("engine.suggest")

local M = {}

local LINE = "a list is the program and its arguments, one each; write a text for the shell"

--- Whether a list is a line for the shell.
local function is_line(argv)
  return argv ~= nil and argv[2] == nil and argv[1]:find("%s") ~= nil
end

local NAMES_MAX = 20000 -- programs that are looked at for a name that is nearly right

--- What is to be done, by a word of the reason why no room can be made.
---@type { [1]: string, [2]: string }[]
M.REMEDIES = {
  { "user.max_user_namespaces", "sudo sysctl -w user.max_user_namespaces=28633" },
  { "unprivileged_userns_clone", "sudo sysctl -w kernel.unprivileged_userns_clone=1" },
  {
    "apparmor_restrict_unprivileged_userns",
    "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
  },
  { "seccomp filter", "docker run --security-opt seccomp=unconfined ..., or a profile of its own" },
  { "too many open files", "ulimit -n 1024" },
}

--- Places that a room makes in the root of an image, where only a folder may be.
local PLACES = { ["/etc"] = true, ["/dev"] = true, ["/proc"] = true, ["/tmp"] = true,
  ["/room"] = true }

local NO_FOLDER = { "File exists", "Not a directory" }

--- Says what is wrong with the root of an image, in which a room, or the view of a service, could
--- not be made.
---@param reason string
---@return string?
---@nodiscard
function M.of_place(reason)
  for _, why in ipairs(NO_FOLDER) do
    local place = (" " .. reason):match(" (/%l+): " .. why)
    if PLACES[place] then
      return ("%s of the image must be a folder, or not there: a link or a file in its place is "
        .. "refused"):format(place)
    end
  end
end

--- Finds what would help, a command mostly, by the reason why no room can be made.
---@param reason string
---@return string?
---@nodiscard
function M.remedy(reason)
  for _, entry in ipairs(M.REMEDIES) do
    if reason:find(entry[1], 1, true) then
      return entry[2]
    end
  end
  return M.of_place(reason)
end

local function programs_of(path)
  local names, seen = {}, {}
  for dir in path:gmatch("[^:]+") do
    for _, entry in ipairs(fs.scandir(dir, { max = NAMES_MAX }) or {}) do
      if not seen[entry.name] then
        seen[entry.name] = true
        names[#names + 1] = entry.name
      end
    end
  end
  return names
end

local function find_in(path, name)
  for dir in path:gmatch("[^:]+") do
    local file = dir .. "/" .. name
    local stat = fs.stat(file)
    if stat and stat.type == "file" and stat.mode & 73 ~= 0 then -- 0111: somebody may execute it
      return file
    end
  end
end

--- Hints at a command that no directory of PATH has.
---@param name string
---@param path string the room's PATH; its directories are the host's
---@param host_path? string clnrm's own
---@return string
---@nodiscard
function M.not_found(name, path, host_path)
  local near = suggest.nearest(name, programs_of(path))
  if near then
    return ("did you mean `%s`?"):format(near)
  end
  local here = find_in(host_path or "", name)
  if here then
    return ("it is %s on this machine, but a room sees only /usr, /bin, /sbin and /opt of it")
      :format(here)
  end
  return "PATH is " .. path
end

--- Hints at a path that is not there.
---@param path string as in argv
---@param project_dir? string of a room that shows it
---@return string?
---@nodiscard
function M.no_such_path(path, project_dir)
  local below = path:gsub("^%./", "")
  if project_dir and path:sub(1, 1) ~= "/" and fs.exists(project_dir .. "/" .. below) then
    return ("the working directory is /room; the project's own is /project/%s"):format(below)
  end
  if path:sub(1, 1) == "/" and fs.exists(path) then
    return "it is on this machine, but a room sees only /usr, /bin, /sbin and /opt of it"
  end
end

--- Hints at a command that an image does not have.
---@param err core.Error
---@param argv? string[] nil: a text for the shell
---@param room { path: string, tree: engine.image.Root }
---@return string?
---@nodiscard
function M.not_in_image(err, argv, room)
  local is_missing = err.code == "COMMAND_NOT_FOUND" or err.code == "ENOENT"
  if not is_missing then
    return nil
  elseif not argv then
    return ("a text is run by /bin/sh, and the image %s has none: write the command as a list")
      :format(room.tree.text)
  elseif is_line(argv) then
    return LINE
  elseif argv[1]:find("/", 1, true) then
    return ("it is looked for in the image %s, with its interpreter or loader"):format(
      room.tree.text)
  end
  return ("programs are those of the image %s; PATH is %s"):format(room.tree.text, room.path)
end

--- Finds a sentence for a command that could not start.
---@param err core.Error
---@param argv? string[] nil: a text for the shell
---@param room { path: string, project_dir?: string, tree?: engine.image.Root }
---@return string?
---@nodiscard
function M.could_not_start(err, argv, room)
  if err.code == "COMMAND_NOT_FOUND" and is_line(argv) then
    return LINE
  elseif room.tree then
    return M.not_in_image(err, argv, room)
  elseif not argv then
    return nil
  end
  local name = argv[1]
  if name:find("/", 1, true) then
    return err.code ~= "EACCES" and M.no_such_path(name, room.project_dir) or nil
  elseif err.code == "COMMAND_NOT_FOUND" then
    return M.not_found(name, room.path, os.getenv("PATH"))
  end
end

return M
