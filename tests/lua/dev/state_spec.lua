--- The state that views of the developer loop draw from.
local states = require("engine.dev.state")

local function begin(state, cycle)
  state:apply({ event = "reload_begin", cycle = cycle, changed = { "/p/a" }, affected = {},
    total = 1, began_ms = 0 })
end

local function read(state, ...)
  local tests = {}
  for i, name in ipairs({ ... }) do
    tests[i] = { id = "a › " .. name, name = name, line = i }
  end
  state:apply({ event = "file_read", path = "/p/a", file = "a", tests = tests })
end

local function run(state, name, verdict)
  state:apply({ event = "scenario_begin", id = "a › " .. name })
  state:apply({ event = "scenario_end", id = "a › " .. name, verdict = verdict, duration_ms = 1 })
end

describe("engine.dev.state", function()
  local state

  before_each(function()
    state = states.new()
    begin(state, 1)
    read(state, "x", "y")
  end)

  it("keeps the verdict that stands, and what was before", function()
    run(state, "x", "fail")
    run(state, "x", "pass")
    local test = state.tests["a › x"]
    assert.same({ "pass", "done", { "fail", "pass" } },
      { test.verdict, test.phase, test.history })
    local counts, unknown = state:counts()
    assert.same({ 1, 0, 1 }, { counts.pass, counts.fail, unknown })
  end)

  it("shows what runs, and what it was before when it is cut short", function()
    run(state, "x", "pass")
    state:apply({ event = "scenario_begin", id = "a › x" })
    state:apply({ event = "step_begin", id = "a › x", name = "s" })
    assert.same({ "running", "s", "pass" }, { state.tests["a › x"].phase,
      state.tests["a › x"].step, state.tests["a › x"].verdict })
    state:apply({ event = "scenario_begin", id = "a › y" })
    state:apply({ event = "run_end", interrupted = "save" })
    assert.same({ "done", "waiting" }, { state.tests["a › x"].phase, state.tests["a › y"].phase })
  end)

  it("lets tests stand that a broken file had", function()
    run(state, "x", "pass")
    state:apply({ event = "file_read", path = "/p/a", file = "a", diagnostics = { {} } })
    assert.equal("pass", state.tests["a › x"].verdict)
    local counts = state:counts()
    assert.same({ 1, 1 }, { counts.pass, counts.error })
    read(state, "x", "z")
    assert.is_nil(state.tests["a › y"])
    assert.equal("pass", state.tests["a › x"].verdict)
    assert.equal(0, state:counts().error)
  end)

  it("forgets a file that is gone", function()
    state:apply({ event = "file_gone", path = "/p/a" })
    assert.same({ {}, {}, {} }, { state.tests, state.files, state.order })
  end)

  it("names what is not good", function()
    run(state, "x", "timeout")
    run(state, "y", "skip")
    assert.same({ ["a › x"] = true }, state:bad())
  end)

  it("tells views after each event, until they leave", function()
    local seen = {}
    local leave = state:follow(function(of, event)
      seen[#seen + 1] = { of.phase, event.event }
    end)
    begin(state, 2)
    state:apply({ event = "reload_end", stages = {}, metrics = {} })
    leave()
    state:apply({ event = "over" })
    assert.same({ { "running", "reload_begin" }, { "waiting", "reload_end" } }, seen)
    assert.equal(2, #state.cycles)
  end)

  it("remembers no more than the last cycles", function()
    for n = 2, 150 do
      begin(state, n)
    end
    assert.same({ 100, 51, 150 },
      { #state.cycles, state.cycles[1].number, state.cycles[100].number })
  end)
end)
