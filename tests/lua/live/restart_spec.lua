local restart = require("engine.live.restart")

--- Services of a scenario that runs, of which `web` is in a state.
local function services_in(state, more)
  local rt = { name = "web", state = state }
  local cx = { scenario = { id = "a" }, course = {} }
  local services = { cx = cx, restarted = 0, set = {
    get = function()
      return rt
    end,
  } }
  function services.set.restart()
    assert.same({ "web" }, cx.course.by_hand) -- noted before anything happens
    assert.is_true(rt.by_hand)
    services.restarted = services.restarted + 1
    return not rt.breaks or nil, rt.breaks and { message = "it said hush" } or nil
  end
  for name, value in pairs(more or {}) do
    (name == "closed" and services.set or name == "is_closing" and services or rt)[name] = value
  end
  return services, { active = { [cx] = true }, secrets = {
    mask = function()
      return { text = function(_, s)
        return (s:gsub("hush", "***"))
      end }
    end,
  } }
end

describe("engine.live.restart", function()
  it("restarts what is ready, and notes it for the test and for those behind it", function()
    local services, run = services_in("ready")
    assert.is_true(restart.run(run, services, "web"))
    assert.is_true(restart.run(run, services, "web"))
    assert.equal(2, services.restarted)
    assert.same({ "web" }, services.cx.course.by_hand)
    assert.same({ "web" }, services.by_hand)
    assert.is_nil(services.set.get().by_hand)
  end)

  it("leaves alone what is not to be restarted, says why, and nothing is noted", function()
    for state, why in pairs({ new = "not started", starting = "being started", dead = "by itself",
      stopping = "being stopped", stopped = "test has stopped it", completed = "is a task",
      failed = "did not get ready" }) do
      local services, run = services_in(state)
      local ok, err = restart.run(run, services, "web")
      assert.is_nil(ok)
      assert.equal("EINVAL", err.code)
      assert.matches(why, err.message, 1, true)
      assert.is_nil(services.cx.course.by_hand)
    end
    for name, why in pairs({ held = "a fault", closed = "about to end",
      is_closing = "about to end" }) do
      local services, run = services_in("ready", { [name] = true })
      assert.matches(why, select(2, restart.run(run, services, "web")).message, 1, true)
      assert.equal(0, services.restarted)
    end
    local services, run = services_in("ready")
    services.cx.ended = { verdict = "pass" } -- and its room is there for hooks of the file
    assert.matches("no test runs", select(2, restart.run(run, services, "web")).message, 1, true)
    services.cx.ended, run.active = nil, {}
    assert.matches("no test runs", select(2, restart.run(run, services, "web")).message, 1, true)
    assert.equal(0, services.restarted)
  end)

  it("says that the room has begun to end in the meantime", function()
    local services, run = services_in("ready", { breaks = true })
    local restarted = services.set.restart
    function services.set.restart()
      services.is_closing = true
      return restarted()
    end
    local ok, err = restart.run(run, services, "web")
    assert.is_nil(ok)
    assert.equal("ECLOSED", err.code)
    assert.matches("service 'web' is not started again: its room ends", err.message, 1, true)
    assert.same({ "web" }, services.cx.course.by_hand)
  end)

  it("says without secrets why it does not come up", function()
    local services, run = services_in("ready", { breaks = true })
    local ok, err = restart.run(run, services, "web")
    assert.is_nil(ok)
    assert.equal("EFAILED", err.code)
    assert.matches("did not come up again: it said ***", err.message, 1, true)
    assert.same({ "web" }, services.cx.course.by_hand)
  end)
end)
