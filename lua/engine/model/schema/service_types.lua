--- The types that only services have: ports, volumes, names of hosts, sizes.
---
--- Each takes the short text that compose files have, too, and gives one form of it.
local host_path = require("engine.model.host_path")
local rights = require("engine.model.rights")
local signals = require("engine.run.signals")
local types = require("engine.model.types")
local users = require("engine.model.users")

---@class engine.model.schema.service_types
local M = {}

local NAME_MAX, LABEL_MAX = 253, 63
local HOSTNAME_MAX = 64 -- of the kernel
local RESERVED = {
  localhost = true,
  room = true,
  ["ip6-localhost"] = true,
  ["ip6-loopback"] = true,
}

--- Says why a text is no name under which a service can be reached, or nil.
---@param name string
---@return string?
function M.host_name_problem(name)
  if RESERVED[name:lower()] then
    return "means the room itself: it cannot be the name of a service"
  elseif #name > NAME_MAX then
    return ("is longer than a host name can be (%d bytes)"):format(NAME_MAX)
  elseif name:match("^[%d.]+$") then
    return "is no host name: it would be read as an address"
  end
  for label in (name .. "."):gmatch("([^.]*)%.") do
    if not label:match("^%w[%w_-]*$") then
      return "is no host name: letters, digits, - and _, but neither of these two in front"
    elseif label:match("%-$") then
      return "is no host name: it ends with -"
    elseif #label > LABEL_MAX then
      return ("is no host name: %d bytes at most between two points"):format(LABEL_MAX)
    end
  end
end

--- A name under which a service can be reached.
function M.host_name(sample)
  return types.text({
    expects = "a host name",
    plural = "host names",
    sample = sample,
    test = M.host_name_problem,
  })
end

--- What a service sees as the name of its machine.
function M.hostname(sample)
  local type_ = M.host_name(sample)
  type_.max = HOSTNAME_MAX
  return type_
end

--- Makes a type of a text that is read into something else.  `parse(text)` returns what the model
--- wants, or nil and what is wrong with the text; `other(value)` the same of other values.
local function parsed(def)
  local text = types.text({ expects = def.expects, plural = def.plural, sample = def.sample })
  return {
    kind = def.kind,
    expects = def.expects,
    plural = def.plural,
    sample = def.sample,
    check = function(self, value, cx, t, k)
      local is_text = type(value) == "string"
      if is_text and text:check(value, cx, t, k) == nil then
        return nil
      elseif not is_text and (not def.other or math.type(value) ~= "integer") then
        return types.wrong_type(self, value, cx, t, k)
      end
      local result, why, code, help = (is_text and def.parse or def.other)(value)
      if result == nil then
        types.refuse(cx, t, k, why, nil, help or def.help, code)
      end
      return result
    end,
  }
end

local function port_number(text)
  local number = #text < 7 and math.tointeger(tonumber(text)) or nil
  return number and number <= 65535 and number or nil
end

local NOT_A_PORT = 'is not a port: 8080, "8080:80" or "0:80"'

local function parse_port(value)
  local plain, protocol = value:match("^(.-)/(%a+)$")
  if protocol and protocol:lower() ~= "tcp" then
    return nil, "is not a TCP port", "P124", "a room carries TCP connections only"
  end
  plain = plain or value
  local address, outside, inside = plain:match("^(.+):(%d*):(%d+)$")
  if not address then
    outside, inside = plain:match("^(%d+):(%d+)$")
  end
  inside = port_number(inside or plain:match("^%d+$") or "x")
  local host = outside and (outside == "" and 0 or port_number(outside))
  if not inside or inside == 0 or outside and not host then
    return nil, NOT_A_PORT
  elseif address and address ~= "127.0.0.1" and address ~= "localhost" then
    return nil, "asks for another address than 127.0.0.1", "P124",
      "ports are published on this machine's loopback only"
  end
  return { port = inside, host = host }
end

--- A port: a number, or "host:container".
function M.port()
  return parsed({
    kind = "port",
    expects = 'a port, or "host:container"',
    plural = "ports",
    sample = "8080",
    parse = parse_port,
    other = function(value)
      if value < 1 or value > 65535 then
        return nil, ("is out of range: %d"):format(value), nil, "a port is 1 to 65535"
      end
      return { port = value }
    end,
  })
end

local function parse_volume(value)
  local source, target, mode = value:match("^([^:]+):([^:]+):([^:]*)$")
  if not source then
    source, target = value:match("^([^:]+):([^:]+)$")
  end
  if not source then
    return nil, 'is not "host:container[:ro]"'
  elseif mode and mode ~= "ro" and mode ~= "rw" then
    return nil, ('has the mode "%s"'):format(mode:gsub("%c", "?")), nil, 'a mode is "ro" or "rw"'
  end
  return { source = source, target = target, read_only = mode == "ro" }
end

--- A volume as text: "host:container[:ro]".
function M.volume()
  return parsed({
    kind = "volume",
    expects = '"host:container[:ro]"',
    sample = '"./data:/data:ro"',
    parse = parse_volume,
  })
end

local UNITS = { [""] = 1, b = 1, k = 1 << 10, m = 1 << 20, g = 1 << 30 }
local SIZE_MAX = 1 << 40

local function parse_size(value)
  local digits, unit = value:lower():match("^(%d+)([bkmg]?)b?$")
  local bytes = digits and #digits < 14 and math.tointeger(tonumber(digits)) * UNITS[unit]
  if not bytes or bytes < 1 or bytes > SIZE_MAX then
    return nil, 'is not a size: "64m", "512k", "1g"'
  end
  return bytes
end

M.parse_size = parse_size

--- A size: bytes, or text with a unit.
function M.size()
  return parsed({
    kind = "size",
    expects = "a size",
    sample = '"64m"',
    parse = parse_size,
    other = function(value)
      if value < 1 or value > SIZE_MAX then
        return nil, ("is out of range: %d"):format(value)
      end
      return value
    end,
  })
end

--- Permission bits from text ("0644") or number, or nil.
---@return integer?
function M.parse_mode(value)
  if math.type(value) == "integer" then
    return value >= 0 and value <= 4095 and value or nil
  end
  return value:match("^0?[0-7][0-7][0-7][0-7]?$") and tonumber(value, 8) or nil
end

--- Permission bits.
function M.mode()
  local function parse(value)
    local mode = M.parse_mode(value)
    if not mode then
      return nil, 'is not permission bits, such as "0644" or 0o644'
    end
    return mode
  end
  return parsed({
    kind = "mode",
    expects = 'the permission bits, as "0644" or 0o644',
    sample = '"0600"',
    parse = parse,
    other = parse,
  })
end

--- Reads "size=64m,mode=1777" into `place`; returns what is wrong, or nil.
local function read_tmpfs_options(place, options)
  for option in (options .. ","):gmatch("([^,]*),") do
    local name, value = option:match("^(%l+)=(.+)$")
    if name == "size" then
      place.size = parse_size(value)
    elseif name == "mode" then
      place.mode = M.parse_mode(value)
    end
    if not name or not place[name] then
      return ('has the option "%s"'):format(option:gsub("%c", "?"))
    end
  end
end

local function parse_tmpfs(value)
  local path, options = value:match("^([^:]+):?(.*)$")
  local place = { path = path }
  if not path or path:sub(1, 1) ~= "/" then
    return nil, "is not an absolute path"
  elseif host_path.normal(path) == "/" then
    return nil, "is the root of the container: all of its image would be hidden", nil,
      'name a directory below it: "/tmp:size=64m"'
  elseif host_path.has_parent(path) then
    return nil, host_path.upwards(path)
  end
  place.path = host_path.normal(path)
  local dir = not host_path.is_below(place.path, "/dev/shm") and host_path.kernel_dir(place.path)
  if dir then
    return nil, "is in " .. dir .. ", which the kernel fills"
  end
  local why = options ~= "" and read_tmpfs_options(place, options)
  if why then
    return nil, why, nil, 'options are size and mode: "/tmp:size=64m,mode=1777"'
  end
  return place
end

--- A private place in memory: "/path", or "/path:size=64m,mode=1777".
function M.tmpfs()
  return parsed({
    kind = "tmpfs",
    expects = 'a path, or "/path:size=64m,mode=1777"',
    plural = "such paths",
    sample = '"/cache:size=64m"',
    parse = parse_tmpfs,
  })
end

--- Says whether a text is an address of the room's own loopback.
---@return boolean
function M.is_loopback(address)
  local parts = { address:match("^(127)%.(%d+)%.(%d+)%.(%d+)$") }
  for _, part in ipairs(parts) do
    if #part > 3 or tonumber(part) > 255 then
      return false
    end
  end
  return #parts == 4 or address == "::1"
end

--- Says whether a text is an address of IP.
---@return boolean
function M.is_address(text)
  local parts = { text:match("^(%d+)%.(%d+)%.(%d+)%.(%d+)$") }
  for _, part in ipairs(parts) do
    if #part > 3 or tonumber(part) > 255 then
      return false
    end
  end
  return #parts == 4 or text:match("^%x*:[%x:]+$") ~= nil
end

local function extra_host(name, address)
  local why = M.host_name_problem(name)
  if why then
    return nil, ("names %q, which %s"):format(name:gsub("%c", "?"), why)
  end
  return { name, address }
end

--- One line of /etc/hosts: "name:address".
function M.extra_host()
  return parsed({
    kind = "extra_host",
    expects = '"name:address"',
    plural = '"name:address"',
    sample = '"cache.internal:127.0.0.1"',
    parse = function(value)
      local name, address = value:match("^([^:=]+)[:=](.+)$")
      if not name then
        return nil, 'is not "name:address"'
      end
      return extra_host(name, (address:gsub("^%[(.*)%]$", "%1")))
    end,
  })
end

--- Reads "user", "user:group", names or numbers; whether a room has them is its backend's to say.
local function parse_user(value)
  local text = tostring(value)
  local why = users.problem(text)
  if why then
    return nil, why
  end
  return text
end

--- Whom something runs as.
function M.user()
  local type_ = parsed({
    kind = "user",
    expects = "a user, or user:group",
    sample = '"1000"',
    parse = parse_user,
    other = parse_user,
  })
  local check = type_.check
  function type_:check(value, cx, t, k)
    cx.has_users = true -- to be looked at when the images are known
    return check(self, value, cx, t, k)
  end
  return type_
end

--- A platform of images: "linux/arm64".
function M.platform()
  return types.text({
    expects = "a platform",
    sample = '"linux/amd64"',
    test = function(value)
      if not value:match("^[a-z0-9]+/[a-z0-9_]+$")
        and not value:match("^[a-z0-9]+/[a-z0-9_]+/[a-z0-9.]+$") then
        return 'is no platform, such as "linux/amd64"'
      end
    end,
  })
end

--- The name of a capability.
function M.capability()
  return types.text({
    expects = "the name of a capability",
    plural = "names of capabilities",
    sample = '"NET_ADMIN"',
    test = rights.capability_problem,
  })
end

--- A device of the machine.
function M.device()
  return parsed({
    kind = "device",
    expects = 'a device, or "host:container:rwm"',
    plural = "devices",
    sample = '"/dev/fuse"',
    parse = rights.device,
  })
end

local STOPS = { SIGSTOP = true, SIGTSTP = true, SIGTTIN = true, SIGTTOU = true }

local function parse_signal(value)
  local name = value:upper():gsub("^SIG", "")
  name = "SIG" .. name
  if not signals.number(name) then
    return nil, "is no signal", nil, 'such as "SIGTERM", "SIGINT" or "SIGQUIT"'
  elseif STOPS[name] then
    return nil, "does not end a process"
  end
  return name
end

--- The name of a signal.
function M.signal()
  return parsed({
    kind = "signal",
    expects = "the name of a signal",
    sample = '"SIGINT"',
    parse = parse_signal,
  })
end

return M
