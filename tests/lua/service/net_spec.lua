package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"

local helper = require("service.helper")
local layout = require("engine.service.layout")

local open = helper.open

local function web(name, port, more)
  local spec = {
    name = name,
    argv = helper.server(port, { body = "this is " .. name, delay = more and more.delay, ip = "" }),
    ports = { { port = port } },
    wait = { { kind = "port", value = port, timeout_ms = 10000 } },
  }
  for key, value in pairs(more or {}) do
    spec[key] = value
  end
  return spec
end

local function output(o, text, service)
  local result <close> = helper.result(o.room:exec({
    shell = text,
    service = service and o.set:get(service),
  }))
  return (result:stdout():gsub("\n$", ""))
end

describe("whose port it is", function()
  it("does not take a port that another service holds for one's own", function()
    local other = web("other", 8080)
    local mute = { name = "mute", shell = "exec sleep 60", depends_on = { { name = "other" } } }
    mute.wait = { { kind = "port", value = 8080, timeout_ms = 2500 } }
    local o <close> = open({ other, mute })
    local ok, failure = o.set:start({ "mute" })
    assert.is_nil(ok)
    assert.equal("T605", failure.code)
    assert.equal("fail", failure.verdict)
    assert.matches("port 8080 is held by python3", failure.probe)
    mute.wait[1] = { kind = "http", port = 8080, value = "/", timeout_ms = 2500 }
    local p <close> = open({ other, mute })
    ok, failure = p.set:start({ "mute" })
    assert.is_nil(ok)
    assert.equal("T605", failure.code)
  end)

  it("does not take what a step left on the port for it", function()
    local o <close> = open({
      { name = "it", shell = "exec sleep 60", wait = { { kind = "port", value = 8080,
        timeout_ms = 1500 } } },
    })
    local left = assert(o.room:start({ argv = helper.server(8080), keep_group = true }))
    helper.await("the server", function()
      return o.room:probe({ port = 8080 })
    end)
    local ok, failure = o.set:start({ "it" })
    left:close()
    assert.is_nil(ok)
    assert.equal("T605", failure.code, failure.message)
  end)

  it("takes a port that a child of the service holds, in any session", function()
    local argv = helper.server(8080)
    local text = ("setsid %s -S -c \"$CODE\" & wait"):format(argv[1])
    local o <close> = open({
      { name = "it", shell = text, env = { { "CODE", argv[4] } },
        wait = { { kind = "port", value = 8080 } } },
    })
    assert.is_true(o.set:start({ "it" }))
  end)

  it("does not take a port for ready that was open for a moment only", function()
    local text = "import socket,time\ns=socket.create_server(('127.0.0.1',8080))\ntime.sleep(0.01)"
    local argv = { "python3", "-S", "-c", text }
    local wait = { { kind = "port", value = 8080 }, { kind = "file", value = "never" } }
    local o <close> = open({ { name = "it", argv = argv, wait = wait } })
    local ok, failure = o.set:start({ "it" })
    assert.is_nil(ok)
    assert.equal("T602", failure.code)
    assert.equal(0, failure.exit.code)
  end)
end)

describe("services that listen on the same port", function()
  it("are each reached by name, from the room and from others", function()
    local o <close> = open({
      web("one", 8080),
      web("two", 8080, { aliases = { "second" } }),
      web("three", 9090),
    })
    assert.is_true(o.set:start({ "one", "two", "three" }))
    assert.equal("this is one", output(o, "curl -sS http://one:8080/"))
    assert.equal("this is two", output(o, "curl -sS http://two:8080/"))
    assert.equal("this is two", output(o, "curl -sS http://second:8080/"))
    assert.equal("this is three", output(o, "curl -sS http://three:9090/"))
    assert.equal("this is one", output(o, "curl -sS http://localhost:8080/", "one"))
    assert.equal("this is two", output(o, "curl -sS http://127.0.0.1:8080/", "two"))
    assert.equal("this is three", output(o, "curl -sS http://three:9090/", "one"))
    assert.equal("this is one", output(o, "curl -sS http://one:8080/", "three"))
    assert.equal("this is two", output(o, "curl -sS http://two:8080/", "three"))
    assert.equal("refused", output(o, "curl -s http://localhost:8080/ || echo refused"))
  end)

  it("do not answer for each other", function()
    local o <close> = open({ web("one", 8080), web("two", 8080) })
    assert.is_true(o.set:start({ "one", "two" }))
    assert.equal("6", output(o, "curl -sS http://two:8080/ 2>/dev/null || echo $?", "one"))
  end)

  it("reach a peer that they depend on, when they listen on the loopback only", function()
    local second = web("two", 8080, { depends_on = { { name = "one" } } })
    second.argv = helper.server(8080, { body = "this is two" })
    local o <close> = open({ web("one", 8080), second })
    assert.is_true(o.set:start({ "two" }))
    assert.equal("this is one", output(o, "curl -sS http://one:8080/", "two"))
    assert.equal("this is two", output(o, "curl -sS http://two:8080/", "two"))
  end)

  it("fail visibly when they depend on a peer and take all addresses for themselves", function()
    local second = web("two", 8080, { depends_on = { { name = "one" } } })
    local o <close> = open({ web("one", 8080), second })
    local ok, failure = o.set:start({ "two" })
    assert.is_nil(ok)
    assert.equal("two", failure.service)
    assert.equal("T602", failure.code)
    assert.matches("Address already in use", table.concat(failure.log, "\n"))
  end)

  it("are reached again after a restart", function()
    local o <close> = open({ web("one", 8080), web("two", 8080) })
    assert.is_true(o.set:start({ "one", "two" }))
    assert.is_true(o.set:restart("two"))
    assert.equal("this is two", output(o, "curl -sS http://two:8080/"))
  end)
end)

describe("a service without network", function()
  it("is reached by nobody, and reaches nobody", function()
    local o <close> = open({ web("one", 8080), web("alone", 8080, { network = "none" }) })
    assert.is_true(o.set:start({ "one", "alone" }))
    assert.equal("this is one", output(o, "curl -sS http://localhost:8080/"))
    assert.equal("this is alone", output(o, "curl -sS http://alone:8080/", "alone"))
    assert.equal("6", output(o, "curl -s http://one:8080/ || echo $?", "alone"))
    assert.equal("6", output(o, "curl -s http://alone:8080/ || echo $?"))
    assert.equal("7", output(o, "curl -s http://127.0.0.1:9090/ || echo $?", "alone"))
  end)
end)

describe("published ports", function()
  local host = require("core.proc")

  local function fetch(port)
    local process <close> = assert(host.spawn({
      argv = { "curl", "-sS", "--noproxy", "*", ("http://127.0.0.1:%d/"):format(port) },
    }))
    assert(process:wait())
    return process:stdout()
  end

  it("lead from 127.0.0.1 of the host to the service, until it is closed", function()
    local one, two = web("one", 8080), web("two", 8080)
    one.ports[1].host, two.ports[1].host = 0, 0
    local o <close> = open({ one, two })
    assert.is_true(o.set:start({ "one", "two" }))
    local port = o.set:get("one").published[8080]
    assert.equal("this is one", fetch(port))
    assert.equal("this is two", fetch(o.set:get("two").published[8080]))
    assert.equal(port, o.set:publish("one", 8080))
    local third = assert(o.set:publish("one", 8081))
    assert.not_equal(port, third)
    o.set:close()
    assert.equal("", fetch(port))
  end)

  it("are at the port that is asked for, or the failure says why not", function()
    local one = web("one", 8080)
    one.ports[1].host = 0
    local o <close> = open({ one })
    assert.is_true(o.set:start({ "one" }))
    local taken = o.set:get("one").published[8080]
    local two = web("two", 8080)
    two.ports[1].host = taken
    local p <close> = open({ two })
    local ok, failure = p.set:start({ "two" })
    assert.is_nil(ok)
    assert.equal("T608", failure.code)
    assert.matches("^port 8080 of service 'two' cannot be published at 127.0.0.1:%d+: ",
      failure.message)
    o.set:close()
    local q <close> = open({ two })
    assert.is_true(q.set:start({ "two" }))
    assert.equal(taken, q.set:get("two").published[8080])
  end)
end)

describe("engine.service.layout", function()
  it("keeps services in one network while their ports differ", function()
    local plan = layout.new({ { name = "a", listens = { 1, 2 } }, { name = "b", listens = { 3 } } })
    assert.same({}, plan.own)
    assert.matches("127.0.0.1\ta\n127.0.0.1\tb\n$", layout.hosts(plan))
  end)

  it("gives each of those that clash a network and an address", function()
    local plan = layout.new({
      { name = "a", listens = { 1, 2 } },
      { name = "b", listens = { 2 }, depends_on = { { name = "c" } } },
      { name = "c", listens = { 2 }, network = "none" },
      { name = "d", listens = { 4 } },
    })
    assert.same({ a = true, b = true, c = true }, plan.own)
    assert.matches("127.0.1.2\ta\n127.0.1.3\tb\n127.0.0.1\td\n$", layout.hosts(plan))
    assert.matches("\n127.0.0.1\ta\n127.0.1.5\td\n$", layout.hosts(plan, "a"))
    assert.matches("\n127.0.0.1\tc\n$", layout.hosts(plan, "c"))
  end)
end)
