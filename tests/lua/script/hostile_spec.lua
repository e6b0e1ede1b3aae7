--- Scripts that want to stay for ever, take all memory or get out: each ends in time with the right
--- error, and what runs afterwards runs as ever.
---
--- "In time" is by the processor time that the limits count: one that takes twice its own ends the
--- whole program (core.task's `limit`), and this file with it.
-- luacheck: max line length 120
local core = require("core.task")
local load = require("engine.script.load")

local INSTRUCTIONS, MS, BYTES = 4000000, 200, 16 << 20
local AMPLE_MS = 20 * MS -- for what is to come to another end than that of its time

--- Runs a text as a test file under limits.
---@param ms integer of the processor
---@return boolean ok
---@return any err or what it returned
local function run(text, ms)
  local fn, env = load.chunk(text, { name = "hostile.clnrm.lua", print = function() end })
  assert(fn, not fn and env[1].message)
  local running = core.spawn(function()
    core.limit(INSTRUCTIONS, ms)
    core.memory(BYTES)
    return fn()
  end)
  return pcall(running.join, running)
end

-- Kinds of ends, as patterns of the error; false: none.
local LONG, MEMORY = "hostile.clnrm.lua:1: .* without waiting: an endless loop", "not enough memory"

local scripts = {
  -- loops
  { LONG, "while true do end" },
  { LONG, "repeat until false" },
  { LONG, "for i = 1, math.huge do end" },
  { LONG, "for i = 1, math.maxinteger do end" },
  { LONG, "::again:: goto again" },
  { LONG, "local function f() return f() end f()" },
  { LONG, "while true do pcall(error) end" },
  { LONG, "while true do pcall(function() while true do end end) end" },
  { LONG, "local function f() while true do pcall(f) end end f()" },
  { LONG, "while true do xpcall(error, function(e) return e end) end" },
  { LONG, "xpcall(function() while true do end end, function() while true do end end)" },
  { LONG, "local t = setmetatable({}, { __index = function(t, k) return t[k + 1] end }) "
    .. "while true do pcall(function() return t[1] end) end" },
  { LONG, "local t = setmetatable({}, { __tostring = function() while true do end end }) tostring(t)" },
  { LONG, "local t = setmetatable({}, { __eq = function() while true do end end }) "
    .. "return t == setmetatable({}, getmetatable(t))" },
  { LONG, "local t = setmetatable({}, { __pairs = function() return function() return 1 end end }) "
    .. "for k in pairs(t) do end" },
  { LONG, "for _ in function() return 1 end do end" },
  { LONG, "do local x <close> = setmetatable({}, { __close = function() while true do end end }) end" },
  { LONG, "local x <close> = setmetatable({}, { __close = function() while true do end end }) error(1)" },
  { LONG, "while true do pcall(function() local x <close> = setmetatable({}, { __close = "
    .. "function() error(1) end }) end) end" },
  { LONG, "table.sort({ 3, 2, 1 }, function() while true do end end)" },
  { LONG, "('x'):gsub('x', function() while true do end end)" },
  { LONG, "load(function() return ' ' end)" },
  { "string .*:1: .* endless loop", "load('while true do end')()" },
  { "string .*:1: .* endless loop", "load('return function() while true do end end')()()" },
  { "string .*:1: .* endless loop", "local f = load('while true do end', 'x', 't', {}) pcall(f) f()" },
  -- coroutines
  { LONG, "coroutine.wrap(function() while true do end end)()" },
  { LONG, "while true do coroutine.wrap(function() while true do end end)() end" },
  { LONG, "while true do coroutine.resume(coroutine.create(function() while true do end end)) end" },
  { LONG, "local f = coroutine.wrap(function() while true do coroutine.yield() end end) "
    .. "while true do f() end" },
  { LONG, "local co = coroutine.create(function() local x <close> = setmetatable({}, { __close = "
    .. "function() while true do end end }) coroutine.yield() end) "
    .. "coroutine.resume(co) coroutine.close(co) while true do end" },
  { LONG, "local co = coroutine.wrap(function() pcall(function() while true do end end) "
    .. "while true do end end) co()" },
  { LONG, "coroutine.wrap(function() local x <close> = setmetatable({}, { __close = function() "
    .. "while true do end end }) while true do end end)()" },
  { LONG, "local co = coroutine.create(function() local x <close> = setmetatable({}, { __close = "
    .. "function() while true do end end }) while true do end end) coroutine.resume(co) "
    .. "coroutine.close(co)" },
  { "C stack overflow", "local function f() return coroutine.wrap(f)() end f()" },
  { LONG, "while true do coroutine.create(print) end" },
  { LONG, "local function f() local ok = pcall(coroutine.wrap(f)) while true do end end f()" },
  -- recursion
  { MEMORY, "local function f() return 1 + f() end f()" }, -- with more of it: stack overflow
  { "stack overflow", "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) "
    .. "return t[k] end return t.x" },
  { "loop", "local t = {} setmetatable(t, { __index = t }) return t.x" },
  { "not enough memory", "local function f(...) return f(1, ...) + 1 end f()" },
  { LONG, "local function f() pcall(f) pcall(f) end while true do f() end" },
  { "stack overflow", "local t = setmetatable({}, { __tostring = function(t) return tostring(t) end }) "
    .. "tostring(t)" },
  -- memory
  { MEMORY, "local t = {} for i = 1, math.huge do t[i] = i end" },
  { MEMORY, "local t = {} while true do t[#t + 1] = {} end" },
  { MEMORY, "local t = {} while true do t = { t, {} } end" },
  { MEMORY, "local s = 'x' while true do s = s .. s end" },
  { MEMORY, "local s = 'x' while true do s = ('%s%s'):format(s, s) end" },
  { LONG, "local s = 'x' while true do s = s:gsub('x', 'xx') end" },
  { MEMORY, "local s = 'x' while true do s = table.concat({ s, s }) end" },
  { MEMORY, "local s = 'x' while true do s = s:rep(2) end" },
  { MEMORY, "return ('x'):rep(3e8)" },
  { "too large", "return ('x'):rep(1e6, ('y'):rep(1e6))" },
  { "too large", "return ('xx'):rep(1 << 62)" },
  { MEMORY, "return ('x'):rep(30e6):upper() .. ('y'):rep(30e6)" },
  { MEMORY, "local s = ('x'):rep(20e6) return s:reverse()" },
  { MEMORY, "local t = {} for i = 1, 1e6 do t[i] = ('x'):rep(1000) .. i end" },
  { MEMORY, "local t = {} for i = 1, 1e6 do t[('k'):rep(2000) .. i] = i end" },
  { MEMORY, "local t = {} while true do t[#t + 1] = coroutine.create(print) end" },
  { MEMORY, "local t = {} while true do t[#t + 1] = function() return t end end" },
  { MEMORY, "return string.pack('s', ('x'):rep(20e6)) .. string.pack('s', ('x'):rep(20e6))" },
  { MEMORY, "return table.pack(table.unpack({}, 1, 9e5)), ('x'):rep(40e6)" },
  { MEMORY, "local t = table.move({ 1 }, 1, 1, 1) for i = 1, 1e7 do t[i] = i end" },
  { MEMORY, "return utf8.char(table.unpack((function() local t = {} for i = 1, 2e5 do t[i] = "
    .. "0x7fffffff end return t end)())):rep(40)" },
  { MEMORY, "return load('return ' .. ('{'):rep(150) .. ('1,'):rep(20e6))" },
  { MEMORY, "G = {} for i = 1, math.huge do G[i] = {} end" },
  { LONG, "while true do pcall(string.rep, 'x', 3e8) end" },
  { LONG, "while true do pcall(function() local t = {} while true do t[#t + 1] = {} end end) end" },
  -- functions of C that do not come back
  { LONG, "return (('a'):rep(60):find(('a-'):rep(7) .. 'b'))" },
  { LONG, "return (('a'):rep(300):match(('a*'):rep(8) .. 'b'))" },
  { LONG, "return (('a'):rep(30000):gsub('(.-)(.-)b', ''))" },
  { LONG, "for _ in ('a'):rep(300):gmatch(('a*'):rep(8) .. 'b') do end" },
  { LONG, "return string.find(('a'):rep(60), ('a?'):rep(60) .. ('a'):rep(61))" },
  { LONG, "return (('xy'):rep(5000):find('%f[y].-.-z'))" },
  { LONG, "while true do ('x'):rep(1000):find('.-y') end" },
  { LONG, "local f = ('').find return f(('a'):rep(60), ('a-'):rep(7) .. 'b')" },
  { false, "return ('x'):rep(4e6):find(('x'):rep(2e6) .. 'y', 1, true)" },
  { false, "return (('')):rep(1e18)" },
  { false, "return (('')):rep(math.maxinteger, '')" },
  { LONG, "table.move({}, 1, math.maxinteger - 1, 2)" },
  { LONG, "table.move({}, 1, 1e15, 2, {})" },
  { "__len is too large", "table.insert(setmetatable({}, { __len = function() return 1 << 60 end }), "
    .. "1, 1)" },
  { "__len is too large", "table.remove(setmetatable({}, { __len = function() return 1 << 60 end }), 1)" },
  { "__len is too large", "table.sort(setmetatable({}, { __len = function() return (1 << 31) - 2 end }), "
    .. "rawequal)" },
  { "__len is too large", "table.concat(setmetatable({}, { __len = function() return 1 << 60 end, "
    .. "__index = function() return '' end }))" },
  { LONG, "local s = ('x'):rep(4e6) while true do s:upper() end" },
  { LONG, "local s = ('x'):rep(4e6) while true do s:byte(-1) utf8.len(s) end" },
  { LONG, "local t = {} for i = 1, 1e5 do t[i] = -i end while true do table.concat(t) end" },
  { LONG, "while true do collectgarbage() end" },
  { "too many results", "table.unpack({}, 1, 1e8)" },
  { "invalid order function", "table.sort({ 1, 2, 3, 4, 5, 6, 7, 8 }, function() return true end)" },
  -- ways out
  { "no __gc", "setmetatable({}, { __gc = function() while true do end end })" },
  { false, "local m = {} setmetatable({}, m) m.__gc = function() while true do end end "
    .. "collectgarbage()" },
  { "nil value", "os.exit(0)" },
  { "nil value", "os.execute('true')" },
  { "nil value", "io.popen('true')" },
  { "nil value", "debug.sethook()" },
  { "nil value", "package.loadlib('libc.so.6', '*')" },
  { "nil value", "string.dump(print)" },
  { "nil value", "('').dump(print)" },
  { false, "assert(not load('\\27Lua', 'x', 'b')) assert(not load('\\27Lua'))" },
  { "not for tests", "collectgarbage('stop')" },
  { "engine's own", "require('core.proc')" },
  { false, "string.find = error; ('x'):find('x') getmetatable('') "
    .. "table.insert, table.concat, next, pairs = nil" },
  { false, "_G.pairs = nil setmetatable(_G, { __index = function() error('no') end })" },
  { "yield outside a coroutine", "coroutine.yield(1)" },
  { "an error of its own", "error(setmetatable({}, { __tostring = function() "
    .. "return 'an error of its own' end }))" },
}

describe("a hostile script", function()
  before_each(function()
    collectgarbage()
  end)

  for i, script in ipairs(scripts) do
    local wanted, text = script[1], script[2]
    it(("%d ends: %s"):format(i, text), function()
      -- which of two limits comes first is a matter of speed
      local is_long = wanted and wanted:find("endless loop", 1, true)
      local ok, err = run(text, is_long and MS or AMPLE_MS)
      if wanted then
        assert.is_false(ok, "it ended without an error")
        assert.matches(wanted, tostring(err))
      else
        assert.is_true(ok, tostring(err))
      end
      assert.equal(3, select(2, run("local s = ('a b c'):gsub(' ', '') return #s", AMPLE_MS)))
      assert.same({ true }, { run("local t = {} for i = 1, 1e5 do t[i] = i end", AMPLE_MS) })
    end)
  end

  it("is one of at least eighty", function()
    assert.is_true(#scripts >= 80)
  end)
end)
