package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"

local helper = require("service.helper")

local open, timed = helper.open, helper.timed

--- A service that runs a shell text and waits for one thing.
local function sh(text, wait, more)
  local spec = { name = "it", shell = text, wait = { wait } }
  for key, value in pairs(more or {}) do
    spec[key] = value
  end
  return spec
end

--- Starts one service; what `start` returned, and how long it took.
local function start(spec)
  local o <close> = open({ spec })
  local ms, ok, failure = timed(o.set.start, o.set, { spec.name })
  return ok, failure, ms
end

local LATER = "sleep 0.05; %s; exec sleep 60"

describe("engine.service.wait", function()
  it("waits for a page with its status and text", function()
    local server = { name = "it", argv = helper.server(8080, { body = "all is well" }) }
    server.wait = { { kind = "http", port = 8080, value = "/health", body = "is well" } }
    assert.is_true(start(server))
    server.wait = { { kind = "http", host = "127.0.0.1", port = 8080, value = "/", status = 200 } }
    assert.is_true(start(server))
  end)

  it("is not content with another page", function()
    local server = { name = "it", argv = helper.server(8080, { body = "wrong", status = 503 }) }
    local wait = { kind = "http", port = 8080, value = "/", timeout_ms = 2000 }
    server.wait = { { kind = "log", value = "listening" }, wait }
    local ok, failure = start(server)
    assert.is_nil(ok)
    assert.equal("T601", failure.code)
    assert.equal("http://it:8080/ answered 503, not 200; the body is 'wrong'", failure.probe)
    wait.status, wait.body = 503, "right"
    ok, failure = start(server)
    assert.is_nil(ok)
    assert.equal("http://it:8080/ answered without 'right'; the body is 'wrong'", failure.probe)
  end)

  it("gives up on a server that takes connections and says nothing", function()
    local text = "import socket,time\ns=socket.create_server(('127.0.0.1',8080))\n"
      .. "print('up',flush=True)\ntime.sleep(60)"
    local ok, failure, ms = start({
      name = "it",
      argv = { "python3", "-S", "-c", text },
      wait = {
        { kind = "log", value = "up" },
        { kind = "http", port = 8080, value = "/", timeout_ms = 400 },
      },
    })
    assert.is_nil(ok)
    assert.equal("T601", failure.code)
    assert.matches("no answer within %d+ ms", failure.probe)
    assert.is_true(ms < 20000)
  end)

  it("waits for a file", function()
    assert.is_true(start(sh(LATER:format("touch done"), { kind = "file", value = "done" })))
    local ok, failure = start(sh("sleep 60", { kind = "file", value = "/tmp/x", timeout_ms = 900 }))
    assert.is_nil(ok)
    assert.equal("/tmp/x is not there", failure.probe)
  end)

  it("waits for a command to succeed, in the service's place", function()
    local text = "test -e $WHAT || { echo not yet; exit 7; }"
    local wait = { kind = "cmd", argv = { "sh", "-c", text } }
    local spec = sh(LATER:format("touch done"), wait, { env = { { "WHAT", "done" } } })
    assert.is_true(start(spec))
    spec.shell, wait.timeout_ms = "sleep 60", 2000
    local ok, failure = start(spec)
    assert.is_nil(ok)
    assert.equal("exit code 7: not yet", failure.probe)
  end)

  it("kills a command that hangs, at the deadline", function()
    local wait = { kind = "cmd", shell = "echo hanging; sleep 60", timeout_ms = 2000 }
    local ok, failure, ms = start(sh("sleep 60", wait))
    assert.is_nil(ok)
    assert.matches("no end within %d+ ms, killed: hanging", failure.probe)
    assert.is_true(ms >= 2000 and ms < 30000, ms)
  end)

  it("waits for a line, over both outputs, split anywhere", function()
    local wait = { kind = "log", value = "^server is ready$" }
    assert.is_true(start(sh("printf 'server is'; sleep 0.1; echo ' ready'; exec sleep 60", wait)))
    assert.is_true(start(sh("echo x; echo 'server is ready' >&2; exec sleep 60", wait)))
    assert.is_true(start(sh("printf 'server is ready\\r\\n'; exec sleep 60", wait)))
  end)

  it("takes a prompt that nothing follows", function()
    local wait = { kind = "log", value = "^login: $" }
    assert.is_true(start(sh("printf 'login: '; exec sleep 60", wait)))
  end)

  it("counts lines", function()
    local text = "echo up; sleep 0.05; echo up; echo no; %s exec sleep 60"
    local wait = { kind = "log", value = "up", times = 3 }
    assert.is_true(start(sh(text:format("echo up;"), wait)))
    wait.timeout_ms = 2000
    local ok, failure = start(sh(text:format(""), wait))
    assert.is_nil(ok)
    assert.equal("2 of 3 lines matched /up/", failure.probe)
  end)

  it("sees a line at once", function()
    local wait = { kind = "log", value = "up" }
    local o <close> = open({ sh("sleep 0.2; echo up; exec sleep 60", wait) })
    assert.is_true(o.set:start({ "it" }))
    local ms = o.set:get("it").ready_ms
    assert.is_true(ms >= 200 and ms < 20000, ms)
  end)

  it("finds a line in a log of any length, in bounded memory", function()
    local wait = { kind = "log", value = "^the end$", timeout_ms = 60000 }
    local text = "yes " .. ("x"):rep(98) .. " | head -c 60000000; echo; echo 'the end'; "
      .. "exec sleep 60"
    collectgarbage()
    local before = collectgarbage("count")
    local o <close> = open({ sh(text, wait) })
    assert.is_true(o.set:start({ "it" }))
    assert.is_true(collectgarbage("count") - before < 64 << 10)
    assert.same({ "the end" }, o.set:logs("it", 1).lines)
  end)

  it("takes all waits of a list, one after the other", function()
    local spec = sh("echo up; sleep 0.1; touch done; exec sleep 60", { kind = "log", value = "up" })
    spec.wait[2] = { kind = "file", value = "done" }
    assert.is_true(start(spec))
    spec.wait[2] = { kind = "file", value = "other", timeout_ms = 150 }
    local ok, failure = start(spec)
    assert.is_nil(ok)
    assert.matches("its file other", failure.message)
  end)

  it("waits for a task to end well", function()
    local o <close> = open({ { name = "it", shell = "sleep 0.05; echo made", kind = "task" } })
    assert.is_true(o.set:start({ "it" }))
    assert.equal("completed", o.set:get("it").state)
    assert.same({}, o.set:dead())
    o.set:close()
    assert.equal("completed", o.set:get("it").state)
  end)

  it("says how a task failed, with its output", function()
    local ok, failure = start({ name = "it", shell = "echo no space >&2; exit 5", kind = "task" })
    assert.is_nil(ok)
    assert.equal("T604", failure.code)
    assert.equal("fail", failure.verdict)
    assert.equal("task 'it' ended with exit code 5, not exit code 0", failure.message)
    assert.same({ "no space" }, failure.log)
    local wait = { kind = "exit", value = 5 }
    assert.is_true(start({ name = "it", shell = "exit 5", kind = "init", wait = { wait } }))
  end)

  it("does not wait for the line of a task that has ended", function()
    local wait = { kind = "log", value = "^made$" }
    local spec = { name = "it", shell = "echo no", kind = "task", wait = { wait } }
    local ok, failure, ms = start(spec)
    assert.is_nil(ok)
    assert.equal("T602", failure.code)
    assert.equal("0 of 1 lines matched /^made$/", failure.probe)
    assert.is_true(ms < 30000, ms) -- the time of the wait
    spec.shell = "echo made"
    assert.is_true(start(spec))
  end)

  it("does not take a service that closed its outputs for one that ended", function()
    local wait = { kind = "log", value = "^up$", timeout_ms = 300 }
    local ok, failure = start(sh("exec >&- 2>&-; sleep 60", wait))
    assert.is_nil(ok)
    assert.equal("T601", failure.code)
  end)

  it("ends a task that takes too long", function()
    local wait = { kind = "exit", value = 0, timeout_ms = 100 }
    local ok, failure = start({ name = "it", shell = "sleep 60", kind = "task", wait = { wait } })
    assert.is_nil(ok)
    assert.equal("T601", failure.code)
    assert.matches("^task 'it' had not ended after [%d.]+ m?s$", failure.message)
  end)

  it("masks secrets in what it tells", function()
    local spec = sh("echo key=hunter2; sleep 60", { kind = "cmd", shell = "echo hunter2; exit 1" })
    spec.wait[1].timeout_ms = 5000 -- a probe must have come to its end by then
    spec.secrets = { "hunter2" }
    local o <close> = open({ spec })
    local ok, failure = o.set:start({ "it" })
    assert.is_nil(ok)
    assert.equal("exit code 1: ***", failure.probe)
    assert.same({ "key=***" }, failure.log)
    o.set:close()
    assert.equal("key=***\n", helper.of(o, "service_end")[1].log.stdout)
    assert.equal("echo key=***; sleep 60", helper.of(o, "service_begin")[1].shell)
    assert.is_nil(failure.message:find("hunter2", 1, true))
  end)
end)

describe("a health check", function()
  local function health(command, more)
    local spec = { shell = command, interval_ms = 50, retries = 3, timeout_ms = 5000 }
    for key, value in pairs(more or {}) do
      spec[key] = value
    end
    return spec
  end

  it("makes a service ready once it says yes", function()
    local spec = { name = "it", shell = LATER:format("touch done") }
    spec.health = health("test -e done", { interval_ms = 5000 })
    local ok, _, ms = start(spec)
    assert.is_true(ok)
    assert.is_true(ms < 5000, ms) -- the first check is not the only one before the interval is over
  end)

  it("fails a service after so many answers of no in a row", function()
    local spec = { name = "it", shell = "sleep 60", health = health("echo sick; exit 1") }
    local ok, failure, ms = start(spec)
    assert.is_nil(ok)
    assert.equal("T607", failure.code)
    assert.equal("exit code 1: sick", failure.probe)
    assert.matches("3 checks in a row failed", failure.message)
    assert.is_true(ms >= 150, ms)
  end)

  it("counts nothing in the start period", function()
    local spec = { name = "it", shell = "exec sleep 60", health = health("test -e done") }
    assert.is_nil((start(spec)))
    spec.shell = "sleep 1; touch done; exec sleep 60" -- many times as long as three intervals
    spec.health.start_period_ms = 60000
    assert.is_true(start(spec))
  end)

  it("kills a check that hangs", function()
    local spec = { name = "it", shell = "sleep 60" }
    spec.health = health("sleep 60", { timeout_ms = 60, retries = 2 })
    local ok, failure = start(spec)
    assert.is_nil(ok)
    assert.equal("T607", failure.code)
    assert.matches("no end within 60 ms, killed", failure.probe)
  end)

  it("is not needed for those who wait for the start alone", function()
    local function needs_b(name, condition)
      local depends_on = { { name = "b", condition = condition } }
      return { name = name, shell = "exec sleep 60", depends_on = depends_on }
    end
    local never = health("false", { start_period_ms = 60000 })
    local o <close> = open({
      needs_b("a", "started"),
      { name = "b", shell = "exec sleep 60", health = never },
      needs_b("c", "healthy"),
    })
    o.set:prefetch({ "a", "c" })
    local a = o.set:get("a")
    helper.await("the start of what needs no health", function()
      return a.state == "ready"
    end)
    assert.equal("starting", o.set:get("b").state)
    assert.equal("new", o.set:get("c").state)
  end)
end)
