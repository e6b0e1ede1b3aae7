--- Coroutines of a test's own, some of which wait.
-- luacheck: max line length 120
local core = require("core.task")
local load = require("engine.script.load")

--- Runs a text as a test file under limits; `sleep` waits a moment and gives back its arguments.
local function run(text)
  local head = "local task = require('clnrm.task') local function sleep(...) task.sleep(1) "
    .. "return ... end "
  local fn, env = load.chunk(head .. text, { name = "co.clnrm.lua" })
  assert(fn, not fn and env[1].message)
  local running = core.spawn(function()
    core.limit(100000000, 10000)
    return fn()
  end)
  return pcall(running.join, running)
end

describe("coroutines in tests", function()
  for name, case in pairs({
    ["wait inside wrap"] = { 6, [[
      local sum = 0
      for n in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(sleep(i)) end end) do
        sum = sum + n
      end
      return sum]] },
    ["wait inside resume, and get what they are given"] = { "ab", [[
      local co = coroutine.create(function(a) sleep() local b = coroutine.yield(a) sleep() return b end)
      local _, a = coroutine.resume(co, "a")
      local _, b = coroutine.resume(co, "b")
      return a .. b]] },
    ["wait inside each other"] = { 3, [[
      local outer = coroutine.wrap(function()
        local inner = coroutine.wrap(function() sleep() coroutine.yield(1) sleep() coroutine.yield(2) end)
        coroutine.yield(inner()) coroutine.yield(inner())
      end)
      return outer() + outer()]] },
    ["wait inside pcall inside of them"] = { "late", [[
      local f = coroutine.wrap(function()
        local _, err = pcall(function() sleep() coroutine.yield() error("late", 0) end)
        return err
      end)
      f()
      return f()]] },
    ["wait inside metamethods and iterators"] = { 5, [[
      local t = setmetatable({}, { __add = function(_, n) return sleep(n) end,
        __index = function() return sleep(2) end,
        __call = function(_, n) return sleep(n) end })
      return t + 1 + t.x + t(2)]] },
    ["wait inside __close"] = { "closed", [[
      local what
      do local x <close> = setmetatable({}, { __close = function() what = sleep("closed") end }) end
      return what]] },
    ["are closed with their <close> variables"] = { "closed", [[
      local what
      local co = coroutine.create(function()
        local x <close> = setmetatable({}, { __close = function() what = "closed" end })
        coroutine.yield()
      end)
      coroutine.resume(co)
      assert(coroutine.close(co) and coroutine.status(co) == "dead")
      return what]] },
    ["know whether they can yield"] = { true, [[
      local inside
      coroutine.wrap(function() inside = coroutine.isyieldable() end)()
      local co, is_main = coroutine.running()
      return inside and type(co) == "thread" and not is_main]] },
    ["raise with the place of the error"] = { "co.clnrm.lua:2: deep", [[

      local f = coroutine.wrap(function() sleep() error("deep") end)
      local ok, err = pcall(f)
      return err]] },
    ["can be resumed by another task once they do not wait"] = { "x", [[
      local f = coroutine.wrap(function() sleep() coroutine.yield("x") end)
      local got
      local group <close> = task.group()
      group:spawn(function() got = f() end)
      group:wait()
      return got]] },
    ["may outlive the wait of a timeout"] = { "ETIMEDOUT", [[
      local f = coroutine.wrap(function() return task.sleep(60000) end)
      local _, err = task.timeout(5, f)
      return err.code]] },
  }) do
    it(name, function()
      local ok, got = run(case[2])
      assert.is_true(ok, tostring(got))
      assert.equal(case[1], got)
    end)
  end

  for name, case in pairs({
    ["a comparator of sort"] = "table.sort({ 2, 1 }, function(a, b) return sleep(a < b) end)",
    ["a callback of gsub"] = "('x'):gsub('x', function() return sleep('y') end)",
    ["a callback of gsub in a coroutine"] =
      "coroutine.wrap(function() ('x'):gsub('x', function() return sleep('y') end) end)()",
    ["a reader of load"] = "assert(load(function() return sleep(nil) end))",
  }) do
    it("cannot wait inside " .. name .. ", and go on after that", function()
      local ok, err = run("local ok, err = pcall(function() " .. case .. " end) assert(not ok) "
        .. "sleep() return err")
      assert.is_true(ok, tostring(err))
      assert.matches("cannot wait here", err)
    end)
  end

  it("yield to nobody with an error", function()
    local ok, err = run("coroutine.yield(1)")
    assert.is_false(ok)
    assert.matches("yield outside a coroutine", err)
    ok, err = run("return select(2, pcall(table.sort, { 1, 2 }, coroutine.yield))")
    assert.is_true(ok)
    assert.matches("attempt to yield across a C%-call boundary", err)
  end)
end)
