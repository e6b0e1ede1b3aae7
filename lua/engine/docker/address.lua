--- Addresses of engines: unix://, tcp://, http://, https:// and ssh://.  Pure.
---
--- Parts of an address become arguments of ssh and of a shell on its other side, and a part of a
--- URL: each has an alphabet, and what is outside of it is refused, never quoted.
---@class engine.docker.address
local text = require("core.text")

local M = {}

M.LENGTH_MAX = 1024
M.SOCKET_MAX = 107 -- sun_path less its NUL

---@class engine.docker.Address
---@field kind "unix"|"tcp"|"ssh"
---@field socket? string of unix
---@field host? string   of tcp and ssh, without the brackets of IPv6
---@field port? integer  of tcp, always there; of ssh, when it is written
---@field is_tls? boolean of tcp: https:// asks for it, http:// forbids it; nil: the settings say
---@field path? string   of tcp: in front of all targets; of ssh: the socket on the other side
---@field user? string   of ssh
---@field is_loopback? boolean of tcp

local PLAIN_PORT, TLS_PORT = 2375, 2376
local FORMS = "unix:///PATH, tcp://HOST:PORT, https://HOST:PORT or ssh://USER@HOST"

--- Writes an address for people: without a password, and as one line.
---@param address string
---@return string
---@nodiscard
function M.shown(address)
  local safe = address:gsub("^(%w*:?/*[^/@]-):[^/@]*@", "%1:***@")
  return text.cut(text.escape(safe, { line = true }), 120)
end

local function read_port(digits)
  local port = #digits <= 5 and digits:match("^%d+$") and math.tointeger(tonumber(digits))
  return port and port >= 1 and port <= 65535 and port or nil
end

--- Splits HOST, HOST:PORT, [IPv6] and [IPv6]:PORT.
local function split_host(authority)
  local host, rest = authority:match("^%[([%x:.]+)%](.*)$")
  if host then
    host = host:find(":", 1, true) and host or nil
  else
    host, rest = authority:match("^([%w._-]+)(.*)$")
    host = host and not host:match("^[-.]") and host or nil
  end
  if not host then
    return nil, "the host is none: letters, digits, dots, dashes, or IPv6 in brackets"
  elseif rest == "" then
    return host
  end
  local port = rest:sub(1, 1) == ":" and read_port(rest:sub(2))
  if not port then
    return nil, "behind the host stands no port (1 to 65535)"
  end
  return host, port
end

--- Whether a host is this machine for sure: by an address as it is usually written, or
--- `localhost`.
---@param host string
---@return boolean
---@nodiscard
function M.is_loopback(host)
  if host:lower() == "localhost" or host == "::1" then
    return true
  end
  local parts = { host:match("^127%.(%d%d?%d?)%.(%d%d?%d?)%.(%d%d?%d?)$") }
  for _, part in ipairs(parts) do
    if tonumber(part) > 255 or part:match("^0%d") then
      return false -- 127.0.0.010: octal to some
    end
  end
  return #parts == 3
end

local READ = {}

function READ.unix(rest, default)
  local path = rest == "" and default or rest
  if not path or path:sub(1, 1) ~= "/" then
    return nil, "a socket has an absolute path", "unix:///run/docker.sock has three slashes"
  elseif #path > M.SOCKET_MAX then
    return nil, ("a path of a socket has at most %d bytes, this one %d"):format(M.SOCKET_MAX, #path)
  end
  return { kind = "unix", socket = path }
end

local function read_tcp(rest, is_tls)
  local authority, path = rest:match("^([^/]*)(.*)$")
  if authority:find("@", 1, true) then
    return nil, "no user or password stands in an address",
      "certificates say who asks: docs/docker.md"
  end
  path = path:gsub("/+$", "")
  if path ~= "" and (not path:match("^[%w._~/-]+$") or (path .. "/"):find("/%.%.?/")) then
    return nil, "the path holds something else than letters, digits and . _ ~ - /"
  end
  local host, port = split_host(authority)
  if not host then
    return nil, port
  end
  return {
    kind = "tcp",
    host = host,
    port = port,
    is_tls = is_tls,
    path = path,
    is_loopback = M.is_loopback(host),
  }
end

function READ.tcp(rest)
  return read_tcp(rest, nil)
end

function READ.http(rest)
  return read_tcp(rest, false)
end

function READ.https(rest)
  return read_tcp(rest, true)
end

function READ.ssh(rest, _, takes_path)
  local authority, path = rest:match("^([^/?#]*)(.*)$")
  local user, place = authority:match("^(.*)@([^@]*)$")
  if user and user:find(":", 1, true) then
    return nil, "ssh takes no password from an address", "use a key, and ssh-agent"
  elseif user and not user:match("^[%w._][%w._-]*$") then
    return nil, "the user is none: letters, digits, dots, dashes, and no dash first"
  end
  local host, port = split_host(place or authority)
  if not host then
    return nil, port
  elseif path ~= "" and not takes_path then
    return nil, "behind the host stands a path, and none is used",
      "`docker system dial-stdio` on the other side knows its socket: leave the path out"
  elseif path ~= "" and (not path:match("^/[%w._/-]+$") or (path .. "/"):find("/%.%.?/")) then
    return nil, "the path holds something else than letters, digits and . _ - /"
  end
  return { kind = "ssh", user = user, host = host, port = port, path = path ~= "" and path or nil }
end

local REFUSED = {
  npipe = "named pipes are of Windows, and clnrm runs on Linux",
  fd = "fd:// is how systemd gives a socket to the engine, and no address of one",
}

--- Reads an address.
---@param address string
---@param default_socket? string what unix:// without a path means
---@param takes_path? boolean ssh:// may name the socket on the other side, as Podman's does
---@return engine.docker.Address? parsed
---@return string? why it is none
---@return string? help
---@nodiscard
function M.parse(address, default_socket, takes_path)
  if #address > M.LENGTH_MAX then
    return nil, ("an address has at most %d bytes"):format(M.LENGTH_MAX)
  elseif address:find("[%c%s]") then
    return nil, "an address holds no blanks and no control characters"
  end
  local scheme, rest = address:match("^([%a][%w+.-]*)://(.*)$")
  if not scheme and address:match("^[%w%[][^/]*:%d+$") then
    scheme, rest = "tcp", address -- 127.0.0.1:2375, as the docker CLI takes it
  end
  scheme = scheme and scheme:lower()
  if REFUSED[scheme] then
    return nil, REFUSED[scheme], "an address is " .. FORMS
  elseif not READ[scheme] then
    return nil, "there is no such form", "an address is " .. FORMS
  end
  return READ[scheme](rest, default_socket, takes_path)
end

--- Writes where requests go, for core.http.
---@param address engine.docker.Address of kind tcp
---@param is_tls boolean
---@return string base
---@nodiscard
function M.base(address, is_tls)
  local host = address.host:find(":", 1, true) and "[" .. address.host .. "]" or address.host
  return ("%s://%s:%d%s"):format(is_tls and "https" or "http", host,
    address.port or is_tls and TLS_PORT or PLAIN_PORT, address.path)
end

--- Makes the command that connects to the engine of another machine by its stdin and stdout.
---
--- BatchMode: a question of ssh would wait on the terminal for ever, in the middle of the screen.
---@param address engine.docker.Address of kind ssh
---@param engine "docker"|"podman"
---@param identity? string file of a key
---@return string[] argv
---@nodiscard
function M.command(address, engine, identity)
  local argv = { "ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=30", "-T" }
  local function add(...)
    for _, word in ipairs({ ... }) do
      argv[#argv + 1] = word
    end
  end
  if identity then
    add("-i", identity)
  end
  if address.user then
    add("-l", address.user)
  end
  if address.port then
    add("-p", tostring(address.port))
  end
  add("--", address.host, engine)
  if address.path then
    add("--url", "unix://" .. address.path)
  end
  add("system", "dial-stdio")
  return argv
end

return M
