--- Each rule of lint tells its bad examples, not its good ones, and fixes as it says.
local catalogue = require("engine.lint.catalogue")
local fs = require("core.fs")
local rules = require("engine.lint.rule")
local task = require("core.task")
local trial = require("engine.lint.trial")

describe("the rule", function()
  for _, rule in ipairs(catalogue.list()) do
    it(("%s %s holds by its own examples"):format(rule.code, rule.name), function()
      local module = "engine.lint.rules." .. rule.name:gsub("-", "_")
      assert.is_nil(rules.problem(require(module)))
      local problems, tests
      task.spawn(function()
        problems, tests = trial.rule(rule)
      end):join()
      assert.equal("", table.concat(problems, "\n"))
      assert.is_true(tests >= 2)
    end)
  end
end)

describe("the catalogue", function()
  it("lists every file of rules, by code", function()
    local files, last = {}, ""
    for _, entry in ipairs(assert(fs.scandir("lua/engine/lint/rules"))) do
      files[entry.name:gsub("%.lua$", ""):gsub("_", "-")] = true
    end
    for i, name in ipairs(catalogue.names) do
      local rule = catalogue.list()[i]
      assert.equal(name, rule.name)
      assert.is_true(rule.code > last, rule.code)
      assert.is_true(files[name], name)
      last, files[name] = rule.code, nil
    end
    assert.is_nil(next(files))
  end)
end)
