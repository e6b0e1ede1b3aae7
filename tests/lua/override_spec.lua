local override = require("engine.override")

describe("engine.override", function()
  it("hands the function that it replaces to the new one", function()
    local module = {
      greet = function(name)
        return "hello " .. name
      end,
    }
    override(module, "greet", function(base, name)
      return base(name) .. "!"
    end)
    override(module, "greet", function(base, name)
      return "> " .. base(name)
    end)
    assert.equal("> hello you!", module.greet("you"))
  end)

  it("refuses what cannot be meant", function()
    local function nothing() end
    assert.has_error(function()
      override({}, "nope", nothing)
    end, "the module has no function 'nope' to override")
    assert.has_error(function()
      override({ x = 1 }, "x", nothing)
    end)
    assert.has_error(function()
      override("engine.x", "x", nothing)
    end)
    assert.has_error(function()
      override({ x = nothing }, "x", "y")
    end)
  end)
end)
