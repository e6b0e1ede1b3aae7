local core = require("core.task")
local guarded = require("core.guarded")

--- What a call gives, an error's text included.
local function outcome(fn, ...)
  return table.pack(pcall(fn, ...))
end

local function in_limits(fn)
  local running = core.spawn(function()
    core.limit(1000000000)
    return fn()
  end)
  return running:join()
end

local calls = {
  find = { { "abc", "b" }, { "abc", "(b)(c)", -2 }, { "a.c", ".", 1, true }, { "abc", "", 10 },
    { "abc", "z", 2.0 }, { "x", "[" }, { 12, "2" }, {}, { "a\0b", "\0b", 1, true },
    { "abcabc", "bc", 3, true }, { "abc", "", 4, true }, { "abc", "", 5, true } },
  match = { { "k=v", "(%w+)=(%w+)" }, { "  x ", "^%s*(.-)%s*$" }, { "abc", "()b()" },
    { "[[x]]", "%b[]" }, { "THE (quick) fox", "%f[%a]%a+", 4 }, { "aa", "(a)%1" }, { "x", "%" } },
  gsub = { { "hello", "l", "L" }, { "hello", "l", "L", 1 }, { "abc", "%w", "%0%0" },
    { "abc", "", "-" }, { "a b", "%w", { a = "1" } }, { "abc", "^a", "x" }, { "x", "x" } },
  rep = { { "ab", 3 }, { "ab", 3, "," }, { "", 5 }, { "", 5, "," }, { "x", -1 }, { "x" }, { 1, 2 },
    { "x", "3" } },
  concat = { { { 1, 2, 3 }, "," }, { { 1, {} } }, { {} } },
}

describe("core.guarded", function()
  for name, list in pairs(calls) do
    it(name .. " is as Lua's", function()
      local original = string[name] or table[name]
      for _, args in ipairs(list) do
        local wanted = outcome(original, table.unpack(args, 1, 4))
        local free = outcome(guarded[name], table.unpack(args, 1, 4))
        local limited = in_limits(function()
          return outcome(guarded[name], table.unpack(args, 1, 4))
        end)
        if not wanted[1] then -- called by nobody, they have other names
          wanted[2] = wanted[2]:gsub("'%S+'", "f")
          free[2], limited[2] = free[2]:gsub("'%S+'", "f"), limited[2]:gsub("'%S+'", "f")
        end
        assert.same(wanted, free)
        assert.same(wanted, limited)
      end
    end)
  end

  it("gmatch, insert, remove, move and sort are as Lua's", function()
    for _, run in ipairs({ in_limits, function(fn) return fn() end }) do
      run(function()
        local words = {}
        for a, b in guarded.gmatch("a=1, b=2", "(%w+)=(%w+)") do
          guarded.insert(words, a .. b)
        end
        guarded.insert(words, 1, "first")
        assert.same({ "first", "a1", "b2" }, words)
        assert.equal("a1", guarded.remove(words, 2))
        assert.same({ 2, 3 }, guarded.move({ 1, 2, 3 }, 2, 3, 1, {}))
        guarded.sort(words)
        assert.same({ "b2", "first" }, words)
        local long = setmetatable({ 1 }, { __len = function() return 1 end })
        assert.equal(1, guarded.remove(long))
      end)
    end
  end)

  it("pcall, xpcall and close are as Lua's", function()
    assert.same({ true, 1, 2 }, { guarded.pcall(select, 2, 0, 1, 2) })
    assert.same({ false, "x" }, { guarded.pcall(error, "x") })
    assert.same({ false, "x!" }, { guarded.xpcall(error, function(e) return e .. "!" end, "x") })
    assert.has_error(function()
      guarded.xpcall(error)
    end)
    local closed
    local co = coroutine.create(function()
      local _ <close> = setmetatable({}, { __close = function() closed = true end })
      coroutine.yield()
    end)
    coroutine.resume(co)
    assert.is_true(guarded.close(co))
    assert.is_true(closed)
  end)

  it("waits inside pcall and xpcall", function()
    in_limits(function()
      assert.same({ true, 1 }, { guarded.pcall(function() core.sleep(1) return 1 end) })
      assert.same({ false, "late" }, { guarded.xpcall(function() core.sleep(1) error("late", 0) end,
        function(e) return e end) })
    end)
  end)

  it("counts what Lua's matcher does", function()
    for _, case in ipairs({
      { ("a"):rep(80), "a*a*a*a*b" }, { ("a"):rep(300), ".-.-b" }, { ("ab"):rep(100), "[ab]-%w*c" },
      { ("("):rep(3000), "%b()" }, { ("x "):rep(800), "%f[%w]%w.-y" },
      { ("a"):rep(200), "(a*)%1b" },
    }) do
      local began = os.clock()
      string.find(case[1], case[2])
      local seconds = os.clock() - began
      local low = math.floor(seconds * 20000000) -- nothing takes 50 ns for each step
      local running = core.spawn(function()
        core.limit(math.max(low, 1000))
        return guarded.find(case[1], case[2])
      end)
      local ok, err = pcall(running.join, running)
      assert.is_false(ok, case[2])
      assert.matches("instructions", err)
    end
  end)
end)
