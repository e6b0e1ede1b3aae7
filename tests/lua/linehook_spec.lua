--- core.linehook: coroutines that are suspended at lines.
local linehook = require("core.linehook")
local task = require("core.task")

describe("core.linehook", function()
  --- Makes a coroutine of a text, and notes at which lines it was asked.
  local function hooked(text, decide)
    local asked = {}
    local co = coroutine.create(assert(load(text, "@user.lua")))
    local hook = linehook.open(co, function(line)
      asked[#asked + 1] = line
      return decide and decide(line)
    end)
    return co, hook, asked
  end

  it("asks at lines, and at every line", function()
    local co, hook, asked = hooked("local a = 1\na = 2\na = 3\nreturn a")
    hook:lines({ 2, 4 })
    assert.same({ true, 3 }, { coroutine.resume(co) })
    assert.same({ 2, 4 }, asked)
    hook:close()
    co, hook, asked = hooked("local a = 1\na = 2\nreturn a")
    hook:every(true)
    coroutine.resume(co)
    hook:close()
    assert.same({ 1, 2, 3 }, asked)
  end)

  it("suspends before the line, with no values, and goes on there", function()
    local co, hook = hooked("local a = ...\na = a + 1\na = a * 2\nreturn a", function(line)
      return line == 3
    end)
    hook:every(true)
    local results = table.pack(coroutine.resume(co, 5))
    assert.same({ true, 1 }, { results[1], results.n })
    assert.equal("suspended", coroutine.status(co))
    assert.same({ "a", 6 }, { debug.getlocal(co, 0, 1) })
    debug.setlocal(co, 0, 1, 10)
    assert.same({ true, 20 }, { coroutine.resume(co) })
    hook:close()
  end)

  it("runs to the end when it is closed meanwhile", function()
    local co, hook = hooked("local a = 1\na = 2\nreturn a", function()
      return true
    end)
    hook:every(true)
    coroutine.resume(co)
    hook:close()
    hook:close()
    assert.same({ true, 2 }, { coroutine.resume(co) })
    assert.has_error(function()
      hook:every(true)
    end)
  end)

  it("leaves alone what cannot yield, and coroutines of the coroutine", function()
    local co, hook, asked = hooked([[
local list = { 3, 1, 2 }
table.sort(list, function(a, b)
  return a < b
end)
local inner = coroutine.wrap(function()
  return list[1]
end)
return inner()]], function(line)
      return line == 3 or line == 6
    end)
    hook:every(true)
    assert.same({ true, 1 }, { coroutine.resume(co) })
    hook:close()
    for _, line in ipairs(asked) do
      assert.is_true(line ~= 3 and line ~= 6)
    end
  end)

  it("stops inside pcall, and in functions that wait", function()
    local co, hook = hooked("local task = ...\npcall(function()\ntask.sleep(1)\ntask.yield()\nend)",
      function(line)
        return line == 4
      end)
    hook:lines({ 4 })
    assert.is_true(coroutine.resume(co, task))
    assert.equal("suspended", coroutine.status(co))
    assert.is_true(coroutine.resume(co))
    assert.equal("dead", coroutine.status(co))
    hook:close()
  end)

  it("lets the limit of the task count on, while it is there and behind it", function()
    for _, is_closed in ipairs({ false, true }) do
      local t = task.spawn(function()
        task.limit(1000000)
        local co, hook = hooked("while true do end")
        local _ <close> = hook
        if is_closed then
          hook:close()
        end
        assert(coroutine.resume(co))
      end)
      local ok, err = pcall(t.join, t)
      assert.is_false(ok)
      assert.matches("ran more than", err)
    end
  end)

  it("asks each so many instructions, where limits and interrupts are looked at too", function()
    local asked = {}
    local co = coroutine.create(assert(load("for i = 1, 100000 do end", "@user.lua")))
    local hook <close> = linehook.open(co, function(line)
      asked[#asked + 1] = line
      return true -- stops nothing
    end)
    hook:sample(1000)
    assert.is_true(coroutine.resume(co))
    assert.equal("dead", coroutine.status(co))
    assert.is_true(#asked >= 90 and #asked <= 300, #asked)
    assert.equal(-1, asked[1])
    assert.has_error(function()
      hook:sample(1)
    end)
    local t = task.spawn(function()
      task.limit(1000000)
      local endless = coroutine.create(assert(load("while true do end", "@user.lua")))
      local own <close> = linehook.open(endless, function() end)
      own:sample(1000)
      assert(coroutine.resume(endless))
    end)
    assert.is_false(pcall(t.join, t))
  end)

  it("is one for each coroutine, and takes lines that are numbers", function()
    local co, hook = hooked("return 1")
    assert.has_error(function()
      linehook.open(co, print)
    end)
    assert.has_error(function()
      hook:lines({ "x" })
    end)
    assert.has_error(function()
      hook:lines(setmetatable({}, { __len = function()
        return 257
      end }))
    end)
    hook:close()
  end)
end)
