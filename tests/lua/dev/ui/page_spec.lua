--- What the page says of runs: their reasons, and how they ended.
local html = require("engine.dev.ui.html")
local pages = require("engine.dev.ui.page")
local states = require("engine.dev.state")
local timings = require("engine.dev.ui.timings")

describe("engine.dev.ui.page", function()
  local state

  before_each(function()
    state = states.new()
    state:apply({ event = "reload_begin", cycle = 1, begun_by = "begin", changed = {},
      affected = {}, total = 3, began_ms = 0 })
  end)

  --- Tells of a run of some files, by the kind and text of the reason of each.
  local function run(changed, reasons, interrupted, begun_by)
    local affected = {}
    for i, one in ipairs(reasons) do
      affected[i] = { file = "f" .. i, path = "/p/f" .. i, kind = one[1], text = one[2] }
    end
    state:apply({ event = "reload_begin", cycle = 2, begun_by = begun_by or "save",
      changed = changed, affected = affected, total = 3, began_ms = 0 })
    state:apply({ event = "run_end", interrupted = interrupted })
    state:apply({ event = "reload_end", cycle = 2, exit_code = 0, interrupted = interrupted,
      stages = { total = 1, own = 1 } })
  end

  local function header()
    return html.join({ pages.header({ state = state, project = "p" }) })
  end

  local function view()
    return html.join({ timings.view(state) })
  end

  it("names each reason of what was saved, with its count", function()
    run({ "/p/f1" }, { { "itself", "the test file itself" }, { "seen", "its room sees it" },
      { "seen", "its room sees it" } })
    assert.matches("3 of 3 files affected (1 × the test file itself; 2 × its room sees it)",
      header(), 1, true)
  end)

  it("counts no reason of one file", function()
    run({ "/p/f1" }, { { "itself", "the test file itself" } })
    assert.matches("1 of 3 files affected (the test file itself)", header(), 1, true)
  end)

  it("says of runs without a save what they were for", function()
    assert.matches("<td>begin</td>", view(), 1, true)
    run({}, { { "asked", "asked for" } }, nil, "order")
    assert.matches("<td>asked for</td>", view(), 1, true)
    assert.matches(" · from the order to the verdict ", header(), 1, true)
    assert.not_matches("events were lost", view(), 1, true)
    run({}, { { "again", "its run was cut short" } }, "order", "order")
    assert.matches("<td>cut short: order</td>", view(), 1, true)
    run({}, { { "again", "its run was cut short" } }, nil, "again")
    assert.matches("<td>what was cut short</td>", view(), 1, true)
    run({}, { { "refused", "its run was refused" } }, nil, "again")
    assert.matches("<td>what was refused</td>", view(), 1, true)
    assert.not_matches("events were lost", view(), 1, true)
    run({}, { { "lost", "events were lost" } }, nil, "lost")
    assert.matches("<td>events were lost</td>", view(), 1, true)
  end)

  it("says that a run was stopped by hand, or cut short by what", function()
    run({ "/p/f1" }, { { "itself", "the test file itself" } }, "stop")
    assert.matches("<td>stopped</td>", view(), 1, true)
    run({ "/p/f1" }, { { "itself", "the test file itself" } }, "save")
    assert.matches("<td>cut short: save</td>", view(), 1, true)
  end)

  it("has what is wrong with the settings until they are right", function()
    state:apply({ event = "reload_failed", message = "the settings are wrong", diagnostics = {
      { severity = "error", code = "E201", message = "unknown <key>", file = "clnrm.toml",
        line = 1, column = 2 } } })
    run({ "/p/f1" }, { { "itself", "the test file itself" } })
    assert.matches('<div class="problem" role="alert"><p>the settings are wrong</p><ul><li>'
      .. "error[E201]: unknown &lt;key&gt; (clnrm.toml:1:2)</li></ul></div>", header(), 1, true)
    state:apply({ event = "reload_failed", message = "wrong", help = "it cannot be read" })
    assert.matches("<p>wrong</p><p>it cannot be read</p>", header(), 1, true)
    state:apply({ event = "settings_read" })
    assert.not_matches('class="problem"', header(), 1, true)
  end)

  it("says of rooms which ones it counts", function()
    assert.matches("Rooms of the pool: those that show the project are made for each test",
      view(), 1, true)
  end)
end)
