--- What rooms of the sandbox backend are isolated by, in words.
---@class engine.backend.sandbox_isolation
local command = require("engine.backend.sandbox_command")
local root = require("engine.backend.sandbox_root")

local M = {}

---@class engine.backend.Isolation # what a room really is cut off from, each in a few words
---@field net string
---@field fs string
---@field pid string
---@field user string
---@field limits string|table  with a __tostring
---@field clock string
---@field agent? string how commands get into a room of an engine
---@field steps? { name: string, what: string }[] as the agent did them; from `probe` only

local function own_status()
  local file = io.open("/proc/self/status") -- /proc has no sizes to read by
  local text = file and file:read("a")
  if file then
    file:close()
  end
  return text
end

--- Says which limits of services a group of processes can hold.
---@param found table<string, core.cgroup.Place>
---@return string
function M.groups_text(found)
  local parts = {}
  for _, part in ipairs({ "memory", "pids", "cpu" }) do
    parts[#parts + 1] = found[part].version and part or nil
  end
  if #parts == 0 then
    return "no cgroup: memory of services per process"
  end
  return "cgroup for services: " .. table.concat(parts, " ")
end

local function limits_text()
  local names, parts = {}, {}
  for name in pairs(command.LIMITS) do
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    parts[i] = name .. "=" .. command.LIMITS[name]
  end
  local text = ("rlimits %s; tmpfs %d MiB; %s"):format(
    table.concat(parts, " "), root.PLACES["/room"].size >> 20,
    M.groups_text(require("core.cgroup").detect()))
  if (own_status() or ""):match("\nUid:%s*%d+%s+0%s") then
    text = text .. "; nproc does not bind root" -- the kernel exempts the user that a room maps to
  end
  return text
end

--- Looked for when somebody wants to read it: that takes longer than anything else of the list.
local limits = setmetatable({}, {
  __tostring = function(self)
    self.text = self.text or limits_text()
    return self.text
  end,
})

local told ---@type engine.backend.Isolation? the same for all rooms

--- Tells what rooms are isolated by, without making one.
---@return engine.backend.Isolation
function M.told()
  told = told or {
    net = "own namespace, loopback only",
    fs = "own namespace, allow-list read-only",
    pid = "own namespace",
    user = ("own namespace, uid %d, no capabilities, seccomp"):format(root.UID),
    limits = limits,
    clock = "host",
  }
  return told
end

return M
