-- luacheck: no max line length
--- The real engine and a real registry with passwords, both of this machine: the endpoint as it is
--- found, the header X-Registry-Auth as it is understood, and errors as they are really worded.
local auth = require("engine.docker.auth")
local docker_error = require("engine.docker.error")
local endpoint = require("engine.docker.endpoint")
local hash = require("core.hash")
local json = require("core.json")
local proc = require("core.proc")
local reference = require("engine.image.reference")
local support = dofile("tests/lua/docker/support.lua")
local task = require("core.task")

local PASSWORD = "pässword:with \"quotes\" ~?>"
local START_TRIES = 200

local function has(program)
  local process <close> = assert(proc.spawn({ argv = { "sh", "-c", "command -v " .. program } }))
  return process:wait().code == 0
end

--- Asks the engine; curl speaks, since this is not about how clnrm does.
local function ask(socket, method, target, header, body)
  local argv = { "curl", "-sS", "-m", "20", "--unix-socket", socket, "-X", method, "-w", "\n%{http_code}",
    "http://localhost" .. target }
  for _, word in ipairs(header and { "-H", header } or {}) do
    argv[#argv + 1] = word
  end
  for _, word in ipairs(body and { "-H", "Content-Type: application/json", "--data-binary", "@-" } or {}) do
    argv[#argv + 1] = word
  end
  local process <close> = assert(proc.spawn({ argv = argv, stdin = body }))
  assert.equal(0, process:wait().code, process:stderr())
  local text, status = process:stdout():match("^(.*)\n(%d+)$")
  return math.tointeger(tonumber(status)), text
end

describe("the engine of this machine", function()
  local found, home, port, registry, masks

  setup(function()
    found = endpoint.find()
    if not found or found.kind ~= "unix" or not (has("docker-registry") and has("htpasswd") and has("curl"))
    then
      found = nil
      return
    end
    home, masks = support.home(), support.masks()
    port = tonumber(support.sh(home.dir, [[python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])']]))
    home.write("c.yml", ("version: 0.1\nlog: {level: error}\nstorage: {inmemory: {}}\n"
      .. "http: {addr: '127.0.0.1:%d'}\nauth: {htpasswd: {realm: x, path: %s/pw}}\n"):format(port, home.dir))
    local process <close> = assert(proc.spawn({ argv = { "htpasswd", "-Bbn", "me", PASSWORD } }))
    assert.equal(0, process:wait().code)
    home.write("pw", process:stdout())
    registry = assert(proc.spawn({ argv = { "docker-registry", "serve", home.dir .. "/c.yml" } }))
    local url = ("http://127.0.0.1:%d/"):format(port)
    for _ = 1, START_TRIES do
      local probe <close> = assert(proc.spawn({ argv = { "curl", "-s", "-o", "/dev/null", url } }))
      if probe:wait().code == 0 then
        return
      end
      task.sleep(25)
    end
    error("the registry does not answer")
  end)

  teardown(function()
    if registry then
      registry:close()
    end
    if home then
      home.remove()
    end
  end)

  local function needs_engine()
    if not found then
      pending("no engine on a unix socket, docker-registry, htpasswd or curl")
    end
  end

  local function credentials(password)
    home.config({ auths = { ["127.0.0.1:" .. port] = { auth = hash.base64("me:" .. password) } } })
    local name = assert(reference.read(("127.0.0.1:%d/x/none:1"):format(port)))
    return assert(auth.find(name, { getenv = home.getenv, masks = masks }))
  end

  --- Pulls an image that is not there; returns what the engine makes of it.
  local function pull(header)
    local status, text = ask(found.socket, "POST",
      ("/images/create?fromImage=127.0.0.1:%d/x/none&tag=1"):format(port), header)
    if status ~= 200 then
      return docker_error.of_answer(status, text)
    end
    for line in text:gmatch("[^\r\n]+") do
      local err = docker_error.of_progress((json.decode(line)))
      if err then
        return err
      end
    end
    error("pulled what is not there: " .. text)
  end

  it("takes credentials as they come from config.json", function()
    needs_engine()
    local status, text = ask(found.socket, "POST", "/auth", nil, json.encode(credentials(PASSWORD)))
    assert.equal(200, status, text)
    assert.matches("Login Succeeded", text)
    status, text = ask(found.socket, "POST", "/auth", nil, json.encode(credentials("wrong")))
    assert.equal("ENGINE_UNAUTHORIZED", docker_error.of_answer(status, text).code, status .. text)
  end)

  it("understands the header: with it the registry looks, without it or with another it does not", function()
    needs_engine()
    assert.equal("ENGINE_NOT_FOUND", pull("X-Registry-Auth: " .. auth.header(credentials(PASSWORD))).code)
    for _, header in ipairs({ auth.header(nil), auth.header(credentials("wrong-password")) }) do
      local err = pull("X-Registry-Auth: " .. header)
      assert.equal("ENGINE_UNAUTHORIZED", err.code, err.message)
      assert.matches("docker login", err.detail.help)
    end
  end)

  it("words its errors as they are read", function()
    needs_engine()
    for target, want in pairs({
      ["/containers/clnrm-none/json"] = { "ENGINE_NOT_FOUND", "No such container" },
      ["/images/clnrm-none/json"] = { "ENGINE_NOT_FOUND", "[Nn]o such image" },
      ["/v1.1/containers/json"] = { "ENGINE_BAD_REQUEST", "too old" },
      ["/v1.99/containers/json"] = { "ENGINE_BAD_REQUEST", "too new" },
      ["/containers/json?filters=%7B"] = { false, "" },
    }) do
      local status, text = ask(found.socket, "GET", target)
      local err = docker_error.of_answer(status, text)
      assert.is_true(status >= 400, target)
      assert.is_true(not want[1] or want[1] == err.code, err.code)
      assert.matches(want[2], err.message)
      assert.is_nil(err.message:find("[{}]%s*$"), err.message)
    end
  end)
end)
