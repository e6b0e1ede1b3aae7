--- Values that steps leave for later ones.
package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"
local capture = require("engine.run.capture")
local fake = require("run.fake")
local jsonpath = require("engine.jsonpath")

local POS = { line = 4, column = 2, offset = 9, length = 3 }

local function stream(name)
  return { name = "x", from = "stream", stream = name or "stdout", pos = POS }
end

local function json(path)
  return { name = "x", from = "json", stream = "stdout", path = path,
    steps = assert(jsonpath.parse(path)), pos = POS }
end

local function regex(pattern)
  return { name = "x", from = "regex", stream = "stdout", regex = pattern, pos = POS }
end

local function take(one, text, cut)
  local output = { text = text, bytes = #text + (cut or 0), cut = cut or 0 }
  local list = capture.take({ capture = { one } }, { stdout = output, stderr = output })
  return list[1].value, list[1].problem, list[1].verdict, list[1].code
end

describe("a captured value", function()
  it("of a stream loses the newlines at its end, and nothing else", function()
    assert.equal("a\nb ", (take(stream(), "a\nb \n\n")))
    assert.equal("\na\r", (take(stream("stderr"), "\na\r\n")))
  end)

  it("of a JSON path is a text as it is, and anything else as JSON writes it", function()
    assert.equal("a\n", (take(json("$.t"), '{"t": "a\\n"}')))
    assert.equal("9007199254740993", (take(json("$.n"), '{"n": 9007199254740993}')))
    assert.equal("false", (take(json("$[1]"), "[1, false]")))
    assert.equal('["a",{"b":1}]', (take(json("$.l"), '{"l": ["a", {"b": 1}]}')))
    assert.equal("", (take(json("$.t"), '{"t": ""}'))) -- it is there
  end)

  it("of an expression is its first group, or all that it matches", function()
    assert.equal("42", (take(regex("id=(\\d+)"), "id=42\nid=43\n")))
    assert.equal("id=42", (take(regex("id=\\d+"), "x id=42\n")))
    assert.equal("", (take(regex("id=(\\d*)"), "id=\n")))
  end)

  it("that is not there is no value, and the step fails", function()
    local nothing = {
      { stream(), "" }, { stream(), "\n\n" }, { json("$.a"), "{}" }, { json("$.a"), "no JSON" },
      { json("$.a"), '{"a": null}' }, { json("$.a"), '{"a": 1} and more' }, { regex("b+"), "aaa" },
      { regex("a|(b)"), "a" }, { stream(), "a\0b" }, { stream(), ("x"):rep(capture.VALUE_MAX + 1) },
    }
    for i, case in ipairs(nothing) do
      local value, problem, verdict, code = take(case[1], case[2])
      assert.is_nil(value, i)
      assert.is_string(problem, i)
      assert.same({ "fail", "T408" }, { verdict, code }, i)
    end
  end)

  it("of an output that was cut is an error, not a part of it", function()
    for _, one in ipairs({ stream(), json("$.a"), regex("a") }) do
      local value, _, verdict, code = take(one, '{"a": 1}', 100)
      assert.is_nil(value)
      assert.same({ "error", "T402" }, { verdict, code })
    end
  end)
end)

describe("steps behind a capture", function()
  local function run(steps, outputs)
    local specs = {}
    local ended, events = fake.one(steps, {
      exec = function(spec)
        specs[#specs + 1] = spec
        return fake.result({ stdout = outputs[#specs] or "" })
      end,
    })
    return ended, specs, events
  end

  it("get the value as a variable, below their own, and in argv", function()
    local first = { argv = { "a" }, capture = { stream() } }
    local user = { argv = { "b", "<${x}>", "$${x}", "${y}" }, takes = { "x" },
      splices = { [2] = true, [3] = true }, env = { { "y", "1" } } }
    local own = { argv = { "c" }, takes = { "x" }, env = { { "x", "own" } } }
    local ended, specs, events = run({ first, user, own }, { "v w\n" })
    assert.equal("pass", ended.verdict)
    assert.same({ "b", "<v w>", "${x}", "${y}" }, specs[2].argv)
    assert.same({ { "x", "v w" }, { "y", "1" } }, specs[2].env)
    assert.same({ { "x", "v w" }, { "x", "own" } }, specs[3].env) -- the later stands
    local begins = {}
    for _, event in ipairs(events) do
      begins[#begins + 1] = event.event == "step_begin" and event.argv[2] or nil
    end
    assert.same({ "<v w>" }, begins)
  end)

  it("are not run when there is no value; the failure points at the capture", function()
    local ended, specs = run({ { argv = { "a" }, capture = { stream() } }, "b" }, { "" })
    assert.equal("fail", ended.verdict)
    assert.equal(1, #specs)
    assert.same({ "T408", 4, 2 },
      { ended.failures[1].code, ended.failures[1].line, ended.failures[1].column })
    assert.matches('no value for "x": stdout is empty', ended.failures[1].message, 1, true)
  end)

  it("are told nothing of a capture whose step went wrong anyway", function()
    local ended = fake.one({ { argv = { "a" }, capture = { stream() } } }, {
      exec = function()
        return fake.result({ exit_code = 1 })
      end,
    })
    assert.equal(1, #ended.failures)
    assert.equal("T001", ended.failures[1].code)
  end)
end)
