local quarantines = require("engine.plan.quarantine")

local function suite(path, ...)
  local made = { file = "shown/" .. path, path = "/p/" .. path, project_dir = "/p", scenarios = {} }
  for i, name in ipairs({ ... }) do
    made.scenarios[i] = { name = name, suite = made }
  end
  return made
end

local function parse(text)
  return quarantines.parse(text, "q.toml", "2026-11-28")
end

local ENTRY = '[[test]]\nid = "t/a.toml › x"\nreason = "known"\n'

describe("engine.plan.quarantine", function()
  it("lists tests by their file as seen from the project", function()
    local got = assert(parse(ENTRY))
    local one = suite("t/a.toml", "x", "y")
    assert.is_true(got:lists(one.scenarios[1]))
    assert.is_false(got:lists(one.scenarios[2]))
    assert.is_false(got:lists(suite("u/a.toml", "x").scenarios[1]))
  end)

  it("holds to the last day, and no longer", function()
    local function holds(day)
      local got = assert(parse(ENTRY .. "until = " .. day))
      return got:lists(suite("t/a.toml", "x").scenarios[1])
    end
    assert.is_true(holds("2026-11-28"))
    assert.is_true(holds('"2027-01-01"'))
    assert.is_false(holds("2026-11-27"))
  end)

  it("tells of entries that do nothing", function()
    local one = suite("t/a.toml", "x")
    local function told(text, there)
      local list = {}
      for i, d in ipairs(assert(parse(text)):stale({ one }, function()
        return there
      end)) do
        list[i] = d.code .. " " .. d.line .. " " .. d.message
      end
      return list
    end
    assert.same({}, told(ENTRY))
    assert.same({ "E211 2 the quarantine of this test ended on 2026-11-27" },
      told(ENTRY .. "until = 2026-11-27"))
    assert.same({ "E211 2 there is no such test" }, told((ENTRY:gsub("› x", "› z")), true))
    local other = ENTRY:gsub("a.toml", "b.toml")
    assert.same({ "E211 2 there is no such test" }, told(other, false))
    assert.same({}, told(other, true)) -- it was not read this time
  end)

  local wrong = {
    { '[[test]]\nid = "a"\n', "`reason` is missing" },
    { '[[test]]\nreason = "a"\n', "`id` is missing" },
    { '[[test]]\nid = ""\nreason = "a"\n', "`id` wants text" },
    { '[[test]]\nid = 7\nreason = "a"\n', "`id` wants text" },
    { ENTRY .. 'util = "x"\n', "unknown key `util`" },
    { ENTRY .. 'until = "soon"\n', "`until` wants a day" },
    { ENTRY .. "until = 7\n", "`until` wants a day" },
    { ENTRY .. ENTRY, "listed twice" },
    { '[[tests]]\nid = "a"\n', "unknown key `tests`" },
    { 'test = "a"\n', "`test` is a list" },
    { 'test = ["a"]\n', "an entry is a table" },
    { "test = [\n", "" },
  }
  for i, case in ipairs(wrong) do
    it("refuses what is wrong, number " .. i, function()
      local got, list = parse(case[1])
      assert.is_nil(got)
      assert.is_truthy(list[1].message:find(case[2], 1, true), list[1].message)
      assert.equal("q.toml", list[1].file)
      assert.equal("integer", math.type(list[1].line))
    end)
  end
end)
