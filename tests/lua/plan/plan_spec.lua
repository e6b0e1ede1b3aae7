local plan = require("engine.plan")

local function suite(file, tags, names)
  local scenarios = {}
  local self = { file = file, tags = tags, scenarios = scenarios }
  for i, name in ipairs(names) do
    scenarios[i] = { id = file .. " › " .. name, name = name, file = file, tags = {}, suite = self }
  end
  return self
end

local function suites()
  return {
    suite("a.clnrm.toml", { "db" }, { "migrates", "rolls back" }),
    suite("b.clnrm.toml", {}, { "prints version" }),
  }
end

local function names(result)
  local list = {}
  for i, scenario in ipairs(result.scenarios) do
    list[i] = scenario.name
  end
  return list
end

describe("engine.plan", function()
  it("takes everything in the order of the files", function()
    local all = plan.make(suites())
    assert.same({ "migrates", "rolls back", "prints version" }, names(all))
    assert.equal(2, all.files)
    assert.equal(0, all.excluded)
    assert.same({}, all.broken)
  end)

  it("selects by expression, by glob of the name and by tag, together", function()
    assert.same({ "migrates", "rolls back" }, names(plan.make(suites(), { filter = "tag:db" })))
    assert.same({ "rolls back" }, names(plan.make(suites(), { only = "*back" })))
    assert.same({}, names(plan.make(suites(), { only = "back" })))
    assert.same({ "prints version" }, names(plan.make(suites(), { only = "prints*" })))
    assert.same({ "migrates", "rolls back" }, names(plan.make(suites(), { tags = { "x", "db" } })))
    assert.same({ "migrates" },
      names(plan.make(suites(), { tags = { "db" }, filter = "not back", only = "m*" })))
  end)

  it("tells each tag once, though the file and its scenario both have it", function()
    assert.same({ "db", "slow" },
      plan.tags_of({ tags = { "db" }, suite = { tags = { "slow", "db" } } }))
    assert.same({}, plan.tags_of({}))
  end)

  it("takes the tags of a scenario as well as the file's", function()
    local list = suites()
    list[2].scenarios[1].tags = { "cli" }
    assert.same({ "prints version" }, names(plan.make(list, { tags = { "cli" } })))
  end)

  it("counts what it leaves out, and the files that remain", function()
    local chosen = plan.make(suites(), { filter = "version" })
    assert.equal(2, chosen.excluded)
    assert.equal(1, chosen.files)
  end)

  it("keeps files without a suite, whatever is selected", function()
    local broken = { { file = "c.clnrm.toml", diagnostics = {} } }
    local chosen = plan.make(suites(), { filter = "nothing", broken = broken })
    assert.equal(broken, chosen.broken)
  end)

  it("says what a selection that leaves nothing may have meant", function()
    assert.matches("did you mean 'version'", plan.make(suites(), { filter = "versoin" }).hint)
    assert.matches("did you mean 'db'", plan.make(suites(), { tags = { "bd" } }).hint)
    assert.is_nil(plan.make(suites(), { filter = "elephant" }).hint)
    assert.is_nil(plan.make(suites(), { filter = "version" }).hint)
  end)

  it("refuses an expression or a glob with its place", function()
    local chosen, list = plan.make(suites(), { filter = "db and" })
    assert.is_nil(chosen)
    assert.same({ plan.FILTER_SOURCE, 1, 7 }, { list[1].file, list[1].line, list[1].column })
    chosen, list = plan.make(suites(), { only = "[" })
    assert.is_nil(chosen)
    assert.equal(plan.ONLY_SOURCE, list[1].file)
    assert.equal("E110", list[1].code)
  end)

  it("raises on misuse", function()
    assert.has_error(function()
      return plan.make(nil)
    end)
  end)
end)
