--- The sentence around the matchers: clnrm.expect and clnrm.matcher, on a host that keeps records.
local host = require("clnrm.host")
local task = require("clnrm.task")

local records, pending, own, cuts = {}, {}, {}, {}

if not host.is_installed() then
  host.install({
    expect = require("engine.expect.host"),
    own = function()
      return own
    end,
    trial = pcall,
    cut_of = function(text)
      return cuts[text]
    end,
    expecting = function()
      local mark = {}
      pending[mark] = true
      return mark
    end,
    misuse = function(message)
      error("misuse: " .. message, 0)
    end,
    check = function(record)
      records[#records + 1] = record
      pending[record.mark] = nil
      if not record.ok then
        error(record, 0)
      end
    end,
  })
end

local api = require("clnrm.expect")
local expect = api.expect

--- Calls, and returns the record of the check that failed.
local function failed(fn)
  local ok, err = pcall(fn)
  assert.is_false(ok)
  assert.is_table(err, tostring(err))
  assert.is_false(err.ok)
  return err
end

local function misuse(pattern, fn)
  local ok, err = pcall(fn)
  assert.is_false(ok)
  assert.matches("^misuse: .*" .. pattern, err)
end

describe("clnrm.expect", function()
  before_each(function()
    records, pending, own = {}, {}, {}
  end)

  it("asks one matcher after the other, and tells each to the host", function()
    local e = expect("abc")
    assert.equal(e, e:contains("b"))
    e:equals("abc").no:contains("x"):has_length(3)
    assert.equal(4, #records)
    assert.same({ "contains", "equals", "contains", "has_length" },
      { records[1].matcher, records[2].matcher, records[3].matcher, records[4].matcher })
    assert.same({ false, false, true, false },
      { records[1].negated, records[2].negated, records[3].negated, records[4].negated })
    assert.equal("abc", records[4].actual)
    assert.equal(3, records[4].expected)
  end)

  it("fails with what the matcher says", function()
    local record = failed(function()
      expect("abc"):starts_with("b")
    end)
    assert.equal("T106", record.code)
    assert.matches("does not start with", record.message)
    record = failed(function()
      expect(3).no:equals(3)
    end)
    assert.equal("T718", record.code)
    assert.equal("3 equals 3, which must not be", record.message)
  end)

  it("asks the host which texts were cut", function()
    cuts["head tail"] = { cut = 10, seam = 4 }
    local record = select(2, pcall(function()
      expect("head tail").no:contains("x")
    end))
    assert.is_nil(record.ok)
    assert.equal("T402", record.code)
    expect("head tail"):contains("head")
    cuts = {}
    expect("head tail").no:contains("x")
  end)

  it("is pending until a matcher was asked, also behind .no and eventually", function()
    expect(1)
    assert.is_truthy(next(pending))
    pending = {}
    expect(1):equals(1)
    assert.is_nil(next(pending))
    local _ = expect(1):equals(1).no
    assert.is_truthy(next(pending))
    pending = {}
    local e = expect(os.time):is_type("function"):eventually({ within = 1 })
    assert.is_truthy(next(pending))
    e.no:is_true()
    assert.is_nil(next(pending))
  end)

  it("takes one value, of which nil is one", function()
    expect(nil):is_nil()
    misuse("needs a value", function()
      expect()
    end)
    misuse("got several values", function()
      expect(1, 2)
    end)
    misuse("got nil and an error, gone", function()
      expect(nil, require("core.error").new({ code = "ENOENT", message = "gone" }))
    end)
    expect("content", nil):equals("content")
  end)

  it("refuses what would check nothing, or something else than is written", function()
    local function refused(pattern, value, word, ...)
      local args = table.pack(...)
      misuse(pattern, function()
        local e = expect(value)
        e[word](e, table.unpack(args, 1, args.n))
      end)
    end
    refused("equals%(%) needs one value", 1, "equals")
    refused("equals%(%) needs one value", 1, "equals", 1, 2)
    refused("no regular expression: missing", "x", "matches", "(")
    refused("not empty", "x", "matches", "")
    refused("not empty", "x", "starts_with", "")
    refused("needs a text", "x", "ends_with", 1)
    refused("needs a value", "x", "contains")
    refused("list of keys", {}, "has_keys", "a")
    refused("list of keys", {}, "has_keys", {})
    refused("number of items", {}, "has_length", -1)
    refused("number of items", {}, "has_length", 1.5)
    refused("a number or a text", 1, "lt", 0 / 0)
    refused("a number or a text", 1, "ge", {})
    refused("tolerance", 1, "approx", 1)
    refused("tolerance", 1, "approx", 1, -1)
    refused("takes no argument", true, "is_true", true)
    refused('did you mean "string"', "", "is_type", "strng")
    refused("regular expression, a table", print, "raises", 3)
    refused("regular expression, a table", print, "raises", {})
    refused("no regular expression", print, "raises", "(")
    refused("a path and a value", "{}", "json", "$")
    refused("a path starts with", "{}", "json", "a", 1)
    refused("a function has no form in JSON", "{}", "json", "$.a", print)
    refused("a function has no form in JSON", "{}", "json", { ["$.a"] = { print } })
    refused("NaN and infinity have no form", "{}", "json", "$.a", 0 / 0)
    refused("a list with holes", "{}", "json", "$.a", { 1, nil, 3 })
    refused("number of lines", "", "lines", "1")
    assert.same({}, records)
  end)

  it("knows what a misspelt or foreign matcher was meant to be", function()
    for word, meant in pairs({
      equls = "equals", has_key = "has_keys", matchs = "matches", eventualy = "eventually",
      not_contains = "%.no:contains", throws = "raises", eq = "equals",
    }) do
      misuse(("there is no matcher '%s'.*did you mean %s"):format(word, meant), function()
        return expect(1)[word]
      end)
    end
    misuse("'sha256' is for test files only", function()
      return expect("").sha256
    end)
    misuse("call it with a colon", function()
      expect(1).equals(1)
    end)
    misuse("no fields to set", function()
      expect(1).value = 2
    end)
    misuse("`.no` twice", function()
      return expect(1).no.no
    end)
  end)

  it("wants no argument of .no:raises(): another error would pass", function()
    misuse("takes no argument", function()
      expect(error).no:raises("x")
    end)
  end)
end)

describe("clnrm.expect(fn):eventually", function()
  before_each(function()
    records, pending, own = {}, {}, {}
  end)

  it("asks until the matcher holds, and tells one check", function()
    local n = 0
    expect(function()
      n = n + 1
      return n
    end):eventually({ within = "10s", every = "1ms" }):ge(4)
    assert.equal(4, n)
    assert.equal(1, #records)
    assert.equal(4, records[1].actual)
  end)

  it("waits behind .no as well, and each matcher behind it by itself", function()
    local n = 0
    local function counts()
      n = n + 1
      return n
    end
    expect(counts):eventually({ within = 10, every = 0.001 }).no:lt(3):ge(7)
    assert.equal(7, n)
  end)

  it("fails when the time is up, with the last value", function()
    local n = 0
    local record = failed(function()
      expect(function()
        n = n + 1
        return "v" .. n
      end):eventually({ within = "30ms", every = "5ms" }):equals("x")
    end)
    assert.equal("T105", record.code)
    assert.equal("v" .. n, record.actual)
    assert.is_true(n >= 2)
    assert.matches("in 0.0 s$", record.message)
    assert.matches("^asked %d+ times in", record.notes[#record.notes])
  end)

  it("ends when the function does not", function()
    local record = failed(function()
      expect(function()
        task.sleep(60000)
      end):eventually({ within = "30ms", every = "5ms" }):equals("x")
    end)
    assert.matches("did not return", record.message)
    assert.equal("the last call had not ended", record.notes[2])
  end)

  it("takes an error for not yet, and shows the last one", function()
    local n = 0
    expect(function()
      n = n + 1
      if n < 3 then
        error("not yet")
      end
      return true
    end):eventually({ within = "10s", every = "1ms" }):is_true()
    local record = failed(function()
      expect(function()
        error("never", 0)
      end):eventually({ within = "20ms", every = "5ms" }):is_true()
    end)
    assert.equal("T716", record.code)
    assert.matches("raised an error: never", record.message)
  end)

  it("looks once more after its last pause", function()
    local n = 0
    pcall(function()
      expect(function()
        n = n + 1
        return false
      end):eventually({ within = "20ms", every = "1h" }):is_true()
    end)
    assert.equal(2, n)
  end)

  it("stops when its task is cancelled", function()
    local err
    task.timeout(20, function()
      local ok
      ok, err = pcall(function()
        expect(function()
          return false
        end):eventually({ within = "60s", every = "1ms" }):is_true()
      end)
      assert(not ok)
    end)
    assert.equal("ECANCELED", err.code)
    assert.same({}, records)
  end)

  it("refuses what it does not know", function()
    misuse("needs a function", function()
      expect(1):eventually({})
    end)
    misuse("knows within and every, not 'witin'", function()
      expect(print):eventually({ witin = 1 })
    end)
    misuse("within is no duration", function()
      expect(print):eventually({ within = "soon" })
    end)
    misuse("within is no duration", function()
      expect(print):eventually({ within = "0s" })
    end)
    misuse("every is no duration", function()
      expect(print):eventually({ every = 0 })
    end)
    misuse("needs a table", function()
      expect(print):eventually("5s")
    end)
    misuse("stands before the matcher", function()
      expect(print).no:eventually({})
    end)
  end)
end)

describe("clnrm.matcher", function()
  before_each(function()
    records, pending, own = {}, {}, {}
  end)

  it("adds a matcher to the file, with .no and eventually", function()
    api.matcher("is_even", function(actual)
      return actual % 2 == 0, actual .. " is odd"
    end)
    expect(4):is_even():equals(4)
    assert.equal("3 is odd", failed(function()
      expect(3):is_even()
    end).message)
    local record = failed(function()
      expect(4).no:is_even()
    end)
    assert.equal("4: 'is_even' holds, which must not be", record.message)
    assert.equal("T717", record.code)
    local n = 0
    expect(function()
      n = n + 1
      return n
    end):eventually({ every = 0.001 }):is_even()
    assert.equal(2, n)
    own = {} -- another file
    misuse("no matcher 'is_even'", function()
      return expect(4).is_even
    end)
  end)

  it("gives the arguments, nil among them", function()
    local got
    api.matcher("gets", function(...)
      got = table.pack(...)
      return true
    end)
    expect(1):gets(nil, 2, nil)
    assert.same({ n = 4, 1, nil, 2, nil }, got)
  end)

  it("has to say true or false", function()
    api.matcher("vague", function(actual)
      return actual
    end)
    for _, value in ipairs({ 1, "true", {} }) do
      misuse("'vague' returned", function()
        expect(value):vague()
      end)
    end
    misuse("'vague' returned nil instead of true or false", function()
      expect(nil).no:vague()
    end)
    assert.same({}, records)
  end)

  it("has a name that is free and can be called", function()
    local function yes()
      return true
    end
    for name, why in pairs({
      equals = "built in", no = "built in", eventually = "built in", ["end"] = "keyword",
      ["a b"] = "name of Lua", [""] = "name of Lua", ["1a"] = "name of Lua",
    }) do
      misuse(why, function()
        api.matcher(name, yes)
      end)
    end
    misuse("name of Lua", function()
      api.matcher(nil, yes)
    end)
    misuse("needs a function", function()
      api.matcher("fine", true)
    end)
    api.matcher("fine", yes)
    api.matcher("fine", yes) -- the same again: a helper that two files require
    misuse("already", function()
      api.matcher("fine", function()
        return true
      end)
    end)
    misuse("did you mean fine", function()
      return expect(1).fien
    end)
  end)
end)
