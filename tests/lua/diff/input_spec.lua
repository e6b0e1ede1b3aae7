local compare = require("engine.diff.compare")
local form = require("engine.snapshot.form")
local input = require("engine.diff.input")
local json = require("core.json")

local SPANS = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"%s","spanId":"%s",'
  .. '"name":"%s","startTimeUnixNano":"%d","endTimeUnixNano":"%d","attributes":['
  .. '{"key":"process.pid","value":'
  .. '{"intValue":"%d"}},{"key":"url","value":{"stringValue":"http://x:%d/%s"}}]}]}]}]}'

local function spans(n, fields)
  fields = fields or {}
  return SPANS:format(("%032x"):format(n), ("%016x"):format(n), fields.name or "op", n * 1000,
    n * 1000 + 500, n, 40000 + n, fields.path or "a")
end

local function recognise(bytes)
  local got, problem = input.recognise(bytes, "f")
  return got and got.kind or problem.message, problem and problem.help
end

--- Compares two texts as the command does.
local function diff(one, other, is_exact, ignored)
  local sides = {}
  for i, bytes in ipairs({ one, other }) do
    local problem
    sides[i], problem = input.recognise(bytes, "f" .. i)
    assert(sides[i], problem and problem.message)
    sides[i].known, sides[i].shown = sides[i].known or {}, "f" .. i
  end
  local kind, note = input.common(sides[1], sides[2])
  if not kind then
    return nil
  end
  local list = assert(require("engine.diff.ignore").compile(ignored or {}))
  local left_out = input.seal(sides[1], sides[2], is_exact or false, list)
  local result = compare.compare(sides[1].root, sides[2].root, { across = kind ~= "run" })
  return result, kind, note, left_out
end

describe("engine.diff.input", function()
  it("sees what a file is by what is in it", function()
    for _, case in ipairs({
      { "", "empty" }, { " \n", "empty" },
      { "a = 1\n", "toml" }, { "hello\n", "text" }, { '{"a": 1}', "text" }, { "\0\255", "text" },
      { form.print({ file = "a", test = "t", name = "n", of = "text", text = "x" }), "snapshot" },
      { spans(1), "spans" }, { spans(1) .. "\n" .. spans(2) .. "\n", "spans" },
      { json.encode(json.decode(spans(1)), { indent = 2 }), "spans" },
      { '{"trace_id":"' .. ("1"):rep(32) .. '","span_id":"' .. ("2"):rep(16) .. '"}', "spans" },
      { '{"event":"run_begin","schema":"clnrm.events/1","run_id":"a","version":"1","files":1,'
        .. '"total":1,"jobs":1}\n', "run" },
    }) do
      assert.equal(case[2], recognise(case[1]), case[1])
    end
  end)

  it("takes no longer for long runs of blanks or lines than for other texts", function()
    local blanks = (" "):rep(400000)
    for _, bytes in ipairs({ "{" .. blanks .. "x", blanks .. "{" .. blanks .. "\n" .. blanks .. "x",
      ("\n"):rep(400000) .. "x", ("{\n"):rep(100000) }) do
      assert.equal("text", recognise(bytes))
    end
  end)

  it("says what of it cannot be compared, and where", function()
    for _, case in ipairs({
      { "clnrm snapshot 1\nx\n", "^f: it is damaged" },
      { '{"resourceLogs":[]}', "a file of logs" },
      { '{"resourceMetrics":[]}', "a file of metrics" },
      { '{"schema":"clnrm.report/1","run":{}}', "f is clnrm.report/1: that is not compared" },
      { '{"schema":"clnrm.run/99","id":"a"}\n', "of another clnrm: clnrm.run/99" },
      { '{"resourceSpans":[{]}', "^f:1:20: string" },
      { spans(1) .. "\n" .. spans(2):gsub('"spanId":"0', '"spanId":"x') .. "\n", "^f:2: .*spanId" },
      { '{"event":"run_begin"}\n', "^f:1: `[%a_]+` is not there" },
      { '{"event":"run_begin","run_id":"a","version":"1","files":1,"total":1,"jobs":1}\n'
        .. '{"event":"x"}\n',
        "^f:2: no run tells such an event" },
    }) do
      assert.matches(case[2], (recognise(case[1])))
    end
  end)

  it("compares TOML by keys and values", function()
    local result, kind = diff("# x\na = 1\n[t]\nb = [1,2]\n", "t.b = [ 1, 2 ]\na = 0x1\n")
    assert.same({ "toml", true }, { kind, result.is_same })
    for _, other in ipairs({ 'a = "1"', "a = 1.0", "a = [1]", "a = true", "b = 1", "a = {}" }) do
      assert.is_false(diff("a = 1", other).is_same, other)
    end
    assert.is_false(diff("a = 1979-05-27", "a = 1979-05-28").is_same)
    assert.is_false(diff("a = []", "a = {}").is_same)
  end)

  it("compares tables in arrays by their names, and in their order", function()
    local steps = "[[steps]]\nname = 'a'\nrun = 'x'\n[[steps]]\nname = 'b'\nrun = 'y'\n"
    local result = diff(steps,
      "[[steps]]\nname = 'b'\nrun = 'y'\n[[steps]]\nname = 'a'\nrun = 'x'\n")
    assert.equal(1, result.counts.moved)
    result = diff(steps, (steps:gsub("'y'", "'z'")))
    assert.equal(1, result.counts.changed)
    assert.equal("run", result.root.children[2].fields[1].name)
    result = diff("[[x]]\na=1\n[[x]]\na=2\n", "[[x]]\na=2\n")
    assert.same({ 1, 0 }, { result.counts.removed, result.counts.changed })
  end)

  it("compares as texts what is no TOML on one side, and says so", function()
    local result, kind, note = diff("a = 1\n", "a = {{ x }}\n")
    assert.same({ "text", false }, { kind, result.is_same })
    assert.matches("^f2 is no TOML %(line 1: .*%): both are compared as texts$", note)
    assert.is_true(diff("x\n", "x\n").is_same)
    assert.is_false(diff("x\n", "x").is_same)
    assert.is_false(diff("at 10:11:12\n", "at 10:11:13\n").is_same)
  end)

  it("compares snapshots exactly, and not which run wrote them", function()
    local function snapshot(fields)
      return form.print({ file = "a", test = "t", name = "n", of = "stdout",
        text = fields.text or "at 10:11:12\n", run = fields.run })
    end
    assert.is_true(diff(snapshot({}), snapshot({ run = "abc" })).is_same)
    assert.is_false(diff(snapshot({}), snapshot({ text = "at 10:11:13\n" })).is_same)
  end)

  it("takes no kind for another", function()
    assert.is_nil(diff("a = 1", spans(1)))
    assert.is_nil(diff("", spans(1)))
    assert.is_nil(diff("x", form.print({ file = "a", test = "t", name = "n", of = "text",
      text = "" })))
    assert.is_false(diff("", "a = 1").is_same)
    assert.is_true(diff("", "# nothing").is_same)
  end)

  it("leaves out the fields that are not wanted, by globs, and says which", function()
    local other = spans(2, { path = "b" })
    local result, _, _, left_out = diff(spans(1), other, false, { "u*" })
    assert.same({ true, { "url" } }, { result.is_same, left_out })
    assert.is_true(diff(spans(1), other, false, { "attr:url" }).is_same)
    assert.is_true(diff(spans(1), other, true, { "attr:*" }).is_same)
    assert.is_false(diff(spans(1), other, false, { "attr:kind", "ur" }).is_same)
    assert.is_false(diff("a = 1", "a = 2", false, { "attr:a" }).is_same)
    assert.is_true(diff("a = 1", "b = 2", false, { "[ab]" }).is_same)
    assert.is_nil((require("engine.diff.ignore").compile({ "[" })))
  end)

  it("ignores ids, times and ports of spans, and counts what it ignores", function()
    local result = diff(spans(1), spans(2))
    assert.same({ true, 2 }, { result.is_same, result.ignored })
    assert.is_false(diff(spans(1), spans(2), true).is_same)
    assert.is_false(diff(spans(1), spans(2, { path = "b" })).is_same)
    assert.equal(1, diff(spans(1), spans(2, { name = "other" })).counts.added)
  end)
end)
