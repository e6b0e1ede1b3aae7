--- Shells that run disallowed commands in themselves: busybox with FEATURE_SH_STANDALONE takes its
--- own applets before programs of PATH, and no call tells of it.  The shell is asked, in a room.
local commands = require("engine.policy.commands")
local fs = require("core.fs")

---@class engine.policy.shells
local M = {}

local HOST = "" -- instead of the tree of an image: the programs of the machine

--- Tells which of the names the shell finds where there is nothing to find.  What is built into
--- every shell (`echo`) is no program.
local ASK = [[
for name do
  kind=$(type "$name" 2>/dev/null) || continue
  case $kind in *builtin*|*keyword*|*function*|*alias*) ;; *) echo "$name" ;; esac
done]]

local asked = {} ---@type table<string, string[]> by tree, shell and names

--- Finds the programs that are many in one, and may be a shell: what /bin/sh is, and those of PATH.
local function shells_of(dir, path)
  local list, seen = {}, {}
  local function add(place)
    local real, stat
    if dir == HOST then
      real = fs.realpath(place)
      stat = real and fs.stat(real)
    else
      real, stat = require("engine.policy.tree").resolve(dir, place)
    end
    if real and stat and stat.type == "file" and not seen[real] and commands.is_many(real) then
      seen[real] = true
      list[#list + 1] = real
    end
  end
  add("/bin/sh")
  for folder in path:gmatch("/[^:]*") do
    add(folder .. "/busybox")
  end
  return list
end

M.TIME_MS = 10000 -- to ask one shell
M.PATH = "/nowhere" -- that it finds programs in

--- Makes the command that asks a shell.
---@param shell string the file of many programs
---@param names string[]
---@return string[] argv
---@nodiscard
function M.argv(shell, names)
  return table.move(names, 1, #names, 6, { shell, "sh", "-c", ASK, "sh" })
end

--- Reads its answer.
---@param stdout string
---@return string[] names that it runs in itself
---@nodiscard
function M.read(stdout)
  local found = {}
  for name in stdout:gmatch("[^\n]+") do
    found[#found + 1] = name
  end
  return found
end

--- Asks a shell in a room of its own, which has no policy.
---@async
local function ask(dir, shell, names, open)
  local image = dir ~= HOST and { kind = "rootfs", path = dir, text = dir } or nil
  if image then
    require("engine.image").ready(image)
  end
  local room, err = open({ room = { project = "none", image = image } })
  if not room then
    return nil, err
  end
  local result
  result, err = room:exec({ argv = M.argv(shell, names), env = { { "PATH", M.PATH } },
    timeout_ms = M.TIME_MS })
  local found = result and result.exit_code == 0 and M.read(result:stdout()) or {}
  room:close()
  return result and found, err
end

--- Lists the commands that a shell of the room, or of one of its services, would run in itself.
---@async
---@param about { commands: string[], path: string, trees: string[], has_host: boolean }
---@param open fun(spec: table): engine.backend.Room?, core.Error? makes a room
---@return string[]? names sorted, each once
---@return core.Error? err no room could be made to ask in
function M.find(about, open)
  local names, found, seen = {}, {}, {}
  for _, name in ipairs(about.commands) do
    names[#names + 1] = not name:find("/", 1, true) and name or nil -- a path is none of its own
  end
  if not names[1] then
    return found
  end
  local dirs = table.move(about.trees, 1, #about.trees, 1, {})
  dirs[#dirs + 1] = about.has_host and HOST or nil
  for _, dir in ipairs(dirs) do
    for _, shell in ipairs(shells_of(dir, about.path)) do
      local key = table.concat({ dir, shell, table.unpack(names) }, "\0")
      local err
      if not asked[key] then
        asked[key], err = ask(dir, shell, names, open)
        if not asked[key] then
          return nil, err
        end
      end
      for _, name in ipairs(asked[key]) do
        found[#found + 1] = not seen[name] and name or nil
        seen[name] = true
      end
    end
  end
  table.sort(found)
  return found
end

return M
