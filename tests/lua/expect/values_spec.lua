package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/?.lua"
local host = require("engine.expect.host")
local matchers = require("engine.expect.matchers")
local values = require("mutants.values")

--- The matchers whose answer is of their arguments alone.
local function words()
  local list = {}
  for _, word in ipairs(host.words()) do
    -- what is stored has specs of its own: lua/snapshot, e2e/snapshots
    list[#list + 1] = not matchers[word].value.is_stored and word or nil
  end
  return list
end

--- Replaces a function of a matcher while `fn` runs.
local function broken(word, field, replacement, fn)
  local value = matchers[word].value
  local kept = value[field]
  value[field] = replacement
  local ok, err = pcall(fn)
  value[field] = kept
  assert(ok, err)
end

describe("the matchers on Lua values", function()
  it("hold, fail and refuse as the cases say, negated and not", function()
    assert.same({}, values.problems())
  end)

  it("each have cases that hold and cases that fail", function()
    local seen = {}
    for _, case in ipairs(values.cases) do
      seen[case[1]] = seen[case[1]] or { holds = 0, fails = 0 }
      local counts = seen[case[1]]
      counts.holds = counts.holds + #case.holds
      counts.fails = counts.fails + #case.fails + #(case.mixed or {}) + #(case.never or {})
    end
    for _, word in ipairs(words()) do
      assert.is_table(seen[word], word)
      assert.is_true(seen[word].holds > 0 and seen[word].fails >= 2, word)
      seen[word] = nil
    end
    assert.same({}, seen)
  end)
end)

describe("a matcher that is broken is seen by its cases:", function()
  local function yes()
    return true
  end
  local function no()
    return false, "no"
  end
  local function perhaps()
    return nil, "nobody knows"
  end
  for _, word in ipairs(words()) do
    local value = matchers[word].value
    for name, replacement in pairs({ ["true"] = yes, ["false"] = no, ["nil"] = perhaps }) do
      it(("%s always says %s"):format(word, name), function()
        broken(word, "check", replacement, function()
          assert.is_true(#values.problems(word) > 0)
        end)
      end)
      if value.deny then
        it((".no:%s always says %s"):format(word, name), function()
          broken(word, "deny", replacement, function()
            assert.is_true(#values.problems(word) > 0)
          end)
        end)
      end
    end
    if value.deny then
      it((".no:%s is no more than not"):format(word), function()
        broken(word, "deny", nil, function()
          local least = word == "raises" and 0 or 1 -- a function that raises or not: the same
          assert.is_true(#values.problems(word) >= least)
        end)
      end)
    end
    if value.refuse then
      it(word .. " looks at values that it cannot look at", function()
        broken(word, "refuse", nil, function()
          assert.is_true(#values.problems(word) > 0)
        end)
      end)
    end
  end
end)

describe("a text that was cut", function()
  local function ask(word, negated, text, ...)
    return host.ask({ word = word, negated = negated, args = table.pack(...), attempt = pcall,
      cut = { cut = 100, seam = 3 } }, text)
  end

  it("lets nobody say what is not in it, or what all of it is", function()
    for _, entry in ipairs({
      { "contains", true, "zzz" }, { "contains", false, "zzz" }, { "matches", false, "a" },
      { "matches", true, "z" }, { "equals", false, "abcdef" }, { "equals", true, "x" },
      { "ends_with", true, "x" }, { "ends_with", false, "f" }, { "lines", false, 1 },
      { "has_length", false, 6 }, { "has_length", true, 7 }, { "lt", false, "b" },
      { "json", false, "$", 1 }, { "starts_with", true, "x" },
    }) do
      local answer = ask(entry[1], entry[2], "abcdef", table.unpack(entry, 3))
      assert.is_nil(answer.ok, entry[1])
      assert.equal("T402", answer.code, entry[1])
    end
  end)

  it("has what was found in its parts, and not what lies across the gap", function()
    assert.is_true(ask("contains", false, "abcdef", "bc").ok)
    assert.is_true(ask("starts_with", false, "abcdef", "ab").ok)
    assert.is_nil(ask("contains", false, "abcdef", "cd").ok)
    assert.is_true(ask("is_type", false, "abcdef", "string").ok)
  end)
end)

describe("an answer", function()
  local function ask(word, actual, ...)
    local args = table.pack(...)
    return host.ask({ word = word, negated = false, args = args, attempt = pcall }, actual)
  end

  it("has the code that the word has in test files", function()
    assert.equal("T105", ask("equals", "a", "b").code)
    assert.equal("T101", ask("matches", "a", "b").code)
    assert.equal("T103", ask("contains", "a", "b").code)
    assert.equal("T106", ask("ends_with", "a", "b").code)
    assert.equal("T107", ask("lines", "a", 2).code)
    assert.equal("T108", ask("json", "1", "$", 2).code)
    assert.equal("T710", ask("equals", 1, 2).code)
    assert.equal("T719", ask("contains", 1, "b").code)
  end)

  it("says what a regular expression that spent its time said: nothing", function()
    local answer = ask("matches", ("a"):rep(200) .. "!", "^(a+)+$")
    assert.is_nil(answer.ok)
    assert.equal("T403", answer.code)
  end)

  it("is none where values are nested too deep", function()
    local function nest(depth)
      local value = {}
      for _ = 1, depth do
        value = { value }
      end
      return value
    end
    assert.is_true(ask("equals", nest(500), nest(500)).ok)
    local answer = ask("equals", nest(5000), nest(5000))
    assert.is_nil(answer.ok)
    assert.equal("T401", answer.code)
  end)

  it("shows where tables differ, and what is missing and extra of lists", function()
    local expected = { a = 1, b = { c = { 1, 5 } }, d = 1 }
    local answer = ask("equals", { a = 1, b = { c = { 1, 2 } } }, expected)
    assert.same({ "- b.c[2] = 5", "+ b.c[2] = 2", "- d = 1" }, answer.diff)
    assert.equal("they differ at b.c[2]", answer.label)
    answer = ask("equals", { { id = 1 }, { id = 4 } }, { { id = 1 }, { id = 3 }, { id = 4 } })
    assert.same({ "- [2] = { id = 3 }", "+ [2] = { id = 4 }" }, answer.diff)
    assert.same({ { title = "missing", lines = { "{ id = 3 }" } } }, answer.notes)
    assert.equal("the same items in another order", ask("equals", { 2, 1 }, { 1, 2 }).label)
  end)

  it("shows in what long texts and things without a text differ", function()
    local long = ("x"):rep(500)
    local answer = ask("equals", { body = long .. "cat" }, { body = long .. "dog" })
    assert.same({
      '- body = from byte 485: "xxxxxxxxxxxxxxxxdog"',
      '+ body = from byte 485: "xxxxxxxxxxxxxxxxcat"',
    }, answer.diff)
    answer = ask("equals", { body = long .. "y" }, { body = long })
    assert.equal('+ body = from byte 485: "xxxxxxxxxxxxxxxxy"', answer.diff[2])
    answer = ask("equals", { fn = print }, { fn = error })
    assert.same({ "- fn = function", "+ fn = function (another one)" }, answer.diff)
    assert.equal("the function is another one", ask("equals", print, error).message)
  end)

  it("says what it leaves out", function()
    local many, none = {}, {}
    for i = 1, 500 do
      many[i], none[i] = i, -i
    end
    local answer = ask("equals", many, none)
    assert.equal("(988 more lines)", answer.diff[#answer.diff])
    assert.is_true(#answer.diff < 20)
    assert.matches("… 488 more", ask("contains", many, 0).label)
  end)

  it("lets an __eq decide, and no other metatable", function()
    local meta = { __eq = function(a, b)
      return a.id == b.id
    end }
    local a, b = setmetatable({ id = 1, x = 1 }, meta), setmetatable({ id = 1, x = 2 }, meta)
    assert.is_true(ask("equals", a, b).ok)
    assert.is_false(ask("equals", a, setmetatable({ id = 2, x = 1 }, meta)).ok)
    local all = setmetatable({ 1 }, { __eq = function()
      return true
    end })
    assert.is_true(ask("equals", all, {}).ok) -- on one side is enough, as for ==
    assert.is_true(ask("equals", {}, all).ok)
    assert.is_true(ask("equals", require("core.json").array({ 1 }), { 1 }).ok)
  end)
end)

describe("engine.expect.inspect", function()
  local line = require("engine.expect.inspect").line

  it("writes values as Lua does, in one order, without addresses", function()
    assert.equal('{ 1, "a", [0.5] = {}, [10] = true, b = nan, ["c d"] = 0.1 }',
      line({ 1, "a", [10] = true, [0.5] = {}, b = 0 / 0, ["c d"] = 0.1 }))
    assert.equal("{ function, userdata }", line({ print, io.stdout }):gsub("file %b()", "userdata"))
    assert.equal("0.30000000000000004", line(0.1 + 0.2))
    assert.equal("3.0", line(3.0))
    assert.equal("1e+100", line(1e100))
    assert.equal("-inf", line(-1 / 0))
  end)

  it("ends with tables that contain themselves, deep ones and large ones", function()
    local self = { 1 }
    self[2] = self
    assert.equal("{ 1, {…the same table…} }", line(self))
    local deep = {}
    for _ = 1, 100 do
      deep = { deep }
    end
    assert.is_true(#line(deep) < 200)
    local large = {}
    for i = 1, 100000 do
      large[i] = i
    end
    assert.matches("… 99988 more }$", line(large))
    assert.is_true(#line(("x"):rep(1e6)) < 300)
    assert.equal("<broken>", (line(setmetatable({}, { __tostring = function()
      error("no")
    end })):gsub("^{}$", "<broken>")))
  end)
end)
