--- What the loop says between the reports of its runs, without a screen of its own.
local inlines = require("engine.dev.inline")
local states = require("engine.dev.state")

describe("engine.dev.inline", function()
  local state, shown

  before_each(function()
    shown, state = {}, states.new()
    local view = inlines.new({
      look = { utf8 = true }, verbose = 0, cwd = "/p",
      write = function(text)
        shown[#shown + 1] = text
      end,
    })
    state:follow(function(...)
      view:on_event(...)
    end)
  end)

  --- Tells of a run of some files, by the kind and text of the reason of each.
  local function run(begun_by, changed, reasons)
    local affected = {}
    for i, one in ipairs(reasons) do
      affected[i] = { file = "f" .. i, path = "/p/f" .. i, kind = one[1], text = one[2] }
    end
    shown = {}
    state:apply({ event = "reload_begin", cycle = 2, begun_by = begun_by, changed = changed,
      affected = affected, total = 2, began_ms = 0 })
    state:apply({ event = "reload_end", cycle = 2, exit_code = 0,
      stages = { total = 1, own = 1 } })
    return table.concat(shown)
  end

  local CUT, ASKED = { "again", "its run was cut short" }, { "asked", "asked for" }

  it("says what began a run, and of what its time is", function()
    local got = run("save", { "/p/f1" }, { { "itself", "the test file itself" } })
    assert.matches("Saved f1: 1 of 2 files affected (the test file itself)\n", got, 1, true)
    assert.matches("Reload [^\n]*from the save to the verdict", got)
    got = run("order", {}, { ASKED, ASKED })
    assert.matches("Asked 2 of 2 files\n", got, 1, true)
    assert.matches("Reload [^\n]*from the order to the verdict", got)
    got = run("order", {}, { CUT, ASKED })
    assert.matches("Asked 2 of 2 files (1 × its run was cut short; 1 × asked for)\n", got, 1, true)
    got = run("again", {}, { CUT })
    assert.matches("Again 1 of 2 files (its run was cut short)\n", got, 1, true)
  end)

  it("says that events were lost where they were, and nowhere else", function()
    assert.matches("Lost 2 of 2 files (2 × events were lost)\n",
      run("lost", {}, { { "lost", "events were lost" }, { "lost", "events were lost" } }), 1, true)
    for _, begun_by in ipairs({ "order", "again" }) do
      assert.is_nil(run(begun_by, {}, { CUT, ASKED }):lower():find("lost", 1, true))
    end
  end)
end)
