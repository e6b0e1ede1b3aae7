--- What a test may require of the place where it runs (`requires`), and how each is decided.
---
--- One table: the names, their meaning for the reference, and a function that says why it is not
--- met here, or nothing.  It is decided before a room is asked for, from what the backend promises
--- and what this machine can enforce; a name that is not in the table is an error of the file.
local rights = require("engine.model.rights")
local suggest = require("engine.suggest")

local M = {}

---@class engine.requires.Place
---@field isolation engine.backend.Isolation
---@field backend string  name of the backend
---@field groups fun(): table<string, core.cgroup.Place> where limits can be enforced

---@class engine.requires.Entry
---@field name string
---@field text string
---@field unmet fun(place: engine.requires.Place): string? why, or nil
---@field part? "net"|"fs"|"pid"|"user" of which no service of the file may have the machine's

--- Whether rooms have a namespace of their own of a kind.
local function namespace(part, what)
  return function(place)
    local told = tostring(place.isolation[part] or "nothing")
    if not told:find("^own namespace") then
      return ("rooms of the %s have no %s of their own (%s: %s)"):format(place.backend, what, part,
        told)
    end
  end
end

--- Whether a limit holds for all processes together, which an rlimit does not.
local function group_limit(part)
  return function(place)
    local found = place.groups()[part]
    if not (found and found.version) then
      return ("there is no cgroup that could limit %s here: %s"):format(part,
        found and found.why or "none was found")
    end
  end
end

--- Whether rooms are made by an engine.
local function engine(name)
  return function(place)
    if place.backend ~= name then
      return ("rooms are made by the %s"):format(place.backend)
    end
  end
end

---@type engine.requires.Entry[]
M.list = {
  {
    name = "net-isolation",
    text = "a room has a network of its own, with no way out",
    part = "net",
    unmet = namespace("net", "network"),
  },
  {
    name = "fs-isolation",
    text = "a room has a file system of its own; the machine's is seen as far as it is allowed",
    part = "fs",
    unmet = namespace("fs", "file system"),
  },
  {
    name = "pid-isolation",
    text = "a room sees and signals no process outside",
    part = "pid",
    unmet = namespace("pid", "process numbers"),
  },
  {
    name = "user-isolation",
    text = "a room has users of its own, without rights on the machine",
    part = "user",
    unmet = namespace("user", "users"),
  },
  {
    name = "clock-isolation",
    text = "a room has a clock of its own that can be set",
    unmet = function(place)
      if place.isolation.clock == nil or place.isolation.clock == "host" then
        return "rooms have the clock of the machine"
      end
    end,
  },
  {
    name = "memory-limit",
    text = "memory can be limited for all processes of a service or room together (cgroup)",
    unmet = group_limit("memory"),
  },
  {
    name = "pids-limit",
    text = "the number of processes can be limited (cgroup)",
    unmet = group_limit("pids"),
  },
  {
    name = "cpu-limit",
    text = "processor time can be limited (cgroup)",
    unmet = group_limit("cpu"),
  },
  { name = "sandbox", text = "rooms are made by the sandbox", unmet = engine("sandbox") },
  { name = "docker", text = "rooms are made by Docker", unmet = engine("docker") },
  { name = "podman", text = "rooms are made by Podman", unmet = engine("podman") },
}

---@type string[]
M.names = {}

local by_name = {}
for i, entry in ipairs(M.list) do
  by_name[entry.name], M.names[i] = entry, entry.name
end

--- Says what is wrong with a name.
---@param name any
---@return string? problem nil: it is one of the table
---@return string? help
---@nodiscard
function M.problem(name)
  if type(name) == "string" and by_name[name] then
    return nil
  end
  local near = type(name) == "string" and suggest.nearest(name, M.names)
  return ("%s is nothing that a test could require"):format(
    type(name) == "string" and ("%q"):format(name) or tostring(name)),
    near and ("did you mean %q?"):format(near) or "known are " .. table.concat(M.names, ", ")
end

--- Describes the place where a backend makes rooms.
---@param backend engine.backend
---@return engine.requires.Place
local function place_of(backend)
  return {
    isolation = backend.isolation(),
    backend = backend.name,
    groups = backend.groups or function()
      return require("core.cgroup").detect()
    end,
  }
end

--- Says which service has of the machine what a room is to have of its own.
local function of_services(services, part)
  for _, service in ipairs(services or {}) do
    local text = rights.of_machine(service, part)
    if text then
      return ("service '%s' %s"):format(service.name, text)
    end
  end
end

--- Says why what a test requires is not met.
---@overridable
---@param wanted? string[]
---@param backend engine.backend
---@param services? engine.model.Service[] of its room, as far as the file says
---@return string? reason nil: all of it is met
function M.unmet(wanted, backend, services)
  if not wanted or #wanted == 0 then
    return nil
  end
  local place = place_of(backend)
  for _, name in ipairs(wanted) do
    local entry = assert(by_name[name], name)
    local why = entry.unmet(place) or entry.part and of_services(services, entry.part)
    if why then
      return ("it requires %s: %s"):format(name, why)
    end
  end
end

return M
