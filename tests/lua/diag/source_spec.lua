local source = require("engine.diag.source")
local toml = require("core.toml")

--- Checks every offset of a text against the reader of TOML, and the way back.
local function check(s, step)
  local lines = source.lines(s)
  for offset = 0, #s, step or 1 do
    if (s:byte(offset + 1) or 0) & 0xC0 ~= 0x80 then -- the first byte of a character
      local line, column = source.position(lines, offset)
      local wanted_line, wanted_column = toml.line_column(s, offset)
      assert.equal(wanted_line, line, offset)
      assert.equal(wanted_column, column, offset)
      local byte = s:byte(offset + 1)
      if byte ~= 10 and byte ~= 13 and byte ~= 0xEF then
        assert.equal(offset, source.offset(lines, line, column))
      end
    end
  end
end

describe("engine.diag.source", function()
  it("tells line and column of every byte as the reader does, and the byte of each", function()
    check("")
    check("a")
    check("\n\n")
    check("a = 1\nb = é漢👍 x\r\n\r\nc")
    check(("a\n"):rep(3000), 7)
    check(("漢é\n\n x"):rep(700))
    check(("x"):rep(5000) .. "\n" .. ("é"):rep(5000) .. "\n", 11)
    check("\xEF\xBB\xBFa = 1\nb", 3)
  end)

  it("gives the bytes of a line", function()
    local s = "first\r\n\nthird" .. ("x"):rep(5000) .. "\nlast"
    local lines = source.lines(s)
    local function line(n)
      local first, last = source.bounds(lines, n)
      return first and s:sub(first, last)
    end
    assert.equal("first", line(1))
    assert.equal("", line(2))
    assert.equal("third" .. ("x"):rep(5000), line(3))
    assert.equal("last", line(4))
    assert.is_nil(line(5))
    assert.equal("a", ("\xEF\xBB\xBFa"):sub(source.bounds(source.lines("\xEF\xBB\xBFa"), 1)))
  end)

  it("counts a byte that is not UTF-8 as a character", function()
    local s = "a\xff\xfeb"
    local _, column = source.position(source.lines(s), 3)
    assert.equal(4, column)
  end)

  it("needs little for ten million lines", function()
    local before = collectgarbage("count")
    local s = ("\n"):rep(10000000)
    local lines = source.lines(s)
    assert.equal(9999999, (source.position(lines, 9999998)))
    assert.is_true(collectgarbage("count") - before < 12 * 1024)
  end)
end)
