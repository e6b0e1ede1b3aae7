--- Breakpoints and steps of the debugger.
local lines = require("engine.pdb.lines")

describe("engine.pdb.lines", function()
  it("reads places", function()
    assert.same({ file = "a/b.lua", line = 12 }, lines.parse("./a/b.lua:12"))
    assert.same({ file = "x.lua", line = 7 }, lines.parse("7", "x.lua"))
    for _, text in ipairs({ "", "7", "a.lua", "a.lua:0", "a.lua:x", ":" }) do
      assert.is_nil(lines.parse(text), text)
    end
  end)

  it("knows a file by the end of its path", function()
    local set = lines.breakpoints()
    assert.is_true(set:add({ file = "t/a.lua", line = 3 }))
    assert.is_true(set:has("/home/t/a.lua", 3))
    assert.is_true(set:has("a.lua", 3))
    assert.is_false(set:has("/home/tt/a.lua", 3))
    assert.is_false(set:has("t/a.lua", 4))
    assert.is_true(set:remove({ file = "a.lua", line = 3 }))
    assert.is_false(set:remove({ file = "a.lua", line = 3 }))
  end)

  it("has a bound", function()
    local set = lines.breakpoints()
    for i = 1, lines.MAX do
      assert.is_true(set:add({ file = "a.lua", line = i }))
    end
    assert.is_true(set:add({ file = "a.lua", line = 1 }))
    assert.is_false(set:add({ file = "b.lua", line = 1 }))
  end)

  describe("watching", function()
    local TEXT = [[
local function double(n)
  local twice = n * 2
  return twice
end
local total = 0
for i = 1, 2 do
  total = total + double(i)
end
return total]]

    --- Runs to the end; at each stop the next word of a list says how it goes on.
    local function run(first, words)
      local co = coroutine.create(assert(load(TEXT, "@user.lua")))
      local watch = lines.watch(co, lines.breakpoints({ { file = "user.lua", line = first } }))
      local stops, result = {}, nil
      repeat
        local ok, value = coroutine.resume(co)
        assert(ok, value)
        if watch.is_stopped then
          stops[#stops + 1] = watch.at.line
          watch:go_on(table.remove(words, 1) or "continue")
        else
          result = value
        end
      until coroutine.status(co) == "dead"
      watch:close()
      return stops, result
    end

    it("stops at a breakpoint each time", function()
      local stops, result = run(2, {})
      assert.same({ 2, 2 }, stops)
      assert.equal(6, result)
    end)

    it("steps into functions, over them, and out of them", function()
      assert.same({ 6, 7, 2, 3, 6 }, { table.unpack((run(6, { "step", "step", "step", "finish" })),
        1, 5) })
      assert.same({ 6, 7, 6, 7, 6 }, (run(6, { "next", "next", "next" })))
    end)

    it("knows the locals that are there before the line", function()
      local co = coroutine.create(assert(load(TEXT, "@user.lua")))
      local watch = lines.watch(co, lines.breakpoints({ { file = "user.lua", line = 3 } }))
      coroutine.resume(co)
      assert.same({ "n", "twice" }, watch.at.names)
      local frame = require("engine.pdb.frames").of(co, watch.at)[1]
      assert.equal(3, frame.line)
      assert.equal(2, require("engine.pdb.frames").find(frame, "twice").value)
      watch:close()
    end)
  end)
end)
