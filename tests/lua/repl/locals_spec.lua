local locals = require("engine.repl.locals")

local function text_of(text)
  return locals.rewrite(text).text
end

describe("engine.repl.locals", function()
  it("makes names of locals, and leaves every byte behind them where it was", function()
    for from, to in pairs({
      ["local a = 1"] = "      a = 1",
      ["local a"] = "a=nil; ",
      ["local a, b"] = "a, b=nil; ",
      ["local a <const> = 1"] = "      a         = 1",
      ["local function f() return 1 end"] = "      function f() return 1 end",
      ["x = 1; local y = x"] = "x = 1;       y = x",
      ["local a\n(f)()"] = "a=nil; \n(f)()",
      ["local a = 1 local b = 2"] = "      a = 1       b = 2",
    }) do
      assert.equal(to, text_of(from))
      assert.equal(#from, #text_of(from))
    end
  end)

  it("leaves locals of blocks, functions and texts alone", function()
    for _, text in ipairs({
      "do local a = 1 end",
      "for i = 1, 2 do local a = i end",
      "if x then local a = 1 elseif y then local b = 2 else local c = 3 end",
      "while x do local a = 1 end",
      "repeat local a = 1 until a",
      "f(function() local a = 1 end)",
      "t = { f = function() local a end }",
      "x = 'local a = 1' -- local b",
      "local _ENV = {}",
    }) do
      assert.equal(text, text_of(text))
    end
  end)

  it("goes on behind a block", function()
    assert.equal("do local a end       b = 1", text_of("do local a end local b = 1"))
    assert.equal("repeat local a until a       b = 1",
      text_of("repeat local a until a local b = 1"))
  end)

  it("tells the names, and those that are to be closed", function()
    local got = locals.rewrite("local a, b <close> = 1, x; local function f() end local c")
    assert.same({ "a", "b", "f", "c" }, got.names)
    assert.same({ "b" }, got.closes)
  end)
end)
