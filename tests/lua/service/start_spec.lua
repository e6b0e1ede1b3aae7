package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"

local core = require("core.task")
local helper = require("service.helper")
local service = require("engine.service")
local task = require("clnrm.task")

local open = helper.open

--- A service that runs a shell text.
local function sh(name, text, more)
  local spec = { name = name, shell = text, wait = {}, depends_on = {} }
  for key, value in pairs(more or {}) do
    spec[key] = value
  end
  return spec
end

local function port(number, timeout_ms)
  return { { kind = "port", value = number, timeout_ms = timeout_ms } }
end

local function line(pattern)
  return { wait = { { kind = "log", value = pattern } } }
end

--- A shell text that says "up" once `go` was called, not before.
local AT_GO = "until [ -e /room/go ]; do sleep 0.02; done; echo up; exec sleep 60"

local function go(opened)
  assert(opened.room:exec({ shell = "touch /room/go" })):close()
end

describe("engine.service", function()
  it("starts a server, waits for its port, runs commands in its place, and ends it", function()
    local o <close> = open({
      {
        name = "web",
        argv = helper.server(8080, { body = "it works" }),
        wait = port(8080),
        env = { { "GREETING", "hi" } },
      },
    })
    assert.is_true(o.set:start({ "web" }))
    local web = o.set:get("web")
    assert.equal("ready", web.state)
    local result = assert(o.room:exec({ service = web, shell = "echo $GREETING; pwd" }))
    assert.equal("hi\n/var/lib/web\n", result:stdout())
    result:close()
    assert.is_true(o.room:probe({ http = "http://web:8080/", body = "it works" }))
    local ready = helper.of(o, "service_ready")
    assert.equal(1, #ready)
    assert.is_true(ready[1].ms > 0 and ready[1].probes >= 1)
    o.set:close()
    assert.equal("stopped", web.state)
    local ended = helper.of(o, "service_end")[1]
    assert.is_true(ended.asked)
    assert.equal(15, ended.signal)
    assert.is_nil(o.room:probe({ port = 8080 }))
  end)

  it("knows services and their aliases by name in the room", function()
    local o <close> = open({ sh("db", "exec sleep 60", { aliases = { "database" } }) })
    assert.is_true(o.set:start({ "db" }))
    local result = assert(o.room:exec({ shell = "getent hosts db; getent hosts database" }))
    assert.equal("127.0.0.1       db database\n127.0.0.1       db database\n", result:stdout())
    result:close()
  end)

  it("says what a wait that did not come true was answered with, and the last lines", function()
    local o <close> = open({
      sh("mute", "echo starting; echo trouble >&2; sleep 60", {
        wait = { { kind = "port", value = 8080, timeout_ms = 1000, pos = { line = 7 } } },
      }),
    })
    local ms, ok, failure = helper.timed(o.set.start, o.set, { "mute" })
    assert.is_nil(ok)
    assert.is_true(ms >= 1000 and ms < 30000, ms)
    assert.equal("T601", failure.code)
    assert.equal("timeout", failure.verdict)
    assert.equal("mute", failure.service)
    assert.equal("nobody listens on port 8080", failure.probe)
    table.sort(failure.log)
    assert.same({ "starting", "trouble" }, failure.log)
    assert.is_true(failure.waited_ms >= 1000, failure.waited_ms)
    assert.same({ line = 7 }, failure.pos)
    assert.matches("^service 'mute' was not ready after [%d.]+ m?s: it waited for its port 8080; "
      .. "last answer: nobody listens on port 8080$", failure.message)
    assert.equal("failed", o.set:get("mute").state)
    assert.equal(1, #helper.of(o, "service_failed"))
    local again, same = o.set:start({ "mute" })
    assert.is_nil(again)
    assert.equal(failure, same)
  end)

  it("notices the end of a service at once, while it is waited for", function()
    local o <close> = open({
      sh("dies", "echo no config >&2; sleep 1; exit 3", { wait = port(8080) }),
    })
    local ms, ok, failure = helper.timed(o.set.start, o.set, { "dies" })
    assert.is_nil(ok)
    assert.is_true(ms < 30000, ms) -- the time of the wait
    assert.equal("T602", failure.code)
    assert.equal("fail", failure.verdict)
    assert.same({ code = 3, timed_out = false }, failure.exit)
    assert.same({ "no config" }, failure.log)
    assert.equal("nobody listens on port 8080", failure.probe)
    assert.matches("^service 'dies' ended with exit code 3 after [%d.]+ m?s, before its port 8080 "
      .. "was seen", failure.message)
  end)

  it("does not take a killed service for one that failed", function()
    local o <close> = open({ sh("killed", "kill -9 $$", { wait = port(8080) }) })
    local _, failure = o.set:start({ "killed" })
    assert.equal("V004", failure.code)
    assert.equal("infra", failure.verdict)
  end)

  it("says that a command cannot start", function()
    local o <close> = open({ { name = "none", argv = { "no-such-server" } } })
    local _, failure = o.set:start({ "none" })
    assert.equal("T606", failure.code)
    assert.matches("no%-such%-server: command not found", failure.message)
    assert.is_string(failure.help)
  end)

  it("calls what ends after it was ready dead, and does not start it again", function()
    local died
    local o <close> = open({
      sh("short", "echo ready; sleep 0.5; exit 4", line("ready")),
    }, {
      on_death = function(rt)
        died = rt
      end,
    })
    assert.is_true(o.set:start({ "short" }))
    local short = o.set:get("short")
    assert.is_true(task.timeout(60000, short.ended.wait, short.ended))
    assert.equal(short, died)
    assert.equal("dead", short.state)
    assert.same({ short }, o.set:dead())
    assert.equal("T603", short.failure.code)
    local message = "service 'short' ended with exit code 4 while it was needed"
    assert.equal(message, short.failure.message)
    local ok, failure = o.set:start({ "short" })
    assert.is_nil(ok)
    assert.equal("T603", failure.code)
    assert.is_false(helper.of(o, "service_end")[1].asked)
  end)

  it("ends a service whose main process exits, with all that it left", function()
    local o <close> = open({
      sh("forks", "sleep 61 & setsid sleep 62 & echo up; sleep 0.5; exit 0", line("up")),
    })
    assert.is_true(o.set:start({ "forks" }))
    local rt = o.set:get("forks")
    assert.is_true(task.timeout(60000, rt.ended.wait, rt.ended))
    assert.equal("dead", rt.state)
    assert.same({ "sleep", "sleep" }, rt.exit.leaked)
    local result = assert(o.room:exec({ shell = "cat /proc/[0-9]*/comm | grep -c sleep" }))
    assert.equal("0\n", result:stdout())
    result:close()
  end)

  it("starts what a service needs before it, and what is independent at once", function()
    --- One that is ready only when the other has begun, too.
    local function beside(name, other)
      return sh(name, ("touch /room/%s; until [ -e /room/%s ]; do sleep 0.02; done; echo up; "
        .. "exec sleep 60"):format(name, other), line("up"))
    end
    local needs = { depends_on = { { name = "b" }, { name = "c" } } }
    local o <close> = open({ sh("a", "exec sleep 60", needs), beside("b", "c"), beside("c", "b") })
    assert.is_true(o.set:start({ "a" }))
    local order = {}
    for _, event in ipairs(o.events) do
      order[#order + 1] = event.event:sub(9) .. " " .. event.service
    end
    local text = table.concat(order, ", ")
    assert.matches("^begin [bc], begin [bc], ready [bc], ready [bc], begin a, ready a$", text)
  end)

  it("does not start what needs a service that failed, and names who needed it", function()
    local o <close> = open({
      sh("web", "exec sleep 60", { depends_on = { { name = "api" } } }),
      sh("api", "exec sleep 60", { depends_on = { { name = "db" } } }),
      sh("db", "exit 1", { wait = port(5432) }),
    })
    local ok, failure = o.set:start({ "web" })
    assert.is_nil(ok)
    assert.equal("db", failure.service)
    assert.equal("T602", failure.code)
    assert.same({ "web", "api", "db" }, failure.chain)
    assert.matches("%(needed: web → api → db%)$", failure.message)
    assert.equal(1, #helper.of(o, "service_begin"))
    assert.equal(1, #helper.of(o, "service_failed"))
    assert.is_nil(o.set:get("web").process)
  end)

  it("joins a start that is under way, and goes on with one asked for in advance", function()
    local o <close> = open({ sh("slow", AT_GO, line("up")) })
    o.set:prefetch({ "slow" })
    local first, _, err = nil, task.timeout(50, o.set.start, o.set, { "slow" })
    assert.equal("ETIMEDOUT", err.code)
    assert.is_nil(first)
    go(o)
    assert.is_true(o.set:start({ "slow" }))
    assert.equal(1, #helper.of(o, "service_begin"))
  end)

  it("gives a start up that nobody waits for any more, and can begin it again", function()
    local o <close> = open({ sh("slow", AT_GO, line("up")) })
    local failure
    local starting = core.spawn(function()
      failure = select(2, o.set:start({ "slow" }))
    end)
    helper.await("its process", function()
      return o.set:get("slow").process
    end)
    starting:cancel()
    starting:join()
    assert.equal("V003", failure.code)
    go(o)
    assert.is_true(o.set:start({ "slow" }))
    assert.equal(2, #helper.of(o, "service_begin"))
    assert.is_true(helper.of(o, "service_end")[1].asked)
  end)

  it("says that the room was lost, of a start and of what was ready", function()
    local proc = require("core.proc")
    local died
    local specs = { sh("up", "echo up; exec sleep 60", line("up")), sh("on", "", line("never")) }
    specs[2].shell = "exec sleep 60"
    local furniture = service.furniture(specs)
    local room = assert(require("engine.backend.sandbox").open({
      room = { project = "none" }, hosts = furniture.hosts, dirs = furniture.dirs,
    }))
    local set = service.new(room, specs, {
      on_death = function(rt)
        died = rt
      end,
    })
    assert.is_true(set:start({ "up" }))
    local failure
    do
      local group <close> = task.group()
      group:spawn(function()
        failure = select(2, set:start({ "on" }))
      end)
      helper.await("its process", function()
        return set:get("on").process
      end)
      local pid = room:pid()
      assert(proc.signal_pid(pid, assert(proc.start_time(pid)), 9))
    end
    assert.equal("V002", failure.code)
    assert.equal("infra", failure.verdict)
    assert.equal("up", died.name)
    assert.equal("V002", died.failure.code)
    assert.matches("^the room was lost while service 'up' was needed: ", died.failure.message)
    local ms = helper.timed(set.close, set)
    assert.is_true(ms < 10000, ms) -- the grace of a service that is asked to end
    room:close()
  end)

  it("can be many", function()
    local specs, names = {}, {}
    for i = 1, 40 do
      local depends_on = i > 8 and { { name = "s" .. i - 8 } } or nil
      specs[i] = sh("s" .. i, "echo up; exec sleep 60", line("up"))
      specs[i].depends_on = depends_on
      names[i] = specs[i].name
    end
    local o <close> = open(specs)
    assert.is_true(o.set:start(names))
    assert.equal(40, #helper.of(o, "service_ready"))
    o.set:close()
    assert.equal(40, #helper.of(o, "service_end"))
    local result = assert(o.room:exec({ shell = "cat /proc/[0-9]*/comm | grep -c sleep" }))
    assert.equal("0\n", result:stdout())
    result:close()
  end)

  it("raises for services that need each other, or that are not there", function()
    assert.has_error(function()
      service.new({}, { sh("a", "", { depends_on = { { name = "a" } } }) })
    end, "the services a need each other")
    assert.has_error(function()
      service.new({}, { sh("a", "", { depends_on = { { name = "b" } } }) })
    end, "there is no service 'b', which a needs")
  end)
end)
