--- What is read by a shortcut is what the grammar reads.
local expression = require("engine.template.expression")
local plain = require("engine.template.plain")

--- The expression of `{{ … }}` as the grammar reads it, and the place behind it.
local function by_grammar(text)
  local at = text:match("^{{%-?[ \t\r\n]*()")
  local e, stop = expression.any(expression.reader(text), at)
  return e, stop and text:match("^[ \t\r\n]*%-?}}()", stop)
end

local PATHS = { "a", "a.b", "a.0.c_d", "_x1", "nota", "not", "true", "True", "trueish", "false.x",
  "Falsehood", "f", "t.n", "a..b", "a.", "a.1b", "not.a" }
local FILTERS = { "", "|f", " | lower", " |\n f ", "| f()", "| f ( )", "| f(x=1)", "| f(x='y')",
  '| f(x="y")', "| f(x=`y`)", "| join(sep='\", \"')", "| f(x=\"it's\")", "| f(x='a}}b')",
  "| f(x='')", "| f(x='a' )", "| f( x='a')", "| f(x ='a')", "| f(x='a', y='b')", "| f(x='a',)",
  "| f(x='a' ~ 'b')", "| f(x='a'|g)", "| f(x='a') | g", "| f(x='a'", "| f(x='a)", "| f(x=\"a')",
  "| 1", "|", "| f + 1", " + 1", " ~ 'a'", " is defined", " == 'a'", "[0]", "(x='a')" }

describe("the shortcut for an output", function()
  it("gives what the grammar gives, or nothing", function()
    local taken = 0
    for _, path in ipairs(PATHS) do
      for _, filter in ipairs(FILTERS) do
        for _, ends in ipairs({ { "{{", "}}" }, { "{{ ", " }}" }, { "{{-\t", "-}}" } }) do
          local text = ends[1] .. path .. filter .. ends[2]
          local node, stop = plain.output(text .. " x}} '", 1)
          if node then
            taken = taken + 1
            local e, after = by_grammar(text)
            assert.same(e, node.e, text)
            assert.same({ after, ends[1] == "{{-\t", ends[2] == "-}}" }, { stop, node.l, node.r })
          end
        end
      end
    end
    assert.is_true(taken > 200, tostring(taken))
  end)

  it("takes the plainest ones", function()
    for _, text in ipairs({ "{{ a }}", "{{a.b}}", "{{- a -}}", "{{ a | f }}", "{{ a | f(x='y') }}",
      "{{ tags | join(sep='\", \"') }}", "{{ a | f(x=\"}}\") }}" }) do
      assert.is_truthy(plain.output(text, 1), text)
    end
  end)
end)
