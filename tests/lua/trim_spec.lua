--- Ends of texts of megabytes: what takes the square of them would not end.
local lex = require("engine.script.lex")
local load_text = require("engine.script.load")
local support = dofile("tests/lua/template/support.lua")
local trim = require("engine.trim")

local LONG = 1000000
local BLANKS, WORD = (" "):rep(LONG), ("a"):rep(LONG)

describe("the ends of a long text", function()
  it("are trimmed", function()
    assert.equal("a" .. BLANKS .. "b", trim.both(BLANKS .. "a" .. BLANKS .. "b" .. BLANKS))
    assert.equal("", trim.both(BLANKS))
    assert.equal("", trim.both(""))
    assert.equal(" a", trim.stop(" a" .. BLANKS))
    assert.equal("", trim.stop(BLANKS))
  end)

  it("have a last line", function()
    assert.equal(1, trim.last_line(""))
    assert.equal(1, trim.last_line(WORD))
    assert.equal(LONG + 2, trim.last_line(WORD .. "\n"))
    assert.equal(LONG + 2, trim.last_line(WORD .. "\n" .. WORD))
  end)

  it("are found beside tags with a minus", function()
    for source, wanted in pairs({
      ["a" .. BLANKS .. "b" .. BLANKS .. "{{- 1 }}"] = "a" .. BLANKS .. "b1",
      ["{% raw %}a" .. BLANKS .. "b" .. BLANKS .. "{%- endraw %}"] = "a" .. BLANKS .. "b",
      ["{{ 1 -}}" .. BLANKS .. "a" .. BLANKS .. "b"] = "1a" .. BLANKS .. "b",
    }) do
      local text = assert(support.environment({ main = source }):render("main", {}))
      assert.is_true(text == wanted)
    end
  end)

  it("of lines are counted once, not by each string", function()
    local tokens = lex.tokens(('""'):rep(LONG) .. "\n'a\\\nb' [[\n\n]] x")
    assert.same({ LONG + 3, 1, 3, 5, 5 }, { #tokens, tokens[LONG].line, tokens[LONG + 1].line,
      tokens[LONG + 2].line, tokens[LONG + 3].line })
  end)

  it("are found in what does not compile", function()
    local _, problems = load_text.compile("x = 1 --[[" .. WORD .. BLANKS .. "x", "a.lua")
    assert.same({ "P040", 1, 2 * LONG + 11 }, { problems[1].code, problems[1].line,
      problems[1].column })
  end)
end)
