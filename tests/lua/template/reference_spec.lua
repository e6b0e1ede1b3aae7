local reference = require("engine.template.reference")

local SPACES = { "filters", "tests", "functions" }

describe("engine.template.reference", function()
  for _, space in ipairs(SPACES) do
    it("tells of all " .. space .. ", and of no others", function()
      local known = require("engine.template." .. space)
      for name in pairs(known) do
        assert.is_table(reference[space][name], name)
      end
      for name, entry in pairs(reference[space]) do
        assert.is_function(known[name], name)
        assert.matches("%.$", entry[2], 1, name)
      end
    end)

    it("has an example of each of " .. space .. " that works and uses it", function()
      for name, entry in pairs(reference[space]) do
        local text, problem = reference.render(entry[3])
        assert.is_string(text, problem and name .. ": " .. problem.message)
        assert.is_truthy(entry[3]:find(name, 1, true), name)
        assert.equal(text, (reference.render(entry[3])))
      end
    end)
  end
end)
