--- What keys and buttons ask of the developer loop.
local loops = dofile("tests/tools/loop.lua")
local ordered = dofile("tests/tools/ordered.lua")

local named, TWO, WAITS = loops.named, loops.two("Good", "bad"), loops.SLEEPS

describe("orders of the developer loop", function()
  local dir, loop

  before_each(function()
    dir = loops.project({
      ["a.clnrm.toml"] = named("a", "true"), ["two.clnrm.toml"] = TWO:format("false"),
    })
  end)

  after_each(function()
    loop = loops.remove(dir, loop)
  end)

  local function start(...)
    loop = ordered.start(dir, ...)
    loop:cycle()
  end

  --- Gives an order, and returns the verdicts of the cycle that it begins.
  local function ordering(chunk)
    loop:order(chunk)
    local begin, ended = loop:cycle()
    return loop:verdicts(begin), begin, ended
  end

  it("run all, what failed, the same again, one file, one test", function()
    start()
    local verdicts, begin = ordering('loop:rerun("all")')
    assert.same({ a = "pass", Good = "pass", bad = "fail" }, verdicts)
    assert.same({ "asked", "asked" }, { begin.affected[1].kind, begin.affected[2].kind })
    assert.same({}, begin.changed)
    assert.matches('"changed":[]', loop.process:stdout(), 1, true) -- a list, also when it is empty
    assert.not_matches('"affected":{}', loop.process:stdout(), 1, true)
    assert.same({ bad = "fail" }, (ordering('loop:rerun("failed")')))
    assert.same({ bad = "fail" }, (ordering('loop:rerun("again")')))
    assert.same({ a = "pass" },
      (ordering(('loop:rerun("files", { %q })'):format(dir .. "/a.clnrm.toml"))))
    assert.same({ Good = "pass" },
      (ordering('loop:rerun("tests", { "two.clnrm.toml › Good" })')))
  end)

  it("tell at the end what a pause has held back", function()
    start()
    loop:order("loop:pause(true)")
    loop:await("paused")
    loop:save("a.clnrm.toml", named("a", "false"))
    loop:order([[
      local task = require("core.task")
      while not loop.pending do
        task.sleep(5)
      end
      loop:quit()
    ]])
    local code = loop:wait()
    assert.equal(1, code, tostring(loop.process:stderr()))
    assert.matches("saves of a.clnrm.toml were held back, and nothing was run of them",
      loop.process:stderr(), 1, true)
  end)

  it("count no time from a save, which there was not", function()
    start()
    local _, _, ended = ordering('loop:rerun("all")')
    assert.equal(0, ended.metrics.reloads)
  end)

  it("say when there is nothing to run", function()
    start()
    loop:save("two.clnrm.toml", TWO:format("true"))
    loop:cycle()
    loop:order('assert(loop:rerun("failed") == 0); assert(loop:rerun("all") == 2)')
    assert.same({ a = "pass", Good = "pass", bad = "pass" }, loop:verdicts((loop:cycle())))
  end)

  it("end what runs, and keep waiting", function()
    start()
    loop:save("a.clnrm.toml", WAITS)
    loop:await("step_begin", { name = "s" })
    loop:order("assert(loop:stop())")
    assert.equal("stop", loop:await("reload_end").interrupted)
    loop:order("assert(not loop:stop())")
    loop:save("a.clnrm.toml", named("a", "true"))
    assert.same({ a = "pass" }, loop:verdicts((loop:cycle())))
    assert.equal(1, loop:stop())
  end)

  it("end what runs when something else is asked for", function()
    start()
    loop:save("a.clnrm.toml", WAITS)
    loop:await("step_begin", { name = "s" })
    loop:order('loop:rerun("tests", { "two.clnrm.toml › Good" })')
    assert.equal("order", loop:await("reload_end").interrupted)
    local begin = loop:await("reload_begin")
    assert.same({ "order", "again", "asked" },
      { begin.begun_by, begin.affected[1].kind, begin.affected[2].kind })
    local verdicts = loop:await("scenario_end")
    assert.same({ "Good", "pass" }, { verdicts.name, verdicts.verdict })
  end)

  it("are no save and no lost event, also where they end what runs", function()
    start()
    loop:save("a.clnrm.toml", WAITS)
    loop:await("step_begin", { name = "s" })
    loop:order('loop:rerun("all")')
    assert.equal("order", loop:await("reload_end").interrupted)
    local begin = loop:await("reload_begin")
    assert.same({ "order", "asked", "asked" },
      { begin.begun_by, begin.affected[1].kind, begin.affected[2].kind })
    loop:await("step_begin", { name = "s" })
    loop:save("two.clnrm.toml", TWO:format("true"))
    assert.equal("save", loop:await("reload_end").interrupted)
    begin = loop:await("reload_begin")
    assert.same({ "save", "again", "itself" },
      { begin.begun_by, begin.affected[1].kind, begin.affected[2].kind })
  end)

  it("of one test run all of its file when the run of that was cut short", function()
    start()
    loop:save("two.clnrm.toml", (TWO:format("true"):gsub('"echo", "[^"]*"', '"sleep", "300"')))
    loop:await("step_begin", { name = "says" })
    loop:order('loop:rerun("tests", { "two.clnrm.toml › bad" })')
    assert.equal("order", loop:await("reload_end").interrupted)
    assert.equal("again", loop:await("reload_begin").affected[1].kind)
    loop:await("step_begin", { name = "says" })
  end)

  it("do not end what runs by saves that a pause holds back", function()
    start()
    loop:save("a.clnrm.toml", WAITS)
    loop:await("step_begin", { name = "s" })
    loop:order("loop:pause(true)")
    loop:await("paused")
    loop:save("two.clnrm.toml", TWO:format("true"))
    loop:order([[
      local task = require("core.task")
      while not (loop.pending and loop.pending.list[1]) do
        task.sleep(5)
      end
      loop:rerun("files", { loop.cx.project.dir .. "/a.clnrm.toml" })
    ]])
    assert.equal("order", loop:await("reload_end").interrupted)
    local begin = loop:await("reload_begin")
    assert.same({ "order", 1, "asked" }, { begin.begun_by, #begin.affected,
      begin.affected[1].kind })
  end)

  it("quit while tests run, with the code of what stands", function()
    start()
    loop:save("a.clnrm.toml", WAITS)
    loop:await("step_begin", { name = "s" })
    loop:order("loop:quit()")
    assert.equal(1, loop:wait())
  end)

  it("hold saves back, and run them all afterwards", function()
    start("-j1")
    loop:order("loop:pause(true)")
    loop:await("paused")
    loop:save("a.clnrm.toml", named("a", "false"))
    loop:save("b.clnrm.toml", named("b", "true"))
    assert.same({ Good = "pass" }, (ordering('loop:rerun("tests", { "two.clnrm.toml › Good" })')),
      "orders are run meanwhile")
    loop:order("loop:pause(false)")
    loop:await("scenario_end", { name = "a", verdict = "fail" })
    loop:await("scenario_end", { name = "b", verdict = "pass" })
  end)

  it("narrow by name, file, tag and pins", function()
    start()
    for narrowed, verdicts in pairs({
      ['{ name = "GOO" }'] = { Good = "pass" },
      ['{ file = "a.cl" }'] = { a = "pass" },
      ['{ tag = "quick" }'] = { Good = "pass" },
      ['{ pins = { "two.clnrm.toml › bad" } }'] = { bad = "fail" },
      ['{ file = "two", tag = "quick", name = "bad" }'] = {},
      ["nil"] = { a = "pass", Good = "pass", bad = "fail" },
    }) do
      assert.same(verdicts, (ordering(('loop:narrow(%s); loop:rerun("all")'):format(narrowed))))
    end
  end)

  it("run only what is broken until it is good, then all", function()
    start()
    loop:order("loop:broken_only(true)")
    loop:await("broken_only")
    loop:save("two.clnrm.toml", TWO:format("false") .. "\n")
    assert.same({ bad = "fail" }, loop:verdicts((loop:cycle())))
    loop:save("two.clnrm.toml", TWO:format("true"))
    assert.same({ bad = "pass" }, loop:verdicts((loop:cycle())))
    assert.same({ a = "pass", Good = "pass", bad = "pass" }, loop:verdicts((loop:cycle())))
  end)

  it("run some tests of a file without taking its save, which is yet to be told", function()
    start("--debounce-ms", "1500")
    loop:save("two.clnrm.toml", (TWO:format("true"):gsub('"echo", "[^"]*"', '"false"')))
    require("core.task").sleep(100)
    assert.same({ bad = "pass" }, (ordering('loop:rerun("failed")')))
    assert.same({ Good = "fail", bad = "pass" }, loop:verdicts((loop:cycle())))
  end)
end)
