local clock = require("core.clock")
local core = require("core.task")
local proc = require("core.proc")
local task = require("clnrm.task")

--- Lets every task that is ready run until it parks or ends.
local function settle()
  for _ = 1, 4 do
    core.yield()
  end
end

local function code_of(ok, err)
  return ok and "ok" or err.code
end

--- Collects what a function did, in order.
local function log()
  local entries = {}
  return entries, function(text)
    entries[#entries + 1] = text
  end
end

describe("core.task", function()
  local alive

  before_each(function()
    alive = core.alive()
  end)

  after_each(function()
    settle()
    assert.equal(alive, core.alive(), "tasks outlived the test")
  end)

  --- Calls `visit` with every order of `list`.
  local function permute(list, visit, prefix)
    prefix = prefix or {}
    if #list == 0 then
      visit(prefix)
    end
    for i = 1, #list do
      local rest, longer = { table.unpack(list) }, { table.unpack(prefix) }
      longer[#longer + 1] = table.remove(rest, i)
      permute(rest, visit, longer)
    end
  end

  describe("every order of wait, set, cancel of the task, cancel of a scope", function()
    local function places(order)
      local at = {}
      for i, act in ipairs(order) do
        at[act] = i
      end
      return at
    end

    --- What a wait must end with; `order` holds the four acts in the order they are done.
    local function expected(order, shielded)
      local at = places(order)
      if not shielded and math.min(at.cancel, at.scope) < at.wait then
        return "ECANCELED" -- sticky: it came before the wait
      elseif at.set < at.wait or shielded then
        return "ok"
      end
      return at.set < math.min(at.cancel, at.scope) and "ok" or "ECANCELED"
    end

    local function run(order, shielded)
      local gate, event = core.event(), core.event()
      local scope, result, later
      local waiter = core.spawn(function()
        local inner <close> = core.scope()
        scope = inner
        core.shield(gate.wait, gate)
        if shielded then
          result = code_of(core.shield(event.wait, event))
        else
          result = code_of(event:wait())
        end
        later = code_of(event:wait())
      end)
      settle()
      local acts = {
        wait = function()
          gate:set()
        end,
        set = function()
          event:set()
        end,
        cancel = function()
          waiter:cancel()
        end,
        scope = function()
          scope:cancel()
        end,
      }
      for _, act in ipairs(order) do
        acts[act]()
        settle()
      end
      assert.equal("done", waiter:state())
      return result, later
    end

    for _, shielded in ipairs({ false, true }) do
      permute({ "wait", "set", "cancel", "scope" }, function(order)
        local name = table.concat(order, ", ") .. (shielded and " (shielded)" or "")
        it(name, function()
          local result, later = run(order, shielded)
          local at = places(order)
          assert.equal(expected(order, shielded), result)
          local passed = math.max(at.wait, at.set) -- when the first wait is over, if it is not cut
          local cut = math.min(at.cancel, at.scope)
          assert.equal(passed < cut and "ok" or "ECANCELED", later)
        end)
      end)
    end
  end)

  describe("cancel", function()
    it("tells a task whether its next wait would end at once", function()
    local seen = {}
    local child = core.spawn(function()
      seen[1] = core.is_cancelled()
      core.sleep(60000)
      seen[2] = core.is_cancelled()
      core.shield(function()
        seen[3] = core.is_cancelled()
      end)
    end)
    core.yield()
    child:cancel()
    child:join()
    assert.same({ false, true, false }, seen)
  end)

  it("of a task that has not started ends its first wait", function()
      local result
      local t = core.spawn(function()
        result = code_of(core.sleep(60000))
      end)
      t:cancel()
      t:join()
      assert.equal("ECANCELED", result)
    end)

    it("of the running task itself ends its next wait", function()
      local result
      core.spawn(function()
        core.current():cancel()
        result = code_of(core.yield())
      end):join()
      assert.equal("ECANCELED", result)
    end)

    it("does not turn a wait that has ended into a failure", function()
      local first, second
      local other
      local canceller = core.spawn(function()
        core.sleep(5)
        other:cancel()
      end)
      other = core.spawn(function()
        first = code_of(core.sleep(5)) -- both timers fire in one turn, this task is ready by then
        second = code_of(core.sleep(60000))
      end)
      canceller:join()
      other:join()
      assert.equal("ok", first)
      assert.equal("ECANCELED", second)
    end)

    it("of a task that ended does nothing, twice", function()
      local t = core.spawn(function()
        return 7
      end)
      assert.equal(7, t:join())
      t:cancel()
      t:cancel()
      assert.equal(7, t:join())
    end)

    it("ends a join, and the joined task runs on", function()
      local gate = core.event()
      local inner = core.spawn(function()
        gate:wait()
        return "through"
      end)
      local result
      local outer = core.spawn(function()
        result = code_of(inner:join())
      end)
      settle()
      outer:cancel()
      outer:join()
      assert.equal("ECANCELED", result)
      gate:set()
      assert.equal("through", inner:join())
    end)

    it("lets <close> variables wait under a shield", function()
      local entries, note = log()
      local t = core.spawn(function()
        local _ <close> = setmetatable({}, {
          __close = function()
            note(code_of(core.shield(core.sleep, 1)))
          end,
        })
        note(code_of(core.sleep(60000)))
      end)
      settle()
      t:cancel()
      t:join()
      assert.same({ "ECANCELED", "ok" }, entries)
    end)

    it("makes a loop that ignores it raise", function()
      local t = core.spawn(function()
        while true do
          core.sleep(1)
        end
      end)
      settle()
      t:cancel()
      assert.error_matches(function()
        t:join()
      end, "cancelled and goes on waiting")
    end)

    it("ends even a loop that swallows that error", function()
      local t = core.spawn(function()
        while true do
          pcall(core.yield)
        end
      end)
      settle()
      t:cancel()
      assert.error_matches(function()
        t:join()
      end, "cancelled and goes on")
    end)
  end)

  describe("an operation", function()
    it("is over when its timer fires before the loop polls", function()
      for _, ms in ipairs({ 0, 1, 2 }) do
        local done = core.event()
        core.spawn(function()
          core.sleep(ms)
          done:set()
        end)
        core.spawn(function() -- keeps Lua busy until the timer is due
          local began = clock.now()
          while clock.now() - began < 4e6 do
            began = began + 0
          end
        end)
        assert.is_true(core.timeout(20000, done.wait, done)) -- else nothing would wake it sooner
      end
    end)

    it("that ends late is not taken for the next one", function()
      for _ = 1, 20 do
        assert.equal("ETIMEDOUT", code_of(core.timeout(1, core.sleep, 4)))
        local began = clock.now()
        assert.equal("ok", code_of(core.sleep(8))) -- the first sleep's timer would fire in here
        assert.is_true(clock.now() - began >= 8e6)
      end
    end)

    it("of a time is no shorter than it, wherever in a millisecond it begins", function()
      local is_over = false
      local waker = core.spawn(function() -- the loop wakes often, and looks at its timers then
        while not is_over do
          core.sleep(0)
        end
      end)
      for _ = 1, 100 do
        while clock.now() % 1000000 < 900000 do
          core.yield()
        end
        local began = clock.now()
        core.sleep(3)
        assert.is_true(clock.now() - began >= 3e6, clock.now() - began)
        began = clock.now()
        core.timeout(2, core.sleep, 1e6)
        assert.is_true(clock.now() - began >= 2e6, clock.now() - began)
      end
      is_over = true
      waker:join()
    end)

    it("whose wait was cut off is waited for again, and its first end stands", function()
      local process = assert(proc.spawn({ argv = { "sh", "-c", "sleep 0.05; exit 3" } }))
      assert.equal("ETIMEDOUT", code_of(core.timeout(5, process.wait, process)))
      assert.equal(3, process:wait().code)
      assert.equal(3, process:wait().code)
      process:close()
    end)

    it("is waited for by one task at a time", function()
      local process <close> = assert(proc.spawn({ argv = { "sleep", "5" } }))
      local first = core.spawn(function()
        return process:wait()
      end)
      settle()
      assert.error_matches(function()
        process:wait()
      end, "another task is already waiting")
      first:cancel()
      assert.equal("ECANCELED", code_of(first:join()))
    end)

    it("that is closed under a wait ends it", function()
      local process = assert(proc.spawn({ argv = { "sleep", "5" } }))
      local result
      local t = core.spawn(function()
        result = code_of(process:wait())
      end)
      settle()
      process:close()
      t:join()
      assert.equal("ECLOSED", result)
    end)
  end)

  describe("timeout", function()
    it("returns what the function returns", function()
      assert.same({ 1, nil, 3 }, { core.timeout(60000, function(...)
        return ...
      end, 1, nil, 3) })
    end)

    it("ends the wait inside and returns ETIMEDOUT", function()
      local inside
      local ok, err = core.timeout(5, function()
        inside = code_of(core.sleep(60000))
        return "not this"
      end)
      assert.equal("ECANCELED", inside)
      assert.equal("ETIMEDOUT", code_of(ok, err))
    end)

    it("leaves finished work alone when no wait has seen it", function()
      local result = core.timeout(1, function()
        core.shield(core.sleep, 10)
        return "done"
      end)
      assert.equal("done", result)
    end)

    it("nests: the inner one first", function()
      local inner, outer
      outer = code_of(core.timeout(60000, function()
        inner = code_of(core.timeout(2, core.sleep, 60000))
        return true
      end))
      assert.equal("ETIMEDOUT", inner)
      assert.equal("ok", outer)
    end)

    it("nests: the outer one first", function()
      local inner, outer
      outer = code_of(core.timeout(2, function()
        inner = code_of(core.timeout(60000, core.sleep, 60000))
        return true
      end))
      assert.equal("ECANCELED", inner)
      assert.equal("ETIMEDOUT", outer)
    end)

    it("passes an error on and is over then", function()
      assert.error_matches(function()
        core.timeout(2, function()
          error("mine")
        end)
      end, "mine")
      assert.equal("ok", code_of(core.sleep(5)))
    end)

    it("leaves nothing behind in a coroutine that is dropped inside it", function()
      local left
      core.spawn(function()
        left = coroutine.create(function()
          core.timeout(3, coroutine.yield)
        end)
        coroutine.resume(left)
      end):join()
      collectgarbage()
      collectgarbage()
      assert.equal("ok", code_of(core.sleep(6))) -- its timer fires; its task is long gone
      left = nil
      collectgarbage()
      assert.is_nil(left)
    end)

    it("refuses a time that is none", function()
      assert.has_error(function()
        core.timeout(-1, settle)
      end)
      assert.has_error(function()
        core.sleep(0 / 0)
      end)
    end)
  end)

  describe("tasks", function()
    it("stay alive while parked though nobody holds them", function()
      local gate, count = core.event(), 0
      for _ = 1, 50 do
        core.spawn(function()
          gate:wait()
          count = count + 1
        end)
      end
      settle()
      collectgarbage()
      collectgarbage()
      gate:set()
      settle()
      assert.equal(50, count)
    end)

    it("run in the order they became ready", function()
      local entries, note = log()
      for i = 1, 5 do
        core.spawn(note, i)
      end
      settle()
      assert.same({ 1, 2, 3, 4, 5 }, entries)
    end)

    it("raise in join what they raised, and know where", function()
      local t = core.spawn(function()
        local broken = nil
        return broken.field
      end)
      assert.error_matches(function()
        t:join()
      end, "attempt to index")
      assert.is_true(t:failed())
      assert.matches("task_spec.lua:%d+", t:trace())
      assert.equal("done", t:state())
    end)

    it("fail when they yield with nobody to yield to", function()
      for _, value in ipairs({ "x", core.park }) do
        local t = core.spawn(coroutine.yield, value)
        assert.error_matches(function()
          t:join()
        end, "yield outside a coroutine")
      end
    end)

    it("cannot wait where Lua cannot yield", function()
      assert.error_matches(function()
        table.sort({ 3, 2, 1 }, function(a, b)
          core.sleep(1)
          return a < b
        end)
      end, "cannot wait here")
      local ok = pcall(string.gsub, "a", "a", function()
        core.event():wait()
      end)
      assert.is_false(ok)
    end)

    it("cannot wait for themselves", function()
      assert.error_matches(function()
        core.current():join()
      end, "cannot wait for itself")
    end)

    it("learn that nothing is left to wake them", function()
      local file = os.tmpname()
      local out = assert(io.open(file, "w"))
      out:write("print(require('core.task').event():wait())")
      out:close()
      local pipe = io.popen(os.getenv("CLNRM") .. " lua " .. file .. " 2>&1")
      local text = pipe:read("a")
      pipe:close()
      os.remove(file)
      assert.matches("EDEADLOCK", text)
    end)

    it("are cancelled when the main task ends, and those they start then too", function()
      local file = os.tmpname()
      local out = assert(io.open(file, "w"))
      out:write([[
        local core = require("core.task")
        local function again(n)
          local ok, err = core.sleep(1e6)
          print(n, err.code)
          if n < 3 then core.spawn(again, n + 1) end
        end
        core.spawn(again, 1)
      ]])
      out:close()
      local pipe = io.popen(os.getenv("CLNRM") .. " lua " .. file .. " 2>&1")
      local text = pipe:read("a")
      pipe:close()
      os.remove(file)
      assert.equal("1\tECANCELED\n2\tECANCELED\n3\tECANCELED\n", text)
    end)
  end)

  describe("coroutines of the user's own", function()
    it("may wait, and the whole task is parked", function()
      local entries, note = log()
      local iterate = coroutine.wrap(function()
        for i = 1, 3 do
          core.sleep(1)
          coroutine.yield(i)
        end
      end)
      local t = core.spawn(function()
        for i in iterate do
          note(i)
        end
      end)
      t:join()
      assert.same({ 1, 2, 3 }, entries)
    end)

    it("nest, and a timeout reaches through them", function()
      local result = code_of(core.timeout(3, function()
        return coroutine.wrap(function()
          return coroutine.wrap(function()
            return core.sleep(60000)
          end)()
        end)()
      end))
      assert.equal("ETIMEDOUT", result)
    end)

    it("are out of reach of other tasks while they wait", function()
      local gate = core.event()
      local co = coroutine.create(function()
        gate:wait()
        return "woken by the gate"
      end)
      local got
      local t = core.spawn(function()
        got = { coroutine.resume(co) }
      end)
      settle()
      assert.equal("normal", coroutine.status(co))
      assert.same({ false, "cannot resume a coroutine that waits in another task" },
        { coroutine.resume(co, "forged") })
      assert.has_error(function()
        coroutine.close(co)
      end, "cannot close a coroutine that waits in another task")
      gate:set()
      t:join()
      assert.same({ true, "woken by the gate" }, got)
      assert.equal("dead", coroutine.status(co))
    end)

    it("close their variables when wrap passes an error on", function()
      local entries, note = log()
      local step = coroutine.wrap(function()
        local _ <close> = setmetatable({}, {
          __close = function()
            note("closed")
          end,
        })
        core.sleep(1)
        error("mine", 0)
      end)
      local ok, err = pcall(step)
      assert.is_false(ok)
      assert.equal("mine", err)
      assert.same({ "closed" }, entries)
    end)
  end)

  describe("limit", function()
    local function limited(fn)
      local t = core.spawn(function()
        core.limit(100000)
        fn()
      end)
      return pcall(t.join, t)
    end

    it("ends an endless loop", function()
      local ok, err = limited(function()
        while true do
        end
      end)
      assert.is_false(ok)
      assert.matches("more than 100000 instructions", err)
    end)

    it("cannot be swallowed by pcall", function()
      local ok, err = limited(function()
        while true do
          pcall(function()
            while true do
            end
          end)
        end
      end)
      assert.is_false(ok)
      assert.matches("instructions", err)
    end)

    it("cannot be swallowed by a coroutine", function()
      local ok, err = limited(function()
        while true do
          coroutine.resume(coroutine.create(function()
            while true do
            end
          end))
        end
      end)
      assert.is_false(ok)
      assert.matches("instructions", err)
    end)

    it("counts anew after each wait", function()
      local ok = limited(function()
        for _ = 1, 10 do
          for _ = 1, 60000 do -- luacheck: ignore
          end
          core.yield()
        end
      end)
      assert.is_true(ok)
    end)

    it("is that of the tasks it starts as well, each with a count of its own", function()
      core.spawn(function()
        core.limit(100000)
        local function count()
          for _ = 1, 40000 do -- luacheck: ignore
          end
          return "through"
        end
        for _ = 1, 5 do
          assert.equal("through", core.spawn(count):join())
        end
        local endless = core.spawn(function()
          while true do
          end
        end)
        assert.has_error(function()
          endless:join()
        end)
      end):join()
    end)

    it("is not that of other tasks, and 0 lifts it", function()
      local free = core.spawn(function()
        for _ = 1, 300000 do -- luacheck: ignore
        end
        return "through"
      end)
      assert.is_true(limited(function()
        core.limit(0)
        for _ = 1, 300000 do -- luacheck: ignore
        end
      end))
      assert.equal("through", free:join())
    end)
  end)

  describe("memory", function()
    local function limited(fn)
      local t = core.spawn(function()
        core.memory(8 << 20)
        return fn()
      end)
      return pcall(t.join, t)
    end

    it("of a task is bounded, and that of others is not", function()
      local ok, err = limited(function()
        local kept = {}
        while #kept < math.huge do
          kept[#kept + 1] = ("x"):rep(1000) .. #kept
        end
      end)
      assert.is_false(ok)
      assert.equal("not enough memory", err)
      assert.equal(50 << 20, #("x"):rep(50 << 20))
    end)

    it("is refused at a place that is known", function()
      local line
      assert.is_false((limited(function()
        line = debug.getinfo(1, "l").currentline + 1
        return ("x"):rep(9 << 20)
      end)))
      local refused = core.refused()
      assert.is_true(refused.size >= 9 << 20)
      assert.matches("task_spec.lua$", refused[1].file)
      assert.equal(line, refused[1].line)
    end)

    it("that is garbage is not counted", function()
      local long = ("x"):rep(1 << 20)
      local ok, err = limited(function()
        for i = 1, 200 do
          local _ = long .. i
        end
      end)
      assert.is_true(ok, err)
    end)

    it("can be asked for again after an error", function()
      local ok, made = limited(function()
        local refused = pcall(string.rep, "x", 9 << 20)
        return not refused and #("x"):rep(1 << 20)
      end)
      assert.is_true(ok)
      assert.equal(1 << 20, made)
    end)

    it("is bounded in the tasks that the task starts", function()
      local ok = limited(function()
        return core.spawn(function()
          return ("x"):rep(9 << 20)
        end):join()
      end)
      assert.is_false(ok)
    end)
  end)

  describe("events", function()
    it("wake all that wait, and later waits do not park", function()
      local event, count = core.event(), 0
      for _ = 1, 3 do
        core.spawn(function()
          assert(event:wait())
          count = count + 1
        end)
      end
      settle()
      assert.is_false(event:is_set())
      event:set()
      assert.is_true(event:is_set())
      assert.is_true(event:wait())
      settle()
      assert.equal(3, count)
      event:clear()
      assert.is_false(event:is_set())
    end)

    it("cleared at once still wake those that waited", function()
      local event, woken = core.event(), false
      core.spawn(function()
        woken = event:wait()
      end)
      settle()
      event:set()
      event:clear()
      settle()
      assert.is_true(woken)
    end)
  end)

  it("keeps its promises in 300 random programs", function()
    for seed = 1, 300 do
      math.randomseed(seed)
      local events, tasks, ended, started = {}, {}, 0, 0
      for i = 1, 4 do
        events[i] = core.event()
      end
      local function act(depth)
        local what = math.random(depth < 3 and 8 or 6)
        if what == 1 then
          local ok, err = events[math.random(4)]:wait()
          assert(ok or err.code == "ECANCELED" or err.code == "EDEADLOCK")
        elseif what == 2 then
          core.sleep(math.random(0, 2))
        elseif what == 3 then
          events[math.random(4)]:set()
        elseif what == 4 then
          events[math.random(4)]:clear()
        elseif what == 5 and #tasks > 0 then
          tasks[math.random(#tasks)]:cancel()
        elseif what == 6 then
          core.yield()
        elseif what == 7 then
          core.timeout(math.random(0, 3), act, depth + 1)
        else
          core.timeout(5, core.shield, act, depth + 1)
        end
      end
      for i = 1, 6 do
        started = started + 1
        tasks[i] = core.spawn(function()
          for _ = 1, 6 do
            act(0)
          end
          ended = ended + 1
        end)
      end
      for _ = 1, 20 do
        core.yield()
      end
      for _, t in ipairs(tasks) do
        while t:state() ~= "done" do -- what waits under a shield needs its event
          for _, event in ipairs(events) do
            event:set()
          end
          core.sleep(1)
        end
        t:join()
      end
      assert.equal(started, ended)
    end
  end)
end)

describe("clnrm.task", function()
  describe("a group", function()
    it("waits for its children when its scope is left", function()
      local entries, note = log()
      do
        local g <close> = task.group()
        for i = 3, 1, -1 do
          g:spawn(function()
            task.sleep(i * 3)
            note(i)
          end)
        end
        note("body")
      end
      assert.same({ "body", 1, 2, 3 }, entries)
    end)

    it("raises the first error in the parent and cancels the others", function()
      local other
      local ok, err = pcall(function()
        local g <close> = task.group()
        g:spawn(function()
          other = code_of(task.sleep(10000))
        end)
        g:spawn(function()
          task.sleep(1)
          error("broken", 0)
        end)
      end)
      assert.is_false(ok)
      assert.equal("broken", err)
      assert.equal("ECANCELED", other)
    end)

    it("ends the parent's own wait when a child fails", function()
      local waited
      local ok, err = pcall(function()
        local g <close> = task.group()
        g:spawn(error, "broken", 0)
        waited = code_of(task.sleep(10000))
      end)
      assert.is_false(ok)
      assert.equal("broken", err)
      assert.equal("ECANCELED", waited)
      assert.equal("ok", code_of(task.sleep(1)), "the parent is not cancelled beyond the group")
    end)

    it("does not lose an error that is nil", function()
      assert.is_false((pcall(function()
        local g <close> = task.group()
        g:spawn(error)
      end)))
    end)

    it("cancels the children when the parent raises, and keeps the parent's error", function()
      local child
      local ok, err = pcall(function()
        local g <close> = task.group()
        g:spawn(function()
          child = code_of(task.sleep(10000))
          error("of the child", 0)
        end)
        task.yield()
        error("of the parent", 0)
      end)
      assert.is_false(ok)
      assert.equal("of the parent", err)
      assert.equal("ECANCELED", child)
    end)

    it("cancels the children when the parent is cancelled, and waits for them", function()
      local entries, note = log()
      local parent = core.spawn(function()
        do
          local g <close> = task.group()
          g:spawn(function()
            note(code_of(task.sleep(10000)))
            note(code_of(task.shield(task.sleep, 3)))
          end)
        end
        note("left")
      end)
      settle()
      parent:cancel()
      parent:join()
      assert.same({ "ECANCELED", "ok", "left" }, entries)
    end)

    it("takes a child's ECANCELED after a cancel for no failure", function()
      do
        local g <close> = task.group()
        g:spawn(function()
          error(select(2, task.sleep(10000)))
        end)
        task.yield()
        g:cancel()
      end
      do
        local g <close> = task.group()
        g:cancel()
        g:spawn(function()
          error(select(2, task.sleep(10000)))
        end)
      end
    end)

    it("is waited for in its middle, more than once", function()
      local g <close> = task.group()
      local sum = 0
      for round = 1, 3 do
        for _ = 1, 4 do
          g:spawn(function()
            task.sleep(1)
            sum = sum + 1
          end)
        end
        assert.is_true(g:wait())
        assert.equal(round * 4, sum)
      end
    end)

    it("raises in wait(), and is closed quietly then", function()
      local g <close> = task.group()
      g:spawn(error, "broken", 0)
      g:spawn(error, "broken too", 0)
      assert.has_error(function()
        g:wait()
      end, "broken")
    end)

    it("keeps children started by children", function()
      local depth = 0
      do
        local g <close> = task.group()
        local function child(n)
          task.sleep(1)
          depth = math.max(depth, n)
          if n < 10 then
            g:spawn(child, n + 1)
          end
        end
        g:spawn(child, 1)
      end
      assert.equal(10, depth)
    end)

    it("ends when the instruction limit cuts a child off", function()
      local ok, err = pcall(function()
        local g <close> = task.group()
        g:spawn(function()
          core.limit(50000)
          while true do
          end
        end)
        g:spawn(function()
          task.sleep(5)
        end)
      end)
      assert.is_false(ok)
      assert.matches("instructions", err)
    end)

    it("takes no children after its end", function()
      local kept
      do
        local g <close> = task.group()
        kept = g
      end
      assert.error_matches(function()
        kept:spawn(settle)
      end, "the group is closed")
    end)

    it("holds ten thousand children", function()
      local count = 0
      do
        local g <close> = task.group()
        for _ = 1, 10000 do
          g:spawn(function()
            task.yield()
            count = count + 1
          end)
        end
      end
      assert.equal(10000, count)
    end)
  end)

  describe("a semaphore", function()
    it("lets so many in at once, in the order of asking", function()
      local semaphore, inside, most = task.semaphore(2), 0, 0
      local entries, note = log()
      do
        local g <close> = task.group()
        for i = 1, 6 do
          g:spawn(function()
            local _ <close> = assert(semaphore:take())
            inside = inside + 1
            most = math.max(most, inside)
            note(i)
            task.sleep(2)
            inside = inside - 1
          end)
        end
      end
      assert.equal(2, most)
      assert.same({ 1, 2, 3, 4, 5, 6 }, entries)
    end)

    it("gives a permit on that was granted to a cancelled task", function()
      local semaphore = task.semaphore(1)
      local permit = semaphore:take()
      local first = core.spawn(function()
        return semaphore:take()
      end)
      local second = core.spawn(function()
        return semaphore:take()
      end)
      settle()
      first:cancel()
      permit:release()
      permit:release()
      local none, err = first:join()
      assert.is_nil(none)
      assert.equal("ECANCELED", err.code)
      assert.truthy(second:join())
      second:join():release()
      assert.truthy(semaphore:take())
    end)

    it("does not wake twice for one release", function()
      local semaphore = task.semaphore(1)
      local permit = semaphore:take()
      local got = 0
      local g <close> = task.group()
      for _ = 1, 2 do
        g:spawn(function()
          if semaphore:take() then
            got = got + 1
          end
        end)
      end
      settle()
      permit:release()
      settle()
      assert.equal(1, got)
      g:cancel()
    end)
  end)

  it("raises on misuse", function()
    assert.error_matches(function()
      task.semaphore(0)
    end, "at least 1")
    local g <close> = task.group()
    assert.error_matches(function()
      g:spawn(nil)
    end, "needs a function")
  end)
end)
