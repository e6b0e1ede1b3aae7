--- Networks of a room of containers, the way out, and what only the command line permits: the
--- machine's own network and namespaces, rights, devices, mounts, the engine's socket.
local docker = dofile("tests/e2e/docker_support.lua")
local json = require("core.json")
local proc = require("core.proc")
local task = require("core.task")
local engines = docker.engines

--- Steps that look, in python3: `found(NAME)` is what a name of the network leads to.
local LOOK = [[
import socket, os
def found(*names):
    for name in names:
        try: socket.gethostbyname(name); print(name)
        except OSError: print("no", name)
def networks():
    print(len([n for n in os.listdir("/sys/class/net") if n.startswith("eth")]))
]]

--- A server on all addresses of this machine; it says its port.
local LISTENER = [[
import socket
s = socket.create_server(("0.0.0.0", 0))
print(s.getsockname()[1])
while True:
    try: s.accept()[0].sendall(b"machine")
    except OSError: pass
]]

--- `asked()` is what the first address of each network of the container answers: its gateway's.
local GATEWAY = [==[
import struct
def ask(address):
    try:
        with socket.create_connection((address, %s), 2) as c: return c.recv(9).decode()
    except OSError as e: return str(e)
def asked():
    lines = [l.split() for l in open("/proc/net/route").readlines()[1:]]
    bases = [int(l[1], 16) for l in lines if l[1] != "00000000"]
    return [ask(socket.inet_ntoa(struct.pack("<I", b + (1 << 24)))) for b in bases]
]==]

local SERVICE = '[services.%s]\nimage = "$image"\ncommand = ["sleep", "60"]\n%s\n'

local function step(name, service, code, out)
  return ('[[steps]]\nname = "%s"\n%scommand = ["python3", "-c", \'\'\'\n%s%s\'\'\']\n'
    .. "expect.stdout.equals = %s\n"):format(name, service and 'service = "' .. service .. '"\n'
      or "", LOOK, code, json.encode(out))
end

describe("networks of a room in Docker", function()
  local engine, why, image

  setup(function()
    engine, why = engines.engine()
    if engine then
      image, why = engines.image("python", { engine = engine })
    end
  end)

  local function case(name, fn)
    it(name, function()
      if not image then
        pending(why)
        return
      end
      fn()
    end)
  end

  local function run(text, argv, prepare)
    local place <close> = docker.place(engine)
    if prepare then
      text = prepare(place, text)
    end
    place.write("a.clnrm.toml", '[meta]\nname = "a"\n' .. text:gsub("%$image", image))
    local report = place.run(argv)
    assert.same({}, place.left(report.run.run_id))
    return report
  end

  case("are joined by their names, and lead nowhere else but where it is said", function()
    local report = run('[room]\nimage = "$image"\n'
      .. SERVICE:format("a", 'networks = "front"\nextra_hosts = ["x.example:127.0.0.9"]')
      .. SERVICE:format("b", 'networks = ["front", "back"]\naliases = ["bee"]')
      .. SERVICE:format("c", 'networks = "back"')
      .. SERVICE:format("d", "allow_network = true")
      .. SERVICE:format("e", 'network = "none"')
      .. step("room", nil, 'found("a", "b", "bee", "c", "d", "e"); networks()',
        "a\nb\nbee\nc\nd\nno e\n3\n")
      .. step("front", "a", 'found("b", "c", "x.example", "room"); networks()',
        "b\nno c\nx.example\nroom\n1\n")
      .. step("both", "b", 'found("a", "c", "d"); networks()', "a\nc\nno d\n2\n")
      .. step("out", "d", 'found("room", "a"); networks()', "room\nno a\n2\n")
      .. step("alone", "e", 'found("a", "room"); networks()', "no a\nno room\n0\n"))
    assert.equal(0, report.code, docker.failure(report))
    assert.matches("internal bridge.*; service 'd' has a way out$",
      report.results[1].isolation.net)
  end)

  case("lead out from each alone: who has another network is not reached by the way out", function()
    local text = ""
    for name, networks in pairs({ f = "front", b = "back", out = "out" }) do
      local way = name ~= "out" and "allow_network = true" or ""
      text = text .. SERVICE:format(name, ('networks = ["%s"]\n%s'):format(networks, way))
    end
    local report = run(text .. step("b", "b", 'found("b", "f", "out")\nnetworks()',
      "b\nno f\nno out\n1\n") .. step("out", "out", "networks()", "0\n"))
    assert.equal(0, report.code, docker.failure(report) .. report.err)
  end)

  case("leave this machine's own servers to those with a way out", function()
    local argv = engine:argv("python3", "-S", "-u", "-c", LISTENER)
    local listener = assert(proc.spawn({ argv = argv }))
    local port
    for _ = 1, 10000 do
      port = (listener:stdout() or ""):match("^(%d+)\n")
      if port then
        break
      end
      task.sleep(1)
    end
    local ask = GATEWAY:format(assert(port, listener:stderr()))
    local report = run(SERVICE:format("a", "") .. SERVICE:format("b", "allow_network = true")
      .. step("out", "b", ask .. 'print("machine" in asked())', "True\n")
      .. step("in", "a", ask .. 'found("b"); print("machine" in asked())', "b\nFalse\n"))
    listener:signal(9)
    listener:wait()
    assert.equal(0, report.code, docker.failure(report))
  end)

  case("are refused to be privileged from a file, and asked for when it is permitted", function()
    local text = SERVICE:format("all", "privileged = true")
      .. step("all", "all", 'held = [l for l in open("/proc/self/status") if '
        .. 'l.startswith("CapEff")][0]\nprint(int(held.split()[1], 16) >> 21 & 1)', "1\n")
    local refused = run(text)
    assert.equal(2, refused.code)
    assert.matches("not without --allow privileged", json.encode(refused), 1, true)
    local report = run(text, { "--allow", "privileged" })
    if report.code ~= 0 then -- where this machine's root has not all rights itself
      assert.matches("unable to apply caps", docker.failure(report), 1, true)
    end
  end)

  case("and all else of the machine are given when the command line says so", function()
    local text = SERVICE:format("web",
        'network = "host"\npid = "host"\nipc = "host"\nuts = "host"\n'
        .. 'devices = "/dev/null:/dev/other:r"\ncap_add = "SYS_TIME"\n'
        .. ('volumes = ["$outside:/outside:ro", "%s:/engine"]'):format(engine.host:sub(8)))
      .. step("namespaces", "web", 'for n in ("net", "pid", "ipc", "uts"):'
        .. ' print(os.readlink("/proc/self/ns/" + n))', table.concat({
          engine:namespace("net"), engine:namespace("pid"), engine:namespace("ipc"),
          engine:namespace("uts") }, "\n") .. "\n")
      .. step("rights", "web", "import stat\n"
        .. 'print(stat.S_ISCHR(os.stat("/dev/other").st_mode), open("/outside/x").read())\n'
        .. 'print(stat.S_ISSOCK(os.stat("/engine").st_mode))\n'
        .. 'held = [l for l in open("/proc/self/status") if l.startswith("CapEff")][0]\n'
        .. 'print(int(held.split()[1], 16) >> 25 & 1)', "True given\nTrue\n1\n")
    local outside = assert(docker.support.tempdir())
    docker.support.write(outside .. "/x", "given")
    local function prepare(_, what)
      return (what:gsub("%$outside", outside))
    end
    local allow = {}
    for _, name in ipairs({ "host-network", "host-namespaces", "devices", "added-capabilities",
      "mounts", "engine-socket" }) do
      allow[#allow + 1], allow[#allow + 2] = "--allow", name
    end
    local report = run(text, allow, prepare)
    assert.equal(0, report.code, docker.failure(report))
    local told = report.results[1].isolation
    assert.matches("service 'web' has the network of the machine", told.net)
    assert.matches("service 'web' sees the processes of the machine", told.pid)
    assert.matches("^service 'web': 4096 processes", told.limits)
    local unmet = run('requires = "pid-isolation"\n' .. text, allow, prepare).results[1]
    assert.equal("it requires pid-isolation: service 'web' sees the processes of the machine",
      unmet.reason)
    local refused = run((text:gsub(engine.host:sub(8):gsub("%p", "%%%0"), "/var/run/docker.sock")),
      nil, prepare)
    docker.support.remove(outside)
    assert.equal(2, refused.code)
    local text_of = json.encode(refused)
    for i = 2, #allow, 2 do
      assert.matches("not without --allow " .. allow[i], text_of, 1, true)
    end
  end)
end)
