--- What a command in a room gets: its environment, its directory, its limits.
---@class engine.backend.sandbox_command
local error_new = require("core.error").new
local root = require("engine.backend.sandbox_root")

local M = {}

--- What every command may use at most; the kernel's rlimits.
M.LIMITS = {
  core = 0,
  data = 4 << 30,
  fsize = 1 << 30,
  memlock = 0,
  nofile = 1024,
  nproc = 1024,
}

--- Arguments of a command, and variables of its environment, at most (core.room's own limit).
M.WORDS_MAX = 4096

--- Variables of every command, before the file's own.  Nothing of clnrm's own environment.
---@type string[][]
M.ENVIRONMENT = {
  { "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
  { "HOME", root.HOME },
  { "USER", root.USER },
  { "LOGNAME", root.USER },
  { "SHELL", "/bin/sh" },
  { "LANG", "C.UTF-8" },
  { "TZ", "UTC" },
  { "HOSTNAME", root.HOSTNAME },
  { "TMPDIR", "/tmp" },
}

--- Makes the list that a command gets: of two values for one name the later stands.
---@param lists string[][][]
---@return string[]
---@nodiscard
function M.list(lists)
  local place, list = {}, {}
  for _, pairs_of in ipairs(lists) do
    for _, pair in ipairs(pairs_of) do
      local at = place[pair[1]] or #list + 1
      place[pair[1]] = at
      list[at] = pair[1] .. "=" .. pair[2]
    end
  end
  return list
end

--- Makes the environment of a command.
---@param base string[][][] of every command of its room
---@param opts engine.backend.Exec
---@return string[]
function M.environment(base, opts)
  local service, own = opts.service, opts.env
  local has_own = own and own[1]
  local lists = table.move(base, 1, #base, 1, {})
  local hostname = opts.hostname or service and service.hostname
  lists[#lists + 1] = hostname and { { "HOSTNAME", hostname } } or nil
  lists[#lists + 1] = service and not opts.is_service and service.spec and service.spec.step_env
    or nil
  lists[#lists + 1] = service and service.env or nil
  lists[#lists + 1] = has_own and own or nil
  return M.list(lists)
end

--- Finds the value of a variable in such a list.
---@param list string[]
---@param name string
---@return string # empty when it is not there
function M.value_of(list, name)
  for _, entry in ipairs(list) do
    if entry:sub(1, #name + 1) == name .. "=" then
      return entry:sub(#name + 2)
    end
  end
  return ""
end

--- Resolves a path as commands give it.
---@param cwd? string
---@param base? string default: /room
---@return string absolute
function M.directory(cwd, base)
  base = base or root.DIRECTORY
  if not cwd or cwd == "" then
    return base
  end
  return cwd:sub(1, 1) == "/" and cwd or base .. "/" .. cwd
end

--- Adds the limits of one command to those of all; those of its room hold in any case.
---@param own? table<string, integer>
---@param of_room? table<string, integer>
---@return table<string, integer>
function M.limits(own, of_room)
  if not of_room and (not own or not next(own)) then
    return M.LIMITS
  end
  local limits = {}
  for name, value in pairs(M.LIMITS) do
    limits[name] = value
  end
  for name, value in pairs(own or {}) do
    limits[name] = value
  end
  for name, value in pairs(of_room or {}) do
    limits[name] = math.min(value, limits[name] or value)
  end
  return limits
end

--- Refuses more words than the mechanism takes, in a sentence.
---@param env string[]
---@param opts engine.backend.Exec
---@return true? ok
---@return core.Error? err
function M.check_words(env, opts)
  local words = math.max(#env, opts.argv and #opts.argv or 0)
  if words <= M.WORDS_MAX then
    return true
  end
  local what = words == #env and "variables" or "arguments"
  local message = ("%d %s, of %d at most"):format(words, what, M.WORDS_MAX)
  return nil, error_new({ code = "ELIMIT", op = "room.spawn", message = message })
end

return M
