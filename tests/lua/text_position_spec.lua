--- Lines and columns of bytes in a text.
local text = require("core.text")

describe("core.text.position", function()
  it("counts lines and code points", function()
    local s = "ab\né漢x\n"
    local function at(index) return table.concat({ text.position(s, index) }, ":") end
    assert.equal("1:1", at(1))
    assert.equal("1:3", at(3))
    assert.equal("2:1", at(4))
    assert.equal("2:2", at(6))
    assert.equal("2:2", at(7)) -- inside the character
    assert.equal("2:3", at(9))
    assert.equal("3:1", at(100))
  end)

  it("counts from a byte on", function()
    local s = "ab\né漢x\n"
    for from = 1, #s + 3 do
      for index = from, #s + 3 do
        local line, column = text.position(s:sub(from), index - from + 1)
        assert.same({ line, column }, { text.position(s, index, from) })
      end
    end
    for _, from in ipairs({ 0, 5 }) do
      assert.has_error(function()
        text.position(s, 4, from)
      end)
    end
  end)
end)
