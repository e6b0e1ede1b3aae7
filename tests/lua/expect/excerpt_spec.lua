local excerpt = require("engine.expect.excerpt").of

local function numbered(count)
  local lines = {}
  for i = 1, count do
    lines[i] = "line " .. i
  end
  return table.concat(lines, "\n") .. "\n"
end

describe("engine.expect.excerpt", function()
  it("takes all of a short text, the end of a long one", function()
    assert.same({ "a", "b" }, excerpt("a\nb\n"))
    assert.same({}, excerpt(""))
    local lines = excerpt(numbered(30))
    assert.equal("(20 lines above)", lines[1])
    assert.equal("line 21", lines[2])
    assert.equal("line 30", lines[#lines])
  end)

  it("takes the lines around a place, and marks what is nearest", function()
    local lines = excerpt(numbered(30), 10, { line = 10, why = "differs only in case" })
    assert.equal("(4 lines above)", lines[1])
    assert.equal("line 10", lines[7])
    assert.equal("~~~ nearest: differs only in case (line 10)", lines[8])
    assert.equal("(16 lines below)", lines[#lines])
  end)

  it("does not read all of a huge text for its end", function()
    local lines = excerpt(("x"):rep(100) .. "\n" .. ("y\n"):rep(200000))
    assert.matches("^%(%d+ bytes above%)$", lines[1])
    assert.equal(11, #lines)
  end)
end)

describe("an answer about a text", function()
  local host = require("engine.expect.host")
  local function notes(word, actual, ...)
    return host.ask({ word = word, negated = false, args = table.pack(...), attempt = pcall },
      actual).notes
  end

  it("shows the text, but for one that a diff shows, or that is empty", function()
    assert.same({ { title = "value", lines = { "abc" } } }, notes("contains", "abc", "x"))
    assert.equal("~~~ nearest: differs only in case (line 1)",
      notes("contains", "abc", "BC")[1].lines[2])
    local found = host.ask({ word = "contains", negated = true, args = { n = 1, "line 3" } },
      ("x\n"):rep(50) .. "line 3\n" .. ("y\n"):rep(50)).notes[1].lines
    assert.same({ "(45 lines above)", "line 3" }, { found[1], found[7] })
    assert.is_nil(notes("equals", "abc", "x"))
    assert.is_nil(notes("contains", "", "x"))
    assert.is_nil(notes("lt", 3, 2))
  end)
end)
