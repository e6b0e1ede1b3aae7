--- Whether an engine has made a container as it was asked to: what `inspect` tells against what was
--- sent, setting by setting.  Pure.
---
--- More than was asked for is an error, and so is less: what isolation tells of a room would not be
--- so.  Not compared, since inspect only repeats it or does not tell it: that a mount takes nothing
--- that is mounted below it (NonRecursive), options of a tmpfs but size, mode and ro, who may do
--- what with a device, Sysctls in Podman, the address in a network.  Nor is MemorySwap: a kernel
--- that counts no swap gives none of that limit, and keeps to the one of memory.
---@class engine.backend.container.unkept
local error_new = require("core.error").new
local normal = require("engine.model.host_path").normal
local settings = require("engine.backend.container.settings")

local M = {}

local MODES = { "NetworkMode", "PidMode", "IpcMode", "UTSMode", "UsernsMode", "CgroupnsMode" }
local NUMBERS = { "Memory", "NanoCpus", "PidsLimit", "ShmSize" }
local LISTS = { "ExtraHosts", "Dns", "DnsOptions" } -- of texts

--- Docker Desktop tells of files of this machine as its own machine sees them; on Windows by a
--- place of its own, with which nothing can be compared.
local OF_DESKTOP, OF_WINDOWS = "/host_mnt", "/run/desktop/mnt/host/"

local function table_of(value)
  return type(value) == "table" and value or {}
end

local function set_of(list)
  local set = {}
  for _, one in ipairs(table_of(list)) do
    set[one] = true
  end
  return set
end

--- Finds the first key that only one of two sets has; the smallest, so that it is always the same.
local function only_in(set, other)
  local first
  for key in pairs(set) do
    first = not other[key] and (not first or key < first) and key or first
  end
  return first
end

local function is_source(mount, one)
  if mount.Type == "volume" then
    return one.Name == mount.Source
  end
  local source, path = normal(tostring(one.Source)), normal(mount.Source)
  return source == path or source == OF_DESKTOP .. path
    or source:sub(1, #OF_WINDOWS) == OF_WINDOWS and path:sub(1, #OF_WINDOWS) ~= OF_WINDOWS
end

local function wrong_mount(mount, one)
  if one.Type ~= mount.Type or not is_source(mount, one) then
    return ("%s shows %s, and not %s"):format(mount.Target, tostring(one.Source), mount.Source)
  elseif (one.RW ~= false) == (mount.ReadOnly == true) then
    return ("%s %s"):format(mount.Target, mount.ReadOnly and "can be written to" or "is read-only")
  end
  local propagation = one.Propagation
  if mount.Type == "bind" and propagation ~= "rprivate" and propagation ~= "private"
    and type(propagation) == "string" and propagation ~= "" then
    return ("what is mounted below %s goes to and from the machine (%s)"):format(mount.Target,
      propagation)
  end
end

--- A volume that the image itself asks for, which has no name but its number.
local function is_anonymous(one)
  return one.Type == "volume" and type(one.Name) == "string" and #one.Name == 64
    and not one.Name:find("%X")
end

local function mounts(asked, _, about)
  local by_target, found = {}, {}
  for _, mount in ipairs(table_of(asked.Mounts)) do
    by_target[normal(mount.Target)] = mount
  end
  for _, one in ipairs(table_of(about.told.Mounts)) do
    local place = normal(tostring(one.Destination))
    local mount, what = by_target[place], nil
    if mount then
      what, found[place] = wrong_mount(mount, one), true
    elseif not is_anonymous(one) then
      what = ("%s shows %s, which nobody asked for"):format(place, tostring(one.Source))
    end
    if what then
      return what
    end
  end
  local missing = only_in(by_target, found)
  return missing and ("nothing is mounted at %s"):format(missing)
end

--- Networks are told by their names; as the engine was asked for them by id, that may stand there.
local function networks(asked, _, about)
  local told, wanted, names = {}, {}, {}
  for _, network in ipairs(about.networks or {}) do
    wanted[network.name], names[network.id] = true, network.name
  end
  for name, one in pairs(table_of(table_of(about.told.NetworkSettings).Networks)) do
    told[names[name] or names[table_of(one).NetworkID] or name] = true
  end
  if asked.NetworkMode == "none" or asked.NetworkMode == "host" then
    told[asked.NetworkMode] = nil -- as which it is told, or not
  end
  local more, less = only_in(told, wanted), only_in(wanted, told)
  return more and ("it is in the network %s"):format(more)
    or less and ("it is not in the network %s"):format(less)
end

local function numbers(asked, told)
  for _, name in ipairs(NUMBERS) do
    local wanted = asked[name]
    if wanted and math.tointeger(told[name]) ~= wanted
      and not (name == "ShmSize" and asked.IpcMode == "host") then
      return ("%s is %s, and not %d"):format(name, tostring(told[name]), wanted)
    end
  end
end

local function root(asked, told)
  return asked.ReadonlyRootfs and told.ReadonlyRootfs ~= true and "its root can be written to"
end

--- Namespaces of the machine, or of another container.
local function modes(asked, told)
  if asked.NetworkMode == "none" and told.NetworkMode ~= "none" then
    return "it has a network: " .. tostring(told.NetworkMode)
  end
  for _, name in ipairs(MODES) do
    local mode = told[name]
    if name ~= "CgroupnsMode" and mode == "host" and asked[name] ~= "host" then
      return name .. " is the machine's"
    elseif type(mode) == "string" and mode:match("^container:") then
      return name .. " is another container's"
    end
  end
end

local function has_option(options, word)
  for _, option in ipairs(table_of(options)) do
    if option == word or option == word .. ":true" or option == word .. "=true" then
      return true
    end
  end
end

local function rights(asked, told)
  if told.Privileged == true and not asked.Privileged then
    return "it is privileged"
  elseif asked.Privileged then
    return nil -- it has all of them
  elseif set_of(asked.SecurityOpt)["no-new-privileges"]
    and not has_option(told.SecurityOpt, "no-new-privileges") then
    return "new privileges are possible in it"
  elseif has_option(told.SecurityOpt, "seccomp=unconfined")
    or has_option(told.SecurityOpt, "seccomp:unconfined") then
    return "its system calls are not filtered"
  end
  local has = set_of(settings.capabilities(told))
  local may = set_of(settings.capabilities(asked))
  local more = not may.ALL and only_in(has, may)
  return more and "it has the capability " .. more
end

local function devices(asked, told)
  local places = {}
  for _, one in ipairs(table_of(asked.Devices)) do
    places[#places + 1] = one.PathOnHost
  end
  for _, one in ipairs(not asked.Privileged and table_of(told.Devices) or {}) do
    local path, is_asked = normal(tostring(one.PathOnHost)), false
    for _, place in ipairs(places) do -- a folder may be told as what is in it
      is_asked = is_asked or path == normal(place) or path:sub(1, #place + 1) == place .. "/"
    end
    if not is_asked then
      return "it has the device " .. path
    end
  end
end

local function tmpfs(asked, told)
  for path, options in pairs(table_of(asked.Tmpfs)) do
    local has = table_of(told.Tmpfs)[path]
    if type(has) ~= "string" then
      return ("no tmpfs is at %s"):format(path)
    end
    has = "," .. has .. ","
    for option in options:gmatch("[^,]+") do
      if (option:match("^size=") or option == "ro")
        and not has:find("," .. option .. ",", 1, true) then
        return ("the tmpfs at %s is not %s"):format(path, option)
      end
    end
  end
end

local function lists(asked, told)
  for _, name in ipairs(LISTS) do
    local missing = only_in(set_of(asked[name]), set_of(told[name]))
    if missing then
      return ("%s has no %s"):format(name, missing)
    end
  end
end

local function ulimits(asked, told)
  local has = {}
  for _, one in ipairs(table_of(told.Ulimits)) do
    local name = tostring(one.Name):lower():gsub("^rlimit_", "")
    has[name] = one
  end
  for _, one in ipairs(table_of(asked.Ulimits)) do
    local got = has[one.Name] or {}
    if math.tointeger(got.Soft) ~= one.Soft or math.tointeger(got.Hard) ~= one.Hard then
      return ("the limit %s is %s, and not %d"):format(one.Name, tostring(got.Hard), one.Hard)
    end
  end
end

--- Whether a port leads in from the machine; Podman tells those that an image merely names as well.
local function is_published(host)
  for _, places in pairs(table_of(host.PortBindings)) do
    if next(table_of(places)) then
      return true
    end
  end
  return host.PublishAllPorts == true
end

--- What would take a container from its run, or show it to others.
local function course(asked, told)
  local policy = table_of(told.RestartPolicy).Name
  local log = table_of(told.LogConfig).Type
  if told.AutoRemove == true then
    return "it is removed when it ends"
  elseif type(policy) == "string" and policy ~= "" and policy ~= "no" then
    return "it is started again when it ends: " .. policy
  elseif is_published(told) then
    return "its ports are published"
  elseif table_of(asked.LogConfig).Type == "none" and log ~= "none" then
    return "the engine keeps what it prints: " .. tostring(log)
  end
end

local CHECKS = {
  numbers, root, rights, modes, mounts, networks, devices, tmpfs, lists, ulimits, course,
}

--- Compares what a container got with what was asked for.
---@param asked table HostConfig of the create call
---@param told table what inspect told of the container
---@param about? { networks?: { name: string, id: string }[], warnings?: string[] } those that it
---was put into; what the engine answered the create call with (any other value: none)
---@return core.Error? err EPOLICY: a setting that the engine has not kept to
---@nodiscard
function M.find(asked, told, about)
  about = about or {}
  local warnings, what = about.warnings, nil
  local context = { told = told, networks = about.networks }
  for _, check in ipairs(CHECKS) do
    what = what or check(asked, told.HostConfig, context) or nil
  end
  if what and type(warnings) == "table" and warnings[1] then
    what = ("%s; it says: %s"):format(what, table.concat(warnings, "; "))
  end
  return what and error_new({
    code = "EPOLICY",
    op = "container.policy",
    message = "the engine has not made the container as it was asked to: " .. what,
  }) or nil
end

return M
