--- Parts of the full screen that need no terminal.
local canvases = require("engine.dev.screen.canvas")
local details = require("engine.dev.screen.detail")
local layouts = require("engine.dev.screen.layout")
local narrowing = require("engine.dev.screen.narrowing")
local news = require("engine.dev.screen.news")
local prompts = require("engine.dev.screen.prompt")
local records = require("engine.dev.screen.records")
local states = require("engine.dev.state")
local trees = require("engine.dev.screen.tree")
local words = require("engine.dev.screen.words")

local UTF8, ASCII = { utf8 = true, color = true }, {}

describe("engine.dev.screen.layout", function()
  it("fills the screen with both panes from 80x20 on", function()
    for _, size in ipairs({ { 20, 80 }, { 24, 80 }, { 60, 200 } }) do
      local l = layouts.of(size[1], size[2], "tests")
      assert.equal(size[2], l.tests.width + l.detail.width)
      assert.equal(l.tests.width, l.detail.x)
      assert.equal(size[1], l.head + l.tests.height + 2)
      assert.equal(l.foot, l.tests.y + l.tests.height)
    end
  end)

  it("has the pane with the keys alone below, and none below 40x10", function()
    for _, size in ipairs({ { 19, 80 }, { 20, 79 }, { 10, 40 } }) do
      local l = layouts.of(size[1], size[2], "detail")
      assert.is_nil(l.tests)
      assert.same({ size[2], size[1] - l.head - 2 }, { l.detail.width, l.detail.height })
      assert.is_table(layouts.of(size[1], size[2], "tests").tests)
    end
    assert.is_true(layouts.of(9, 200, "tests").is_small)
    assert.is_true(layouts.of(60, 39, "tests").is_small)
  end)
end)

--- Joins the texts of rows.
local function texts(rows)
  local list = {}
  for i, row in ipairs(rows) do
    local parts = {}
    for _, segment in ipairs(row) do
      parts[#parts + 1] = segment.text
    end
    list[i] = table.concat(parts)
  end
  return list
end

describe("engine.dev.screen.canvas", function()
  it("takes colours as styles", function()
    assert.same({ { text = "a", style = "" }, { text = "b", style = " bold red" },
      { text = "c", style = "" } }, canvases.segments("a\27[1;31mb\27[0mc"))
    assert.same({}, canvases.segments(""))
  end)

  it("breaks rows at blanks, else where they end, and never a wide character", function()
    assert.same({ "one two ", "three" }, texts(canvases.rows("one two three", 9)))
    assert.same({ "onetwo", "three" }, texts(canvases.rows("onetwothree", 6)))
    assert.same({ "日本", "語" }, texts(canvases.rows("日本語", 5)))
    assert.same({ "a", "", "b" }, texts(canvases.rows("a\n\nb\n", 9)))
    local rows = canvases.rows("one \27[31mtwo three\27[0m", 9)
    assert.same({ "one two ", "three" }, texts(rows))
    assert.equal(" red", rows[2][1].style)
    assert.same({ "日", "本" }, texts(canvases.rows("日本", 1))) -- no room: as little as can be
  end)
end)

describe("engine.dev.screen.canvas", function()
  it("counts the columns of what it takes apart as they are drawn", function()
    local put = {}
    local canvas = canvases.new({ size = function()
      return 24, 80
    end, put = function(_, _, x, width, s)
      put[#put + 1] = { x, width, s }
      return width
    end }, UTF8)
    local family = "👩\u{200d}👩\u{200d}👧"
    canvas:put(0, 0, 9, family)
    canvas:fit(0, 0, 5, family)
    canvas:right(0, 0, 20, family)
    assert.same({ { 0, 9, "👩👩👧" }, { 0, 5, "👩…👧" }, { 14, 6, "👩👩👧" } }, put)
    assert.same({ "👩👩", "👧" }, texts(canvases.rows(family, 5)))
  end)
end)

describe("engine.dev.screen.words", function()
  it("formats times in seven columns", function()
    assert.same({ "", "0 ms", "999 ms", "1.00 s", "99.99 s", "2 min" }, { words.time(nil),
      words.time(0.2), words.time(999.4), words.time(1000), words.time(99994), words.time(100001) })
  end)

  it("draws the last six verdicts", function()
    assert.equal("▁█·▄█▁", words.spark(UTF8, { "fail", "pass", "timeout", "skip", "flaky", "error",
      "pass" }))
    assert.equal(".#-~", words.spark(ASCII, { "pass", "infra", "skip", "flaky" }))
  end)

  it("has a sign for each verdict, another for each kind", function()
    local seen = {}
    for _, verdict in ipairs(require("engine.verdict").names) do
      for _, look in ipairs({ UTF8, ASCII }) do
        local sign = words.sign(look, { verdict = verdict }, 1)
        assert.is_nil(seen[sign], verdict)
        seen[sign] = true
      end
    end
    assert.equal("run ", (words.sign(ASCII, { phase = "running" }, 1)))
    assert.not_equal(words.sign(UTF8, { phase = "running" }, 1),
      words.sign(UTF8, { phase = "running" }, 2))
  end)

  it("names paths as seen from a folder", function()
    assert.equal("b, /c and 1 more", words.paths(UTF8, { "/a/b", "/c", "/d" }, "/a"))
    assert.equal("␛x", words.path(UTF8, "/a/\27x", "/a"))
  end)
end)

describe("engine.dev.screen.tree", function()
  local state, tree

  before_each(function()
    state = states.new()
    for _, name in ipairs({ "a", "b" }) do
      state:apply({ event = "file_read", path = "/p/" .. name, file = name, tests = {
        { id = name .. "1", name = "one", tags = {} },
        { id = name .. "2", name = "two", tags = {} },
      } })
    end
    tree = trees.new(state)
  end)

  it("moves from file to test, and stops at both ends", function()
    tree:move(-1)
    assert.same({ path = "/p/a" }, tree.chosen)
    tree:move(2)
    assert.equal("a2", tree.chosen.id)
    tree:move("last")
    tree:move(1)
    assert.equal("b2", tree.chosen.id)
    assert.equal("two", tree:current().name)
  end)

  it("leaves out what is folded, and what is not accepted", function()
    tree:move(1)
    tree:fold(true)
    assert.same({ path = "/p/a" }, tree.chosen)
    assert.equal(4, #tree:rows())
    tree:fold(false)
    assert.equal(6, #tree:rows())
    tree.accepts = function(_, test)
      return test.id == "b2"
    end
    assert.same({ { path = "/p/b" }, { path = "/p/b", id = "b2" } }, tree:rows())
    assert.equal("b2", tree:current().id)
  end)

  it("pins a test, or all of a file", function()
    tree:move(1)
    tree:pin()
    assert.same({ a1 = true }, tree.pins)
    tree:move(-1)
    tree:pin()
    assert.same({ a1 = true, a2 = true }, tree.pins)
    tree:pin()
    assert.same({}, tree.pins)
  end)

  it("chooses what is not good, until somebody has chosen", function()
    state:apply({ event = "reload_begin", cycle = 1, changed = {}, affected = {}, total = 2 })
    state:apply({ event = "scenario_end", id = "b1", verdict = "fail" })
    tree:choose_bad()
    assert.equal("b1", tree.chosen.id)
    tree:move("first")
    tree:choose_bad()
    tree:choose_first("b1")
    assert.same({ path = "/p/a" }, tree.chosen)
  end)

  it("goes to the file when the chosen test is gone", function()
    tree:move("last")
    state:apply({ event = "file_read", path = "/p/b", file = "b", tests = {} })
    tree:touch()
    assert.is_nil(tree:current())
    assert.same({ path = "/p/b" }, tree.chosen)
  end)
end)

describe("engine.dev.screen.records", function()
  local kept

  before_each(function()
    kept = records.new()
  end)

  local function run(id, verdict, bytes)
    kept:on_event({ event = "scenario_begin", id = id, at_ms = 10 })
    kept:on_event({ event = "step_begin", id = id, step = 1, name = "s", at_ms = 15 })
    kept:on_event({ event = "output", id = id, step = 1, stream = "stdout", bytes = bytes,
      text = ("x"):rep(bytes) })
    kept:on_event({ event = "step_end", id = id, step = 1, name = "s", verdict = "pass",
      duration_ms = 3, at_ms = 18 })
    kept:on_event({ event = "scenario_end", id = id, verdict = verdict, duration_ms = 9 })
  end

  it("has what a test did last, and when it was good last", function()
    run("a", "pass", 1)
    local good = kept:get("a")
    run("a", "fail", 2)
    assert.equal(good, kept:good_one("a"))
    assert.equal("fail", kept:get("a").record.verdict)
    assert.same({ { step = 1, name = "s", from_ms = 5, ms = 3, verdict = "pass" } }, {
      { step = 1, name = kept:get("a").spans[1].name, from_ms = kept:get("a").spans[1].from_ms,
        ms = kept:get("a").spans[1].ms, verdict = kept:get("a").spans[1].verdict } })
    run("a", "skip", 1)
    assert.equal(good, kept:good_one("a"))
  end)

  it("has its room, services, hooks and steps in time, and hooks of the file", function()
    local function take(event, at_ms, fields)
      fields.event, fields.id, fields.at_ms = event, fields.id or "a", at_ms
      fields.file = fields.file or "f"
      kept:on_event(fields)
    end
    take("scenario_begin", 10, {})
    take("scenario_begin", 10, { id = "b", file = "g" })
    take("hook", 14, { id = "f › hooks of the file", hook = "before_all", duration_ms = 3,
      verdict = "pass" })
    take("room_begin", 15, { open_ms = 30 })
    take("service_begin", 15, { service = "db" })
    take("service_begin", 15, { service = "web" })
    take("service_failed", 18, { service = "web", failure = { verdict = "infra" } })
    take("hook", 20, { hook = "before_each", duration_ms = 2, verdict = "error" })
    take("step_begin", 20, { step = 1, name = "s" })
    take("step_end", 25, { step = 1, duration_ms = 4, verdict = "pass" })
    take("service_end", 30, { service = "db" })
    take("scenario_end", 31, { verdict = "error", duration_ms = 21 })
    take("scenario_end", 31, { id = "b", verdict = "pass", duration_ms = 1 })
    local shown = {}
    for i, span in ipairs(kept:get("a").spans) do
      shown[i] = ("%s %d %d %s"):format(span.name, span.from_ms, span.ms, span.verdict or "-")
    end
    assert.same({ "hook before_all 1 3 pass", "room -25 30 -", "service db 5 15 -",
      "service web 5 3 infra", "hook before_each 8 2 error", "s 10 4 pass" }, shown)
    assert.same({}, { table.unpack(kept:get("b").spans) })
  end)

  it("draws a room that was made before its test began ahead of the steps", function()
    for _, e in ipairs({
      { event = "scenario_begin", at_ms = 60 },
      { event = "room_begin", at_ms = 60, open_ms = 54 },
      { event = "step_begin", at_ms = 60, step = 1, name = "s" },
      { event = "step_end", at_ms = 66, step = 1, duration_ms = 6, verdict = "pass" },
      { event = "scenario_end", at_ms = 66, verdict = "pass", duration_ms = 6 },
    }) do
      e.id, e.file = "a", "f"
      kept:on_event(e)
    end
    local view = { records = kept, canvas = { look = { utf8 = false, color = false } } }
    local shown = require("engine.dev.screen.tabs").steps(view, { id = "a" }, nil, 43)
    assert.equal(table.concat({
      "60 ms, its steps in 6 ms; spans are not collected",
      "room           " .. ("#"):rep(16) .. "      54 ms",
      "s              " .. (" "):rep(16) .. "##     6 ms",
    }, "\n"), shown)
  end)

  it("drops the outputs of the oldest when there are too many", function()
    for i = 1, 3 do
      run("t" .. i, "pass", 30 << 20)
    end
    assert.equal("", kept:get("t1").record.steps[1].stdout.text)
    assert.equal(30 << 20, kept:get("t1").record.steps[1].stdout.cut)
    assert.equal(30 << 20, #kept:get("t3").record.steps[1].stdout.text)
  end)

  it("counts what it keeps once: the same test again and again drops nothing of others", function()
    run("a", "pass", 20 << 20)
    for _ = 1, 6 do
      run("b", "fail", 20 << 20)
    end
    for _ = 1, 6 do
      run("b", "pass", 20 << 20)
    end
    assert.equal(20 << 20, #kept:get("a").record.steps[1].stdout.text)
  end)

  it("forgets tests that are gone", function()
    run("a", "pass", 1)
    run("b", "pass", 1)
    kept:prune({ b = {} })
    assert.is_nil(kept:get("a") or kept:good_one("a"))
    assert.is_table(kept:get("b"))
  end)
end)

describe("engine.dev.screen.bars", function()
  it("takes no settings for wrong that are only gone", function()
    local state, shown = states.new(), {}
    local canvas = canvases.new({
      size = function()
        return 24, 80
      end,
      put = function(_, _, _, _, text)
        shown[#shown + 1] = text
        return #text
      end,
    }, ASCII)
    local function head(event)
      shown = {}
      state:apply(event)
      require("engine.dev.screen.bars").head({ state = state, canvas = canvas, began_ns = 0 }, 2)
      return table.concat(shown, " ")
    end
    assert.matches("! settings are wrong", head({ event = "reload_failed", message = "m" }))
    assert.matches("! settings of before",
      head({ event = "reload_failed", message = "m", is_gone = true }))
    assert.matches("* watching", head({ event = "settings_read" }))
  end)
end)

describe("engine.dev.screen.news", function()
  it("says what began a run, and takes no order of before for lost events", function()
    local view = { state = {}, whys = {}, cwd = "/p", canvas = { look = ASCII } }
    local function told(begun_by, changed, affected)
      news.on_event(view, { event = "reload_begin", cycle = 2, begun_by = begun_by,
        changed = changed or {}, affected = affected or {}, total = 1 })
      return (view.news.text:match("^(.-) %->"))
    end
    assert.equal("saved a", told("save", { "/p/a" }))
    assert.equal("what was cut short", told("again"))
    assert.equal("what was refused",
      told("again", {}, { { path = "/p/a", kind = "refused", text = "t" } }))
    news.on_event(view, { event = "asked", what = "all", files = 1 })
    assert.equal("asked for all", told("order"))
    assert.equal("events were lost", told("lost"))
  end)

  it("names the first that is wrong with the settings before it says what is done", function()
    local view = { state = {}, cwd = "/p", canvas = { look = ASCII } }
    news.on_event(view, { event = "reload_failed", message = "those of before stand",
      diagnostics = { { code = "E201", message = "unknown key", file = "clnrm.toml", line = 1,
        column = 2 } } })
    assert.equal("clnrm.toml:1:2: E201: unknown key; those of before stand", view.news.text)
    news.on_event(view, { event = "reload_failed", message = "it is gone", is_gone = true })
    assert.equal("it is gone", view.news.text)
  end)
end)

describe("engine.dev.screen.narrowing", function()
  it("changes a field of a copy", function()
    local before = { file = "a" }
    assert.same({ file = "a", name = "x" }, narrowing.with(before, "name", "x"))
    assert.same({ file = "a" }, before)
    assert.is_nil(narrowing.with(before, "file", ""))
    assert.is_nil(narrowing.with(nil, "pins", nil))
  end)
end)

describe("engine.dev.screen.prompt", function()
  it("takes characters, and gives them back one by one", function()
    local changed, done = {}, nil
    local prompt = prompts.new({ label = "x", changed = function(text)
      changed[#changed + 1] = text
    end, done = function(text)
      done = text or false
    end, list = function(text)
      return text == "é" and { "élan" } or {}
    end })
    prompt:press("é", false)
    prompt:press("tab", true)
    prompt:press("back", true)
    prompt:press("up", true)
    prompt:press("enter", true)
    assert.same({ "é", "élan", "éla" }, changed)
    assert.equal("éla", done)
    for _ = 1, 300 do
      prompt:press("x", false)
    end
    assert.equal(200, #prompt.text)
    for _ = 1, 300 do
      prompt:press("back", true)
    end
    assert.equal("", prompt.text)
    prompt:press("escape", true)
    assert.is_false(done)
  end)
end)

describe("engine.dev.screen.detail", function()
  local PATH = "/p/a.clnrm.toml"

  --- A view of one file of so many tests, whose texts are kept instead of drawn.
  local function view_of(count)
    local state, tests = states.new(), {}
    for i = 1, count do
      tests[i] = { id = "t" .. i, name = "test " .. i, tags = {} }
    end
    state:apply({ event = "file_read", path = PATH, file = "a.clnrm.toml", tests = tests })
    local shown = {}
    local canvas = canvases.new({
      size = function()
        return 24, 80
      end,
      put = function(_, y, _, _, text)
        shown[y] = (shown[y] or "") .. text
        return #text
      end,
    }, ASCII)
    local tree = trees.new(state)
    tree.chosen = { path = PATH }
    return { state = state, canvas = canvas, tree = tree, loop = { entries = {} } }, shown
  end

  it("makes only the lines of a file's tests that are seen", function()
    local view, shown = view_of(2000)
    local pane, looked_at = details.new(), 0
    local tests = view.state.tests
    view.state.tests = setmetatable({}, {
      __index = function(_, id)
        looked_at = looked_at + 1
        return tests[id]
      end,
    })
    pane:draw(view, view.canvas, { y = 0, x = 0, width = 40, height = 10 }, true)
    assert.matches("test 1 ", shown[2])
    assert.equal(7, looked_at)
    pane:move("last")
    pane:draw(view, view.canvas, { y = 0, x = 0, width = 40, height = 10 }, true)
    assert.matches("test 2000 ", shown[8])
    assert.equal(14, looked_at)
  end)

  it("has what is wrong with the settings above all else, until they are right", function()
    local view, shown = view_of(3)
    local pane, r = details.new(), { y = 0, x = 0, width = 60, height = 20 }
    local function drawn()
      shown = {}
      pane:touch()
      pane:draw(view, canvases.new({
        size = function()
          return 24, 80
        end,
        put = function(_, y, _, _, text)
          shown[y] = (shown[y] or "") .. text
          return #text
        end,
      }, ASCII), r, true)
      local list = {}
      for y = 0, r.height do
        list[#list + 1] = shown[y]
      end
      return table.concat(list, "\n")
    end
    view.loop.settings_sources = { ["clnrm.toml"] = "[limits]\nbad = 1\n" }
    view.state:apply({ event = "reload_failed", message = "the settings are wrong", diagnostics = {
      { severity = "error", code = "E201", message = "unknown key", file = "clnrm.toml",
        line = 2, column = 1, offset = 9, length = 3 } } })
    assert.matches("the settings are wrong.*error%[E201%]: unknown key.*clnrm%.toml:2:1.*"
      .. "bad = 1.*test 1 .*test 3 ", drawn())
    view.tree.chosen = nil
    assert.matches("clnrm.toml:2:1", drawn(), 1, true)
    view.tree.chosen = { path = PATH }
    view.state:apply({ event = "reload_failed", message = "wrong", help = "it cannot be read" })
    assert.matches("wrong.*it cannot be read.*test 1 ", drawn())
    view.state:apply({ event = "settings_read" })
    assert.not_matches("wrong", drawn(), 1, true)
  end)

  it("draws nothing for a test that is not there any more", function()
    local view = view_of(3)
    local pane = details.new()
    local r = { y = 0, x = 0, width = 40, height = 10 }
    pane:draw(view, view.canvas, r, true)
    view.state:apply({ event = "file_read", path = PATH, file = "a.clnrm.toml", tests = {} })
    assert.has_no_error(function()
      pane:draw(view, view.canvas, r, true)
    end)
  end)
end)
