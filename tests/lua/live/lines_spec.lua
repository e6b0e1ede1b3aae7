local lines_of = require("engine.live.lines")

--- Makes lines of pieces, and returns them.
local function collect(rest)
  local list = {}
  return lines_of.new(function(line)
    list[#list + 1] = line
  end, rest), list
end

describe("engine.live.lines", function()
  it("gives each line once, however it comes", function()
    local text = "one\n\ntwo\r\nthree\n"
    for size = 1, #text do
      local lines, list = collect("")
      for at = 1, #text, size do
        lines:feed(text:sub(at, at + size - 1))
      end
      lines:finish()
      assert.same({ "one", "", "two", "three" }, list)
    end
  end)

  it("goes on with what was there, and gives at the end what has none", function()
    local lines, list = collect("beg")
    lines:feed("in\nrest")
    assert.same({ "begin" }, list)
    lines:finish()
    lines:finish()
    assert.same({ "begin", "rest" }, list)
  end)

  it("gives nothing of a line whose beginning is not known", function()
    local lines, list = collect(nil)
    assert.equal(0, lines:feed("ret of "))
    assert.equal(1, lines:feed("it\nnext\n"))
    lines:finish()
    assert.same({ "next" }, list)
  end)

  it("counts what it leaves out, and goes on with the next whole line", function()
    local lines, list = collect("")
    lines:feed("sec")
    assert.equal(2, lines:drop("ret\nx\nhalf"))
    assert.equal(0, lines:drop(" of"))
    assert.equal(1, lines:feed(" it\nnext\n"))
    assert.equal(1, lines:drop("y\n"))
    assert.equal(0, lines:feed("whole\n"))
    assert.same({ "next", "whole" }, list)
  end)

  it("holds a bounded part of a line", function()
    local lines, list = collect("")
    local piece = ("x"):rep(1000)
    for _ = 1, 100 do
      lines:feed(piece)
    end
    lines:feed("\nnext\n")
    assert.equal(2, #list)
    assert.is_true(list[1] == ("x"):rep(lines_of.HELD_MAX))
    assert.equal("next", list[2])
  end)
end)
