local position = require("engine.lsp.position")

local TEXT = "a\r\né😀b\rc\n\ne"
local ENCODINGS = { "utf-8", "utf-16", "utf-32" }

local function offset(line, character, encoding)
  return position.offset(position.lines(TEXT), { line = line, character = character }, encoding)
end

describe("engine.lsp.position", function()
  it("ends lines with LF, CRLF and CR", function()
    local lines = position.lines(TEXT)
    assert.same({ 0, 3, 11, 13, 14 }, { table.unpack(lines) })
    assert.same({ 0 }, { table.unpack(position.lines("")) })
  end)

  it("counts in units of the encoding", function()
    assert.same({ 3 + 2 + 4, 3 + 2 + 4, 3 + 2 + 4 },
      { offset(1, 6, "utf-8"), offset(1, 3, "utf-16"), offset(1, 2, "utf-32") })
  end)

  it("goes back to the begin of a character, and no farther than the line's end", function()
    assert.equal(5, offset(1, 2, "utf-16")) -- in the middle of the pair
    assert.equal(5, offset(1, 4, "utf-8"))
    for _, encoding in ipairs(ENCODINGS) do
      assert.equal(1, offset(0, 99, encoding))
      assert.equal(10, offset(1, 99, encoding))
      assert.equal(13, offset(3, 7, encoding))
      assert.equal(#TEXT, offset(4, 99, encoding))
      assert.equal(#TEXT, offset(99, 0, encoding))
    end
  end)

  it("comes back to each place between two characters", function()
    local lines = position.lines(TEXT)
    for _, encoding in ipairs(ENCODINGS) do
      for _, at in ipairs({ 0, 1, 3, 5, 9, 10, 11, 12, 13, 14, 15 }) do
        local place = position.position(lines, at, encoding)
        assert.equal(at, position.offset(lines, place, encoding), encoding .. " " .. at)
      end
      assert.same({ line = 0, character = 1 }, position.position(lines, 2, encoding))
      assert.same({ line = 4, character = 1 }, position.position(lines, 1000, encoding))
    end
    assert.same({ line = 1, character = 1 }, position.position(lines, 7, "utf-16"))
  end)
end)
