--- What is told of the fields of a rule that are none.
local rule = require("engine.lint.rule")

describe("the fields of a rule", function()
  it("that are wrong are all told, in the same order each time, with what may be meant", function()
    assert.equal("`name` must be a string; a rule has no field `1`; a rule has no field `severty`,"
      .. " did you mean `severity`?; a rule has no field `vist`, did you mean `visit`?",
      rule.problem({ "x", vist = {}, severty = "error", name = 5 }))
  end)
end)
