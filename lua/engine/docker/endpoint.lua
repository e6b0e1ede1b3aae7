--- Finds the engine: which one the docker CLI, or podman, would speak to, and whether clnrm may.
---
--- Docker: DOCKER_HOST, DOCKER_CONTEXT, the current context of config.json, a rootless engine's
--- socket, the system's.  Podman: CONTAINER_HOST, the user's socket, the system's.  Nothing is
--- connected to here; `explain` says what a failed connection means.  The variables of proxies are
--- not looked at: who sets them for other programs shall not see what is sent to an engine, which
--- is as good as being root on its machine.
---@class engine.docker.endpoint
local address = require("engine.docker.address")
local config = require("engine.docker.config")
local docker_error = require("engine.docker.error")
local fs = require("core.fs")

local M = {}

--- Sockets of the system, where neither settings nor the user's session name one.
M.SYSTEM = { docker = "/var/run/docker.sock", podman = "/run/podman/podman.sock" }

--- What `--allow` names to speak to an engine in clear over a network.
M.ALLOW = "insecure-docker"

local USER = { docker = "/docker.sock", podman = "/podman/podman.sock" } -- below XDG_RUNTIME_DIR
local PEOPLE = { docker = "Docker", podman = "Podman" }

---@class engine.docker.Endpoint  where an engine is, for core.http
---@field engine "docker"|"podman"
---@field kind "unix"|"tcp"|"ssh"
---@field origin string        "DOCKER_HOST", "context NAME", "XDG_RUNTIME_DIR", "default"
---@field name string          its address, for people
---@field base string          "http://localhost", "https://host:2376": no slash at its end
---@field socket? string       of unix
---@field ca? string           file of certificates; nil with https: those that the system believes
---@field cert? string
---@field key? string
---@field command? string[]    of ssh: speaks HTTP by its stdin and stdout
---@field api_version? string  "1.41": DOCKER_API_VERSION
---@field fallback? engine.docker.Endpoint where an engine may be when none listens here: of a
---  socket that nobody named

---@class engine.docker.endpoint.Options
---@field engine? "docker"|"podman"       default docker
---@field allow? table<string, true>      what --allow names
---@field getenv? engine.docker.Getenv    default os.getenv

local function settings_error(message, help)
  return nil, docker_error.new("ENGINE_SETTINGS", message, help)
end

local function described(endpoint)
  return ("%s, from %s"):format(endpoint.name, endpoint.origin)
end

local START = {
  docker = "start Docker (systemctl start docker), or say where it is: DOCKER_HOST, or "
    .. "docker context use",
  podman = "start it (systemctl --user start podman.socket), or say where it is: CONTAINER_HOST",
}

local NO_SOCKET = {
  ENOENT = "there is no such file",
  ENOTDIR = "a part of its path is no folder",
  EACCES = "this user may not enter its folder",
  ELOOP = "its links lead in a circle",
}

--- Looks whether a socket is there.
local function look(endpoint)
  local stat, err = fs.stat(endpoint.socket)
  local people = PEOPLE[endpoint.engine]
  if not stat then
    local why = NO_SOCKET[err.code] or err.message
    return nil, docker_error.new(err.code, ("%s does not run here: %s: %s"):format(people,
      described(endpoint), why), START[endpoint.engine])
  elseif stat.type ~= "socket" then
    return nil, docker_error.new("ENOTSOCK",
      ("%s cannot be reached: %s: this is a %s, not a socket"):format(people, described(endpoint),
        stat.type),
      ("name the engine's socket, or remove what stands there and start %s again"):format(people))
  end
  return true
end

local function of_unix(read, endpoint)
  endpoint.socket, endpoint.base = read.socket, "http://localhost"
  local ok, err = look(endpoint)
  return ok and endpoint, err
end

--- Certificates of an address: a folder that settings name, which must be whole for what they ask.
---@class engine.docker.endpoint.Tls
---@field dir string
---@field is_asked? boolean TLS even without certificates of ours
---@field needs_ca? boolean

local function find_files(read, tls)
  if not tls or read.is_tls == false then
    return nil
  end
  local files, err = require("engine.docker.tls").files(tls.dir)
  if err then
    return nil, err
  elseif tls.needs_ca and not (files and files.ca) then
    return settings_error(("DOCKER_TLS_VERIFY is set, and there is no %s/ca.pem"):format(tls.dir),
      "put the engine's ca.pem there, or name its folder by DOCKER_CERT_PATH")
  end
  return files
end

local function of_tcp(read, endpoint, opts, tls)
  local files, err = find_files(read, tls)
  if err then
    return nil, err
  end
  local is_tls = read.is_tls or read.is_tls == nil and (files ~= nil or (tls and tls.is_asked))
  if not is_tls and not read.is_loopback and not (opts.allow and opts.allow[M.ALLOW]) then
    return nil, docker_error.new("ENGINE_INSECURE",
      ("%s is reached in clear over a network: whoever is on the way can be root there"):format(
        described(endpoint)),
      ("use ssh://, or TLS (DOCKER_TLS_VERIFY, DOCKER_CERT_PATH); --allow %s permits it"):format(
        M.ALLOW))
  end
  endpoint.base = address.base(read, is_tls and true or false)
  if is_tls and files then
    endpoint.ca, endpoint.cert, endpoint.key = files.ca, files.cert, files.key
  end
  return endpoint
end

local function of_ssh(read, endpoint, opts)
  endpoint.base = "http://localhost"
  endpoint.command = address.command(read, endpoint.engine, opts.identity)
  return endpoint
end

local MAKE = { unix = of_unix, tcp = of_tcp, ssh = of_ssh }

--- Makes the endpoint of an address.
local function of_address(text, origin, engine, opts, tls)
  local read, why, help = address.parse(text, M.SYSTEM[engine], engine == "podman")
  local shown = address.shown(text)
  if not read then
    return settings_error(("%s is '%s': %s"):format(origin, shown, why), help)
  end
  local endpoint = { engine = engine, kind = read.kind, origin = origin, name = shown }
  return MAKE[read.kind](read, endpoint, opts, tls)
end

local function of_context(name, origin, env, opts)
  local dir = config.directory(env)
  local context, err = require("engine.docker.context").read(name, dir, origin)
  if not context then
    return nil, err
  elseif context.skips_verify then
    return nil, docker_error.new("ENGINE_INSECURE",
      ("the context %s asks not to look at the engine's certificate, and that is not done"):format(
        name),
      ("docker context update --docker host=%s,ca=FILE,cert=FILE,key=FILE %s"):format(
        address.shown(context.host), name))
  end
  return of_address(context.host, "context " .. name, "docker", opts, { dir = context.tls_dir })
end

--- What the environment says of TLS.  DOCKER_TLS alone means "encrypt, believe anybody" to the
--- docker CLI; here the certificate is looked at all the same.
local function tls_of(env)
  local verify, any = env("DOCKER_TLS_VERIFY"), env("DOCKER_TLS")
  if not verify and not any then
    return nil
  end
  local dir = env("DOCKER_CERT_PATH") or config.directory(env)
  if not dir then
    return settings_error("TLS is asked for, and neither DOCKER_CERT_PATH nor HOME is set")
  end
  return { dir = dir:gsub("(.)/+$", "%1"), is_asked = true, needs_ca = verify ~= nil }
end

--- Tries the places where an engine is without being named: the first socket counts, the next one
--- is for when it was left behind.
local function of_places(engine, env, no_user)
  local places, runtime = {}, not no_user and env("XDG_RUNTIME_DIR")
  if runtime and runtime:sub(1, 1) == "/" then
    places[1] = { runtime:gsub("(.)/+$", "%1") .. USER[engine], "XDG_RUNTIME_DIR" }
  end
  places[#places + 1] = { M.SYSTEM[engine], "default" }
  local first, last, failure, missing
  for _, place in ipairs(places) do
    local endpoint, err = of_address("unix://" .. place[1], place[2], engine, {})
    if endpoint then
      first = first or endpoint
      if last then
        last.fallback = endpoint
      end
      last = endpoint
    elseif err.code == "ENOENT" then
      missing = (missing and missing .. " and " or "") .. place[1]
    else
      failure = failure or err
    end
  end
  if first then
    return first
  elseif failure then
    return nil, failure
  end
  return nil, docker_error.new("ENOENT", ("%s does not run here: there is no %s"):format(
    PEOPLE[engine], missing), START[engine])
end

local function find_docker(env, opts)
  local host = env("DOCKER_HOST")
  if host then
    local tls, err = tls_of(env)
    if err then
      return nil, err
    end
    return of_address(host, "DOCKER_HOST", "docker", opts, tls)
  end
  local name, origin = env("DOCKER_CONTEXT"), "DOCKER_CONTEXT"
  if not name then
    local settings, err = config.read(env)
    if not settings then
      return nil, err
    end
    name, origin = settings.current_context, settings.path
  end
  if name and name ~= require("engine.docker.context").DEFAULT then
    return of_context(name, origin, env, opts)
  end
  return of_places("docker", env, name ~= nil)
end

local function find_podman(env, opts)
  local host = env("CONTAINER_HOST")
  if host then
    return of_address(host, "CONTAINER_HOST", "podman",
      { allow = opts.allow, identity = env("CONTAINER_SSHKEY") })
  end
  return of_places("podman", env)
end

--- Finds the engine.
---@param opts? engine.docker.endpoint.Options
---@return engine.docker.Endpoint? endpoint
---@return core.Error? err ENGINE_SETTINGS, ENGINE_INSECURE; ENOENT, ENOTSOCK, EACCES of its socket;
---  `detail.help` is the next step
---@nodiscard
function M.find(opts)
  opts = opts or {}
  local env = config.environment(opts.getenv)
  local version = env("DOCKER_API_VERSION")
  if version and not version:match("^v?%d%d?%.%d%d?%d?$") then
    return settings_error(("DOCKER_API_VERSION is '%s', and a version is 1.41"):format(
      address.shown(version)), "leave it unset: the version is agreed on with the engine")
  end
  local find = opts.engine == "podman" and find_podman or find_docker
  local endpoint, err = find(env, opts)
  local at = endpoint
  while at and version do
    at.api_version = version:gsub("^v", "")
    at = at.fallback
  end
  return endpoint, err
end

local function owner_of(socket)
  local stat = fs.stat(socket)
  return stat and ("its owner is user %d, group %d, its mode %03o"):format(stat.uid, stat.gid,
    stat.mode & 511) or "its folder may not be entered"
end

local function explain_unix(endpoint, code)
  local people = PEOPLE[endpoint.engine]
  if code == "ECONNREFUSED" then
    return ("%s does not run: %s: the socket was left behind, and nothing listens at it"):format(
      people, described(endpoint)), START[endpoint.engine]
  elseif code == "EACCES" or code == "EPERM" then
    local group = "join its group (sudo usermod -aG docker $USER, then log in anew; its members "
      .. "are as good as root), or use a rootless engine"
    return ("this user may not use %s: %s: %s"):format(people, described(endpoint),
      owner_of(endpoint.socket)), endpoint.engine == "docker" and group
      or "use your own: systemctl --user start podman.socket"
  elseif code == "ENOENT" or code == "ENOTSOCK" then
    local ok, err = look(endpoint)
    if not ok then
      return err.message, err.detail and err.detail.help
    end
  end
end

local function explain_other(endpoint, code, message)
  local people = PEOPLE[endpoint.engine]
  if endpoint.kind == "ssh" then
    local said = message:match("^%u%l+ failure: [%a ]+: (.+)$") -- what ssh has printed
    return ("%s cannot be reached by ssh: %s%s"):format(people, described(endpoint),
        said and ": " .. said or ""),
      "this must work without a question: " .. table.concat(endpoint.command, " ") .. " </dev/null"
  elseif code == "ECONNREFUSED" then
    return ("%s does not run: %s: nothing listens there"):format(people, described(endpoint)),
      START[endpoint.engine]
  elseif code == "ETLS" and message:find("wrong version number", 1, true) then
    return ("%s speaks no TLS: %s"):format(people, described(endpoint)),
      "without TLS it is tcp://HOST:PORT, or http://, and on this machine alone"
  elseif code == "ETLS" then
    return ("%s is not believed to be %s"):format(described(endpoint), people),
      "ca.pem must have signed a certificate for this very host name that is valid now"
  end
end

--- Says what a failed connection means: path, cause, next step.
---@param endpoint engine.docker.Endpoint
---@param err core.Error of core.http: before there was a connection
---@return core.Error err
---@nodiscard
function M.explain(endpoint, err)
  local explain = endpoint.kind == "unix" and explain_unix or explain_other
  local message, help = explain(endpoint, err.code, err.message)
  message = message
    or ("%s cannot be reached: %s"):format(PEOPLE[endpoint.engine], described(endpoint))
  local out = docker_error.new(err.code, message, help)
  out.cause = err
  return out
end

return M
