--- Texts that are broken into the rows of a pane.
local canvas = require("engine.dev.screen.canvas")

local function rows(s, width)
  local list = {}
  for i, row in ipairs(canvas.rows(s, width)) do
    local parts = {}
    for k, segment in ipairs(row) do
      parts[k] = segment.text
    end
    list[i] = table.concat(parts)
  end
  return table.concat(list, "|")
end

describe("engine.dev.screen.canvas.rows", function()
  it("breaks at blanks, else where the width ends, and never in a letter", function()
    assert.equal("hello |wide |world of| words", rows("hello wide world of words", 8))
    assert.equal("日本|語テ|キス|ト", rows("日本語テキスト", 5))
    assert.equal("xxxxxxx|xxxxxxx|xxxxxx", rows(("x"):rep(20), 7))
    assert.equal("e\204\129xyz|z", rows("e\204\129xyzz", 4))
    local many = "e" .. ("\204\129"):rep(300) -- one letter, of more bytes than are looked at first
    assert.equal(many .. "x|y", rows(many .. "xy", 2))
    assert.equal("ab|", rows("ab\n\n", 5))
  end)

  it("takes texts of several colours for one line", function()
    assert.equal("abcd", rows("\27[31mab\27[0mcd", 4))
    assert.equal("ab|cd", rows("\27[31mab\27[0mcd", 3))
  end)

  it("looks at no byte of a long line again and again", function()
    local text = require("core.text")
    local cut, width, looked = text.cut, text.width, 0
    text.cut = function(s, ...)
      looked = looked + #s
      return cut(s, ...)
    end
    text.width = function(s)
      looked = looked + #s
      return width(s)
    end
    local ok, list = pcall(canvas.rows, ("x"):rep(400000), 40)
    text.cut, text.width = cut, width
    assert(ok, list)
    assert.equal(10000, #list)
    assert.is_true(looked < 16 * 400000, looked)
  end)
end)
