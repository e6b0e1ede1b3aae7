--- Programs of an image that must not be run: where they lie, and what stands in for them.
---
--- They are looked for in a container of the image that runs nothing but the agent, once for an
--- image and the names.  A plain program is covered by a mount, a link to a file that is many
--- programs (busybox) by a file of the container's own: a mount over it would cover all of them.
---@class engine.backend.container.covers
local commands = require("engine.policy.commands")
local error_new = require("core.error").new
local files = require("engine.backend.container.files")
local fs = require("core.fs")
local shells = require("engine.policy.shells")

local M = {}

local COVERS_MAX = 256
local ROLE, STANDS = "clnrm%-role:agent", "clnrm-role:tgent" -- src/agent/stand.c
local PROGRAM_MODE, FILE_MODE = tonumber("555", 8), tonumber("444", 8)

---@class engine.backend.container.Covered
---@field files string[] paths of plain programs
---@field links string[] paths of links to files that are many programs
---@field own string[]   names that a shell of the image runs in itself

--- Writes a file that containers are shown, once for the run.
---@param session engine.backend.container.Session
---@param name string
---@param content string
---@param mode? integer
---@return string? path
---@return core.Error? err
function M.file(session, name, content, mode)
  local path = session.dir .. "/" .. name
  if fs.stat(path) then
    return path
  end
  local ok, err = fs.write_atomic(path, content, { mode = mode or FILE_MODE, sync = false })
  return ok and path or nil, err
end

--- Returns the program that stands in for others: the agent's own, with another role in it.
---@param session engine.backend.container.Session
---@return string? path
---@return core.Error? err
function M.program(session)
  local made = session.dir .. "/stand-in"
  if fs.stat(made) then
    return made
  end
  local text, err = fs.read(session.program, { max = 16 << 20 })
  if not text then
    return nil, err
  end
  local content, count = text:gsub(ROLE, STANDS)
  if count ~= 1 then
    return nil, error_new({ code = "EIO", op = "container.covers",
      message = "the agent's program has no place for another role" })
  end
  return M.file(session, "stand-in", content, PROGRAM_MODE)
end

local LINK = 1 << 27 -- of modes as Go has them
local DIRECTORY = 1 << 31

--- Looks at a path of a container: what is there, and where a link leads in the end.
local function stat_of(member, path)
  local told = files.look(member.session.client, member.thing.id, path)
  if not told then
    return nil
  end
  local target = told.mode & LINK ~= 0 and tostring(told.linkTarget or "") or nil
  local is_program = told.mode & DIRECTORY == 0 and told.mode & 73 ~= 0 -- 0111
  return { target = target, is_program = is_program }
end

local function candidates(names, path)
  local list, seen = {}, {}
  local function add(one)
    list[#list + 1] = not seen[one] and one or nil
    seen[one] = true
  end
  for _, name in ipairs(names) do
    if name:sub(1, 1) == "/" then
      add(name)
    else
      for dir in path:gmatch("/[^:]*") do
        add(dir:gsub("/+$", "") .. "/" .. name)
      end
    end
  end
  return list
end

--- Sorts what is there into files and links.
local function look(member, names, path, found)
  for _, place in ipairs(candidates(names, path)) do
    local stat = #found.files + #found.links < COVERS_MAX and stat_of(member, place)
    if stat and stat.target and commands.is_many(stat.target) then
      found.links[#found.links + 1] = place
    elseif stat and (stat.target or stat.is_program) then
      found.files[#found.files + 1] = place
    end
  end
end

--- Asks a file of many programs which of the names it runs in itself as a shell.
---@async
local function ask_one(member, shell, names)
  local process, err = member.core:spawn({ argv = shells.argv(shell, names),
    env = { "PATH=" .. shells.PATH }, deadline_ms = shells.TIME_MS })
  local result
  if process then
    result, err = process:wait()
  end
  if not result then
    return nil, err
  end
  return result.code == 0 and shells.read(process:stdout() or "") or {}
end

--- Asks the shells of an image: what /bin/sh is, and those of PATH.
---@async
local function ask(member, names, path)
  local own, asked, places = {}, {}, { "/bin/sh" }
  for dir in path:gmatch("/[^:]*") do
    places[#places + 1] = dir:gsub("/+$", "") .. "/busybox"
  end
  for _, place in ipairs(places) do
    local stat = stat_of(member, place)
    local real = stat and (stat.target or place)
    if real and commands.is_many(real) and not asked[real] then
      asked[real] = true
      local found, err = ask_one(member, real, names)
      if not found then
        return nil, err
      end
      table.move(found, 1, #found, #own + 1, own)
    end
  end
  return own
end

local found_in = {} ---@type table<string, engine.backend.container.Covered> by image and names

--- Finds programs of an image.
---@async
---@param session engine.backend.container.Session
---@param image engine.backend.container.Image
---@param names string[] names that are looked up in `path`, or absolute paths
---@param path string
---@return engine.backend.container.Covered? found
---@return core.Error? err
---@nodiscard
function M.find(session, image, names, path)
  local key = table.concat({ session.engine, image.id, path, table.unpack(names) }, "\0")
  if found_in[key] then
    return found_in[key]
  end
  local member, err = require("engine.backend.container.make").room(session, image,
    { hostname = "room" })
  if not member then
    return nil, err
  end
  local found = { files = {}, links = {} }
  look(member, names, path, found)
  local plain = {}
  for _, name in ipairs(names) do
    plain[#plain + 1] = not name:find("/", 1, true) and name or nil
  end
  found.own, err = plain[1] and ask(member, plain, path) or {}, nil
  member.core:close()
  local ok, why = member:remove()
  if not found.own or not ok then
    return nil, err or why
  end
  found_in[key] = found
  return found
end

--- Puts the program in the place of others, and looks whether it is there.
---@async
---@param member engine.backend.container.Member that does not run
---@param paths string[]
---@return true? ok
---@return core.Error? err
function M.place(member, paths)
  if not paths[1] then
    return true
  end
  local program, err = M.program(member.session)
  local text
  if program then
    text, err = fs.read(program, { max = 16 << 20 })
  end
  if not text then
    return nil, err
  end
  for _, path in ipairs(paths) do
    local ok
    ok, err = files.write(member, { path = path, content = text, mode = PROGRAM_MODE })
    if not ok then
      return nil, err
    end
  end
  return true
end

return M
