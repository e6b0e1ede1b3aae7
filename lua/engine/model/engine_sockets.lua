--- Sockets of container engines: through one of them one could do anything on this machine.
---
--- They are known by their places, by their names, and by what the kernel calls the same file: a
--- link, another spelling or a folder above them is no way around.
local fs = require("core.fs")

---@class engine.model.engine_sockets
local M = {}

local ENTRIES_MAX = 10000 -- of a folder that is looked through

M.NAMES = {
  ["docker.sock"] = true,
  ["podman.sock"] = true,
  ["containerd.sock"] = true,
  ["crio.sock"] = true,
  ["buildkitd.sock"] = true,
}

local PLACES = {
  "/run/docker.sock", "/var/run/docker.sock", "/run/podman/podman.sock",
  "/run/containerd/containerd.sock", "/run/crio/crio.sock", "/run/buildkit/buildkitd.sock",
}

--- Lists the places where there may be one.
local function places()
  local list = table.move(PLACES, 1, #PLACES, 1, {})
  local runtime = os.getenv("XDG_RUNTIME_DIR")
  for _, name in ipairs({ "docker.sock", "podman/podman.sock", "buildkit/buildkitd.sock" }) do
    list[#list + 1] = runtime and runtime ~= "" and runtime .. "/" .. name or nil
  end
  for _, variable in ipairs({ "DOCKER_HOST", "CONTAINER_HOST" }) do
    list[#list + 1] = (os.getenv(variable) or ""):match("^unix://(/.*)$")
  end
  return list
end

local function is_same(a, b)
  return a.ino == b.ino and a.dev == b.dev
end

--- Finds the socket of an engine that a path is, or shows.
---@param real string absolute, links resolved
---@param stat core.fs.Stat
---@return string? socket as it is called
---@nodiscard
function M.shown_by(real, stat)
  local name = real:match("[^/]*$")
  if stat.type ~= "directory" and M.NAMES[name] then
    return name
  end
  local is_below = require("engine.model.host_path").is_below -- which asks this module itself
  local sockets = {}
  for _, place in ipairs(places()) do
    local there = fs.realpath(place)
    local its = there and fs.stat(there)
    if its and (is_below(there, real) or is_same(its, stat)) then
      return place
    end
    sockets[#sockets + 1] = its
  end
  local entries = stat.type == "directory" and fs.scandir(real, { max = ENTRIES_MAX })
  for _, entry in ipairs(entries or {}) do
    if entry.type == "socket" then
      local its = fs.lstat(real .. "/" .. entry.name)
      for _, known in ipairs(sockets) do
        if its and is_same(its, known) then
          return entry.name
        end
      end
      if M.NAMES[entry.name] then
        return entry.name
      end
    end
  end
end

return M
