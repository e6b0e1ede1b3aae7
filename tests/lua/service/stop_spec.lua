package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"

local core = require("core.task")
local helper = require("service.helper")
local task = require("clnrm.task")

local open, timed = helper.open, helper.timed

local GRACE_MS = 10000 -- of a service that is asked to end: what took less did not wait for it

--- A service that is ready when it has printed "up".
local function sh(name, text, more)
  local spec = { name = name, shell = text, wait = { { kind = "log", value = "^up$" } } }
  for key, value in pairs(more or {}) do
    spec[key] = value
  end
  return spec
end

local function output(o, text)
  local result <close> = helper.result(o.room:exec({ shell = text }))
  return (result:stdout():gsub("\n$", ""))
end

--- A shell text that stays until a signal, and then does something; "up" says that its trap is set.
--- The signal ends its `sleep` too, which the shell may tell on stderr before or after what action
--- prints: which line of both is the last says nothing.
local function on_signal(name, action)
  return ("trap '%s' %s; echo up; while :; do sleep 0.02; done"):format(action, name)
end

describe("the end of services", function()
  it("is asked for by the service's own signal, and waited for", function()
    local text = on_signal("USR1", "echo bye; exit 0")
    local o <close> = open({ sh("it", text, { stop_signal = "SIGUSR1" }) })
    assert.is_true(o.set:start({ "it" }))
    assert.is_true(o.set:stop("it"))
    local rt = o.set:get("it")
    assert.equal("stopped", rt.state)
    assert.equal(0, rt.exit.code)
    assert.equal("up\nbye\n", o.set:logs("it").stdout)
    assert.same({}, o.set:dead())
  end)

  it("is not what was asked for when a command has killed it just before", function()
    for _, signal in ipairs({ "KILL", "TERM" }) do
      local o <close> = open({ sh("it", "echo $$ > /room/pid; echo up; exec sleep 60") })
      assert.is_true(o.set:start({ "it" }))
      output(o, "kill -" .. signal .. " $(cat /room/pid)")
      o.set:close()
      local rt = o.set:get("it")
      assert.equal("dead", rt.state)
      assert.equal(signal == "KILL" and "V004" or "T603", rt.failure.code)
      assert.is_false(helper.of(o, "service_end")[1].asked)
    end
  end)

  it("is waited for, not asked for, where the service is dying already", function()
    local o <close> = open({ sh("it", "echo $$ > /room/pid; "
      .. on_signal("USR1", "sleep 0.3; exit 7")) })
    assert.is_true(o.set:start({ "it" }))
    output(o, "kill -USR1 $(cat /room/pid)")
    local rt = o.set:get("it")
    rt.room.is_dying = function(_, process)
      return process == rt.process
    end
    o.set:close()
    assert.equal("dead", rt.state)
    assert.equal(7, rt.exit.code)
    assert.equal("T603", rt.failure.code)
  end)

  it("is not what was asked for when it crashes on the way", function()
    local o <close> = open({ sh("it", on_signal("TERM", "kill -ABRT $$")) })
    assert.is_true(o.set:start({ "it" }))
    o.set:close()
    local rt = o.set:get("it")
    assert.equal("T603", rt.failure.code)
    assert.matches("killed by SIGABRT while it was stopped: clnrm did not send that",
      rt.failure.message, 1, true)
  end)

  it("is what was asked for when it is idle, as often as that is tried", function()
    for _ = 1, 20 do
      local o <close> = open({ sh("it", "echo up; exec sleep 60") })
      assert.is_true(o.set:start({ "it" }))
      o.set:close()
      assert.equal("stopped", o.set:get("it").state)
      assert.equal(15, o.set:get("it").exit.signal)
    end
  end)

  it("comes by SIGKILL when the grace is over", function()
    local o <close> = open({ sh("it", on_signal("TERM", "echo no"), { stop_timeout_ms = 1000 }) })
    assert.is_true(o.set:start({ "it" }))
    local ms = timed(o.set.stop, o.set, "it")
    assert.is_true(ms >= 1000 and ms < GRACE_MS, ms)
    assert.equal(9, o.set:get("it").exit.signal)
    assert.equal("stopped", o.set:get("it").state)
    -- the shell may say on stderr that its sleep was ended too: which is last is no matter
    local lines = table.concat(o.set:logs("it", 10).lines, "\n")
    assert.matches("\nno", "\n" .. lines)
  end)

  it("goes from those that need others to those needed, the independent at once", function()
    --- One that ends only when the other is asked to, too.
    local function beside(name, other)
      local text = on_signal("TERM", ("touch /room/%s.asked; until [ -e /room/%s.asked ]; "
        .. "do sleep 0.02; done; touch /room/%s.over; exit 0"):format(name, other, name))
      return sh(name, text, { depends_on = { { name = "db" } } })
    end
    local both_over = "[ -e /room/left.over ] && [ -e /room/right.over ] && exit 0; exit 9"
    local o <close> = open({
      sh("db", on_signal("TERM", both_over)), beside("left", "right"), beside("right", "left"),
    })
    assert.is_true(o.set:start({ "left", "right" }))
    o.set:close()
    local ended = helper.of(o, "service_end")
    assert.equal("db", ended[3].service)
    for _, event in ipairs(ended) do
      assert.is_true(event.asked)
      assert.equal(0, event.exit_code)
    end
  end)

  it("comes for a start that is under way, too, and for what was only prefetched", function()
    local o <close> = open({ sh("it", "sleep 60"), sh("other", "sleep 60") })
    o.set:prefetch({ "other" })
    local failure
    local group <close> = task.group()
    group:spawn(function()
      failure = select(2, o.set:start({ "it" }))
    end)
    task.sleep(100)
    local ms = timed(o.set.close, o.set)
    assert.is_true(ms < GRACE_MS, ms)
    group:wait()
    assert.equal("V003", failure.code)
    assert.equal("0", output(o, "cat /proc/[0-9]*/comm | grep -c sleep"))
    assert.has_error(function()
      o.set:start({ "it" })
    end, "the services are closed")
  end)

  it("comes in a task that is cancelled, too", function()
    local o <close> = open({ sh("it", on_signal("TERM", "sleep 0.1; echo bye; exit 0")) })
    assert.is_true(o.set:start({ "it" }))
    task.timeout(20, function()
      task.sleep(1000)
      o.set:close()
    end)
    assert.matches("\nbye\n", ("\n%s\n"):format(table.concat(o.set:logs("it").lines, "\n")))
  end)

  it("is waited for by everybody who asks for it", function()
    local o <close> = open({ sh("it", on_signal("TERM", "sleep 0.2; exit 0")) })
    assert.is_true(o.set:start({ "it" }))
    local group <close> = task.group()
    for _ = 1, 3 do
      group:spawn(function()
        o.set:close()
        assert.equal("stopped", o.set:get("it").state)
      end)
    end
    group:wait()
    assert.equal(1, #helper.of(o, "service_end"))
  end)

  it("can be without any grace", function()
    local o <close> = open({ sh("it", on_signal("TERM", "echo no")) })
    assert.is_true(o.set:start({ "it" }))
    local ms = timed(o.set.close, o.set, { now = true })
    assert.is_true(ms < GRACE_MS, ms)
    assert.equal(9, helper.of(o, "service_end")[1].signal)
  end)

  it("is not waited for beyond a bound, when a process cannot be killed", function()
    local stop = require("engine.service.stop")
    local before = stop.KILL_MS
    stop.KILL_MS = 100
    finally(function()
      stop.KILL_MS = before
    end)
    local o <close> = open({ sh("it", on_signal("TERM", "")) })
    local real = o.room.start
    o.room.start = function(...) -- as of a process that sleeps in the kernel
      local process = assert(real(...))
      return setmetatable({}, {
        __index = function(_, name)
          return function(_, ...)
            if name ~= "kill" and name ~= "signal" then
              return process[name](process, ...)
            end
          end
        end,
      })
    end
    assert.is_true(o.set:start({ "it" }))
    local ms = timed(o.set.close, o.set, { grace_ms = 50 })
    assert.is_true(ms >= 150 and ms < before, ms)
  end)

  it("may be followed by another start", function()
    local o <close> = open({ sh("it", on_signal("TERM", "exit 0")) })
    assert.is_true(o.set:start({ "it" }))
    local first = o.set:get("it").process:pid()
    assert.is_true(o.set:restart("it"))
    assert.equal("ready", o.set:get("it").state)
    assert.not_equal(first, o.set:get("it").process:pid())
    assert.is_true(o.set:kill("it"))
    assert.equal("stopped", o.set:get("it").state)
    assert.is_true(o.set:start({ "it" }))
    assert.same({}, o.set:dead())
    local ups = table.concat(o.set:logs("it").lines, " ")
    assert.equal(3, select(2, ups:gsub("up", "")))
  end)

  it("is awaited by a start that comes meanwhile, of it or of what needs it", function()
    local o <close> = open({ sh("it", on_signal("TERM", "echo ending; sleep 0.3; exit 0")),
      sh("user", "echo up; exec sleep 60", { depends_on = { { name = "it" } } }) })
    for _, name in ipairs({ "it", "user" }) do
      assert.is_true(o.set:start({ "it" }))
      local first = o.set:get("it").process:pid()
      local stop = core.spawn(o.set.stop, o.set, "it")
      assert.is_true(o.set:wait_for("it", { kind = "log", value = "ending" }))
      assert.equal("stopping", o.set:get("it").state)
      assert.is_true(o.set:start({ name }))
      assert.equal("ready", o.set:get("it").state)
      assert.not_equal(first, o.set:get("it").process:pid())
      assert.is_true(stop:join())
      assert.equal("ready", o.set:get("it").state) -- the stop was of the one before
    end
  end)

  it("is one for all who stop it, and a start that waits for it comes after them", function()
    local o <close> = open({ sh("it", on_signal("TERM", "echo ending; sleep 0.3; exit 0")) })
    assert.is_true(o.set:start({ "it" }))
    local stops, starts = { core.spawn(o.set.stop, o.set, "it") }, {}
    assert.is_true(o.set:wait_for("it", { kind = "log", value = "ending" }))
    for i = 1, 2 do
      starts[i] = core.spawn(o.set.start, o.set, { "it" })
      core.yield()
      stops[#stops + 1] = core.spawn(o.set.stop, o.set, "it")
    end
    for i = 1, 3 do
      assert.is_true(stops[i]:join())
      assert.is_true(i > 2 or starts[i]:join())
    end
    assert.equal("ready", o.set:get("it").state)
    assert.equal(1, #helper.of(o, "service_end"))
    assert.equal(2, #helper.of(o, "service_begin"))
  end)

  it("is one for those who stop it still, when another one of them is cancelled", function()
    local o <close> = open({ sh("it", on_signal("TERM", "echo ending; sleep 0.3; exit 7")) })
    assert.is_true(o.set:start({ "it" }))
    local first = core.spawn(o.set.stop, o.set, "it")
    assert.is_true(o.set:wait_for("it", { kind = "log", value = "ending" }))
    local second = core.spawn(o.set.stop, o.set, "it")
    core.yield()
    first:cancel()
    assert.is_true(second:join())
    local rt = o.set:get("it")
    assert.is_true(rt.ended:is_set())
    assert.same({ "stopped", 7 }, { rt.state, rt.exit.code }) -- it had its time to end
  end)

  it("is not told while it runs, after a stop that was given up or did not help", function()
    local stop = require("engine.service.stop")
    local before = stop.KILL_MS
    stop.KILL_MS = 100
    finally(function()
      stop.KILL_MS = before
    end)
    local o <close> = open({ sh("it", on_signal("TERM", ""), { stop_timeout_ms = 10 }) })
    assert.is_true(o.set:start({ "it" }))
    local rt = o.set:get("it")
    local process = rt.process
    rt.process = setmetatable({}, { __index = function(_, name) -- as of one in the kernel
      return function(_, ...)
        if name ~= "kill" and name ~= "signal" then
          return process[name](process, ...)
        end
      end
    end })
    local given_up = core.spawn(o.set.stop, o.set, "it")
    core.yield()
    given_up:cancel()
    local ok, err = o.set:stop("it")
    assert.is_nil(ok)
    assert.same({ "ETIMEDOUT", "stopping" }, { err.code, rt.state })
    assert.matches("^service 'it' does not end: it was killed ", err.message)
    rt.process = process
    assert.is_true(o.set:stop("it"))
    assert.same({ "stopped", true }, { rt.state, rt.ended:is_set() })
  end)

  it("whose stop is given up is awaited by the next start", function()
    local o <close> = open({ sh("it", on_signal("TERM", "echo ending; sleep 60")) })
    assert.is_true(o.set:start({ "it" }))
    local stop = core.spawn(o.set.stop, o.set, "it")
    assert.is_true(o.set:wait_for("it", { kind = "log", value = "ending" }))
    stop:cancel()
    assert.is_true(o.set:start({ "it" }))
    assert.equal("ready", o.set:get("it").state)
    assert.equal(2, #helper.of(o, "service_begin"))
    assert.equal(9, helper.of(o, "service_end")[1].signal)
  end)

  it("that comes while it is being started is told as that, of what needs it too", function()
    local o <close> = open({ sh("it", "sleep 60", { wait = { { kind = "log", value = "never" } } }),
      sh("user", "echo up; exec sleep 60", { depends_on = { { name = "it" } } }) })
    for _, name in ipairs({ "it", "user" }) do
      local start = core.spawn(o.set.start, o.set, { name })
      core.sleep(50)
      assert.equal("starting", o.set:get("it").state)
      assert.is_true(o.set:stop("it"))
      local ok, failure = start:join()
      assert.is_nil(ok)
      assert.same({ "T602", "fail", "it" }, { failure.code, failure.verdict, failure.service })
      assert.matches("^service 'it' was stopped while it was being started", failure.message)
      assert.equal("stopped", o.set:get("it").state)
      assert.equal("new", o.set:get("user").state) -- it may be started again
    end
  end)

  it("that comes by itself as it is asked for is no start of another one", function()
    local o <close> = open({ sh("it", on_signal("TERM", "echo ending; sleep 0.1; kill -USR2 $$")) })
    assert.is_true(o.set:start({ "it" }))
    local stop = core.spawn(o.set.stop, o.set, "it")
    assert.is_true(o.set:wait_for("it", { kind = "log", value = "ending" }))
    local ok, failure = o.set:start({ "it" })
    assert.is_nil(ok)
    assert.equal("T603", failure.code)
    assert.equal("dead", o.set:get("it").state)
    assert.is_true(stop:join())
  end)

  it("may be awaited by a start that is given up", function()
    local o <close> = open({ sh("it", on_signal("TERM", "echo ending; sleep 0.3; exit 7")) })
    assert.is_true(o.set:start({ "it" }))
    local stop = core.spawn(o.set.stop, o.set, "it")
    assert.is_true(o.set:wait_for("it", { kind = "log", value = "ending" }))
    local ok, failure = task.timeout(20, o.set.start, o.set, { "it" })
    assert.is_nil(ok)
    assert.equal("ETIMEDOUT", failure.code)
    assert.is_true(stop:join())
    assert.same({ code = 7, timed_out = false }, o.set:get("it").exit) -- it had its time to end
    assert.equal("stopped", o.set:get("it").state)
    assert.is_true(o.set:start({ "it" }))
  end)

  it("of one by a signal that was sent is no death, and any other signal is only sent", function()
    local o <close> = open({ sh("it", on_signal("HUP", "echo again")) })
    assert.is_true(o.set:start({ "it" }))
    assert.is_true(o.set:kill("it", "SIGHUP"))
    assert.is_true(o.set:wait_for("it", { kind = "log", value = "again" }))
    assert.equal("ready", o.set:get("it").state)
    assert.is_true(o.set:kill("it", "SIGTERM"))
    local rt = o.set:get("it")
    assert.is_true(task.timeout(60000, rt.ended.wait, rt.ended))
    assert.equal("stopped", rt.state)
    local ok, err = o.set:kill("it", "SIGTERM")
    assert.is_nil(ok)
    assert.equal("ESRCH", err.code)
    assert.equal("service 'it' does not run", err.message)
    assert.is_true(o.set:start({ "it" }))
    assert.equal("ready", rt.state)
  end)
end)

describe("a wait on a running service", function()
  it("comes true, or is answered as one of the file is", function()
    local o <close> = open({ sh("it", "echo up; sleep 0.05; touch later; exec sleep 60") })
    assert.is_true(o.set:start({ "it" }))
    assert.is_true(o.set:wait_for("it", { kind = "file", value = "later" }))
    assert.is_true(o.set:wait_for("it", { kind = "log", value = "up" }))
    local ok, failure =
      o.set:wait_for("it", { kind = "port", value = 8080, timeout_ms = 1000 })
    assert.is_nil(ok)
    assert.equal("T601", failure.code)
    assert.equal("nobody listens on port 8080", failure.probe)
  end)

  it("ends with the service", function()
    for _, text in ipairs({ "echo up; sleep 0.2; exit 3", "echo up; exec sleep 60" }) do
      local o <close> = open({ sh("it", text) })
      assert.is_true(o.set:start({ "it" }))
      local group <close> = task.group()
      group:spawn(function()
        task.sleep(100)
        if text:find("exec", 1, true) then
          o.set:kill("it")
        end
      end)
      local ms, ok, failure = timed(o.set.wait_for, o.set, "it", { kind = "port", value = 8080 })
      assert.is_nil(ok)
      assert.is_true(ms < 30000, ms) -- the time of the wait
      local died = text:find("exit 3", 1, true)
      assert.equal(died and "T603" or "T602", failure.code, failure.message)
      ok, failure = o.set:wait_for("it", { kind = "port", value = 8080 })
      assert.is_nil(ok)
      assert.equal(died and "T603" or "T602", failure.code)
    end
  end)
end)

describe("a paused service", function()
  local TICKS = "setsid sh -c 'while :; do echo x >>/var/lib/it/n; sleep 0.01; done' & "
    .. "echo up; wait"

  local function count(o)
    return tonumber(output(o, "wc -l </var/lib/it/n"))
  end

  it("does nothing, none of its processes, until it is resumed", function()
    local o <close> = open({ sh("it", TICKS) })
    assert.is_true(o.set:start({ "it" }))
    assert.is_true(o.set:wait_for("it", { kind = "file", value = "n" }))
    assert.is_true(o.set:pause("it"))
    local before = count(o)
    task.sleep(100)
    assert.equal(before, count(o))
    assert.is_true(o.set:resume("it"))
    local wait = { kind = "cmd", shell = ("test $(wc -l <n) -gt %d"):format(before + 3) }
    assert.is_true(o.set:wait_for("it", wait))
  end)

  it("can be stopped", function()
    local o <close> = open({ sh("it", on_signal("TERM", "echo bye; exit 0")) })
    assert.is_true(o.set:start({ "it" }))
    assert.is_true(o.set:pause("it"))
    assert.is_true(o.set:stop("it"))
    assert.equal(0, o.set:get("it").exit.code) -- not killed when its grace was over
  end)
end)
