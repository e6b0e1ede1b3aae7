local failed = require("engine.expect.compare").failed

local function record(op, left, right, more)
  local fields = { op = op, left = left, right = right, file = "x.lua", line = 3 }
  for key, value in pairs(more or {}) do
    fields[key] = value
  end
  return failed(fields)
end

describe("engine.expect.compare", function()
  it("shows both sides with their sources", function()
    local r = record("==", 3, 4, { left_text = "#rows", right_text = "expected.count" })
    assert.equal("3 == 4 is false", r.label)
    assert.same({ { title = "with", lines = { "#rows = 3", "expected.count = 4" } } }, r.notes)
    assert.same({ "T701", false, "assertion failed" }, { r.code, r.ok, r.message })
    assert.same({ file = "x.lua", line = 3 }, r.pos)
  end)

  it("does not repeat what stands in the source", function()
    assert.is_nil(record("<", 3, 2, { left_text = "3", right_text = "2" }).notes)
    assert.is_nil(record("==", "a", nil, { left_text = '"a"', right_text = "nil" }).notes)
  end)

  it("has the user's message", function()
    assert.equal("too few", record("<", 3, 2, { message = "too few" }).message)
    assert.equal("false", record("<", 3, 2, { message = false }).message)
  end)

  it("says what is missing of lists on each side", function()
    local r = record("==", { { id = 1 }, { id = 9 } }, { { id = 1 }, { id = 3 } })
    assert.same({ { title = "missing on the left", lines = { "{ id = 3 }" } },
      { title = "missing on the right", lines = { "{ id = 9 }" } } }, r.notes)
    assert.is_table(r.diff)
  end)

  it("says that == of tables does not look into them", function()
    local r = record("==", { 1 }, { 1 })
    assert.matches("equal in content, but two: ==", r.notes[1])
    assert.matches(":equals", r.help)
    assert.is_nil(r.diff)
  end)

  it("sees a number that is a text, and shows a diff of texts", function()
    assert.matches("tonumber", record("==", "3", 3).help)
    assert.is_nil(record("==", "3", 4).help)
    assert.same({ "- a b", "    ^", "+ a c", "    ^" }, record("==", "a c", "a b").diff)
    assert.is_nil(record("~=", "a", "a").diff)
  end)

  it("says that only a newline differs, instead of a diff of equal lines", function()
    local r = record("==", "5\n", "5")
    assert.equal("they differ only in a newline at the end", r.help)
    assert.is_nil(r.diff)
  end)

  it("has the message alone, where nothing was compared", function()
    assert.equal("no such file", failed({ message = "no such file" }).message)
    assert.equal("assertion failed", failed({}).message)
    assert.is_nil(failed({}).label)
  end)

  it("shows both sides also where their __eq raises", function()
    local broken = setmetatable({}, { __eq = function()
      error("no")
    end })
    assert.equal("{} == {} is false", record("==", broken, {}).label)
  end)
end)
