--- Random Lua programs with asserts in every form, and a place to run them in that notes all that
--- can be seen from inside.  For the rewriting of asserts: see rewrite_fuzz_spec.lua.
local M = {}

---@class tests.fuzz.Gen
---@field random fun(a: integer, b: integer): integer
---@field out string[]
---@field names string[] locals in sight
---@field depth integer
---@field id integer
local Gen = {}
Gen.__index = Gen

local OPS = { "==", "~=", "<", "<=", ">", ">=" }
local GAPS = { "\n", "\n\n", " --x == y\n", " --[[ assert(1 == 2)\n ]] ", "\t", " --[==[ ]] ]==] " }

function Gen:pick(list)
  return list[self.random(1, #list)]
end

function Gen:chance(percent)
  return self.random(1, 100) <= percent
end

function Gen:emit(...)
  for i = 1, select("#", ...) do
    local part = select(i, ...)
    self.out[#self.out + 1] = part
    self.out[#self.out + 1] = self:chance(self.gaps) and self:pick(GAPS) or " "
  end
end

function Gen:next_id()
  self.id = self.id + 1
  return tostring(self.id)
end

function Gen:name()
  return #self.names > 0 and self:chance(80) and self:pick(self.names) or self:pick({ "g", "h" })
end

function Gen:list(n, is_open)
  for i = 1, n do
    if i > 1 then
      self:emit(",")
    end
    self:expr()
  end
  if is_open and self:chance(20) then
    self:emit(n > 0 and ", ..." or "...")
  end
end

function Gen:closure(is_vararg)
  local names = table.move(self.names, 1, #self.names, 1, {})
  self:emit("function", "(")
  local parameter = self:pick({ "a", "b", "assert" })
  self:emit(parameter)
  self:emit(is_vararg and ", ..." or ", ...", ")")
  if parameter ~= "assert" then
    self.names[#self.names + 1] = parameter
  end
  self:emit("if", "tick()", "then", "return", "1", "end", "local act = new()")
  self:block(2)
  self:emit("end")
  self.names = names
end

local plain = { -- what seldom fails
  function(g) g:emit(g:pick({ "1", "2", "0x2p1" })) end,
  function(g) g:emit("t", ".", "x") end,
  function(g) g:emit(("v(%s, act)"):format(g:next_id())) end,
  function(g) g:emit(("m(%s)"):format(g:next_id())) end,
  function(g) g:emit(g:name()) end,
}

local simple = {
  function(g) g:emit(g:pick({ "1", "2", "3", "0x2p1", "2.0", "'s'", "[[s]]", "nil", "true" })) end,
  function(g) g:emit(g:name()) end,
  function(g) g:emit(("v(%s, act)"):format(g:next_id())) end,
  function(g) g:emit("...") end,
  function(g) g:emit("t", ".", g:pick({ "x", "y", "none" })) end,
  function(g) g:emit(("m(%s)"):format(g:next_id())) end,
  function(g) g:emit(g:pick({ "g", "t.none" }), ".", "x") end, -- mostly an error, at its line
}

local complex = {
  function(g) g:emit("f", "(") g:list(g.random(0, 3), true) g:emit(")") end,
  function(g) g:emit("t", ":", "method", "(") g:list(g.random(0, 2)) g:emit(")") end,
  function(g) g:emit("(") g:expr() g:emit(")") end,
  function(g) g:emit("t", "[") g:expr() g:emit("]") end,
  function(g) g:emit(g:pick({ "not", "-", "#" })) g:operand() end,
  function(g) g:operand() g:emit(g:pick({ "+", "..", "*", "//", "&" })) g:operand() end,
  function(g) g:emit("(") g:expr() g:emit(g:pick({ "and", "or" })) g:expr() g:emit(")") end,
  function(g) g:emit("(") g:operand() g:emit(g:pick(OPS)) g:operand() g:emit(")") end,
  function(g) g:emit("(") g:closure(true) g:emit(")", "(") g:list(g.random(0, 2)) g:emit(")") end,
  function(g) g:emit("#", "{") g:list(g.random(0, 2), true) g:emit("}") end,
  function(g) g:emit("select", "(", "'#'", ",") g:list(1, true) g:emit(")") end,
  function(g) g:emit("wait", "(") g:list(1) g:emit(")") end,
  function(g) g:call_assert() end,
  function(g) g:emit("f") g:emit(g:pick({ "'assert(1 == 2)'", "{ x = 1 }", "[[a]]" })) end,
}

function Gen:operand()
  self.depth = self.depth + 1
  if self.depth > 4 or self:chance(75) then
    self:pick(self:chance(60) and plain or simple)(self)
  else
    self:pick(complex)(self)
  end
  self.depth = self.depth - 1
end

Gen.expr = Gen.operand

local arguments = {
  function(g) g:operand() g:emit(g:pick(OPS)) g:operand() end,
  function(g) g:operand() g:emit(g:pick(OPS)) g:operand() end,
  function(g) g:value() g:emit("<") g:value() end, -- holds: each value is larger than the last
  function(g) g:value() g:emit(g:pick(OPS)) g:value() end,
  function(g) g:value() g:emit("==") g:call_assert() end,
  function(g) g:call_assert() g:emit("~=") g:value() end,
  function(g) -- the other side assigns to the name
    local name = g:name()
    g:emit(name, g:pick(OPS), "(", "function()", name, "=", "2", "return 1", "end", ")", "()")
  end,
  function(g) g:operand() g:emit("==") g:operand() g:emit(g:pick({ "and", "or" })) g:operand() end,
  function(g) g:emit("not") g:operand() g:emit("==") g:operand() end,
  function(g) g:operand() g:emit("==") g:operand() g:emit("==") g:operand() end,
  function(g) g:emit("(") g:operand() g:emit("==") g:operand() g:emit(")") end,
  function(g) g:operand() end,
}

function Gen:value()
  self:emit(("v(%s, act)"):format(self:next_id()))
end

--- Writes an assert.  The messages of some say what failed: "plain" or the first value compared.
function Gen:call_assert()
  self.depth = self.depth + 1
  self:emit(self:chance(3) and "assert\n" or "assert", "(")
  local kind = self.random(1, 12)
  if kind == 1 then
    self:emit(self:pick({ "nil", "false" }), ",", "'plain'")
  elseif kind <= 3 then
    local id = self:next_id()
    self:emit(("v(%s, act)"):format(id), self:pick({ "==", "<", ">" }))
    self:value()
    self:emit((", 'site %s'"):format(id))
  elseif self.depth > 6 then
    self:value()
  else
    self:pick(arguments)(self)
    if self:chance(40) then
      self:emit(",")
      self:list(self.random(1, 3), true)
    end
  end
  self:emit(")")
  self.depth = self.depth - 1
end

local statements = {
  function(g)
    local name = g:pick({ "a", "b", "c", "assert" })
    if name == "assert" then
      if g:chance(80) then
        return g:emit("local assert <const> = assert", ";")
      end
      return g:emit("local assert = function(...) log('own', ...) return ... end", ";")
    end
    g:emit("local", name, g:chance(10) and "<const>" or "", "=")
    g:expr()
    g:emit(";")
    if g.out[#g.out - 1] ~= "<const>" then
      g.names[#g.names + 1] = name
    end
  end,
  function(g) g:emit(g:pick({ "g", "h" }), "=") g:expr() g:emit(";") end,
  function(g)
    if #g.names > 0 then
      g:emit("set", "(", "function()", "local act = new()")
      g:emit(g:pick(g.names), "=")
      g:expr()
      g:emit("return 1", "end", ")", ";")
    end
  end,
  function(g) g:emit("t", ".", g:pick({ "x", "y" }), "=") g:expr() g:emit(";") end,
  function(g) g:emit("log", "(") g:list(g.random(1, 3), true) g:emit(")", ";") end,
  function(g)
    g:emit("if") g:expr() g:emit("then") g:inner() g:emit("else") g:inner() g:emit("end")
  end,
  function(g) g:emit("for i = 1, 2 do") g:inner() g:emit("end") end,
  function(g)
    g:emit("repeat")
    g:inner()
    g:emit("until tick() or")
    g:expr()
  end,
  function(g) g:emit("while not tick() do") g:inner() g:emit("break", "end") end,
  function(g)
    local label = "l" .. g:next_id()
    g:emit("do", "goto", label, ";") g:emit("::", label, "::", "end")
  end,
  function(g) g:emit("try", "(") g:closure(true) g:emit(",") g:list(2, true) g:emit(")", ";") end,
  function(g) g:emit("trace", "(") g:closure(true) g:emit(",") g:list(1) g:emit(")", ";") end,
  function(g) g:emit("co", "(") g:closure(true) g:emit(",") g:list(1) g:emit(")", ";") end,
  function(g) g:emit("f", "=") g:closure(true) g:emit(";") end,
  function(g) g:emit("do local _ <close> = closer()", ";") g:inner() g:emit("end") end,
  function(g)
    g:emit("t", g:pick({ ".", ":" }), "assert", "(") g:operand() g:emit("==") g:operand()
    g:emit(")", ";")
  end,
  function(g) g:emit("assert 'text'", ";", "assert { 1 == 2 }", ";") end,
  function(g) g:emit("do local assert = type") g:call_assert() g:emit("end") g:call_assert() end,
  function(g) g:emit("do local check = assert") g:call_assert() g:emit(";check(v(0, act), ")
    g:call_assert() g:emit(")", "end") end,
}

function Gen:inner()
  local names = table.move(self.names, 1, #self.names, 1, {})
  self:block(2)
  self.names = names
end

function Gen:block(n)
  self.depth = self.depth + 1
  for _ = 1, self.random(1, n) do
    if self.depth > 4 or self:chance(50) then
      self:call_assert()
      self:emit(";")
    else
      self:pick(statements)(self)
    end
  end
  if self:chance(30) then
    self:emit("do", "return")
    local kind = self.random(1, 3)
    if kind == 1 then
      self:call_assert()
    elseif kind == 2 then
      self:list(2, true)
    end
    self:emit("end")
  end
  self.depth = self.depth - 1
end

--- Writes a program.
---@param random fun(a: integer, b: integer): integer
---@return string
function M.generate(random)
  local g = setmetatable({ random = random, out = {}, names = {}, depth = 0, id = 0 }, Gen)
  g.gaps = g:pick({ 0, 5, 30 })
  g:emit("local act = new()\n")
  for _ = 1, random(2, 8) do
    g:emit(g:pick({ "try", "trace", "co" }), "(")
    g:closure(true)
    g:emit(",")
    g:list(2)
    g:emit(")", ";")
  end
  g:block(3)
  return table.concat(g.out)
end

local function show(value)
  local what = type(value)
  if what == "table" or what == "function" or what == "thread" then
    return what
  end
  return what .. ":" .. tostring(value)
end

--- A traceback of the program's own frames.
local function traceback(err)
  local frames = {}
  for frame in debug.traceback("", 2):gmatch("[^\n]+") do
    if frame:find("^\tx:") or frame:find("^\t%[C%]") then
      frames[#frames + 1] = frame:gsub("in function <x:1>", "in main chunk")
    end
  end
  return show(err) .. table.concat(frames, "\n")
end

--- Makes what a program runs in: functions that note each call, and objects that note each use.
---@param make_assert fun(tell: function): function
---@return table env
---@return table notes { n texts, told = failures, wrong = string? }
function M.world(make_assert)
  local notes = { told = {} }
  local env, ticks, serial, acts = {}, 0, 0, 0
  local made, last_of, own = {}, {}, {}
  local function log(...)
    local parts = { select("#", ...) }
    for i = 1, select("#", ...) do
      parts[#parts + 1] = show((select(i, ...)))
    end
    if #notes < 5000 then
      notes[#notes + 1] = table.concat(parts, " ")
    end
  end
  --- What a failure tells wrongly: a side that is another evaluation's, or another assert's.
  local function wrong_sides(failure)
    local site, said = failure.site, tostring(failure.value)
    local want_a = site.source_a:match("^v%((%d+), act%)$")
    local want_b = site.source_b:match("^v%((%d+), act%)$")
    local a, b = made[failure.a], made[failure.b]
    notes.exact = (notes.exact or 0) + (want_a and 1 or 0) + (want_b and 1 or 0)
    local good = (not want_a or a and a.id == want_a
        and last_of[want_a .. " " .. a.act] == failure.a)
      and (not want_b or b and b.id == want_b and last_of[want_b .. " " .. b.act] == failure.b)
      and (not (want_a and want_b) or a.act == b.act)
      and not said:find("plain$")
      and (not said:find("site %d+$") or said:match("site (%d+)$") == want_a)
    return not good and said .. ": " .. site.source_a .. " " .. site.source_b or nil
  end
  local function tell(ok, failure)
    log("assert", ok)
    if ok or not failure.site then
      return
    end
    notes.told[#notes.told + 1] = failure
    notes.wrong = notes.wrong or wrong_sides(failure)
  end
  local meta = {}
  for _, event in ipairs({
    "__eq", "__lt", "__le", "__add", "__concat", "__len", "__unm", "__call",
  }) do
    meta[event] = function(a, b)
      log(event, a, b)
      ticks = ticks + 1
      if ticks % 13 == 0 then
        error("in " .. event, 2)
      elseif ticks % 7 == 0 and own[coroutine.running()] then
        coroutine.yield(event)
      end
      return ticks % 2 == 0
    end
  end
  meta.__index = function(_, key)
    log("__index", key)
    return key == "method" and env.f or nil
  end
  env._G, env.log, env.assert = env, log, make_assert(tell)
  env.select, env.error = select, error
  function env.tick()
    ticks = ticks + 1
    return ticks > 60
  end
  function env.new()
    acts = acts + 1
    return acts
  end
  function env.v(id, act)
    serial = serial + 1
    made[serial] = { id = tostring(id), act = act }
    last_of[id .. " " .. tostring(act)] = serial
    log("v", id)
    return serial
  end
  function env.m(id)
    log("m", id)
    return setmetatable({}, meta)
  end
  function env.f(...)
    log("f", ...)
    return ...
  end
  local function report(...)
    log("ended", ...)
  end
  function env.try(fn, ...)
    report(pcall(fn, ...))
    return 1
  end
  function env.trace(fn, ...)
    report(xpcall(fn, traceback, ...))
  end
  function env.co(fn, ...)
    local co = coroutine.create(fn)
    own[co] = true
    local value = table.pack(coroutine.resume(co, ...))
    for _ = 1, 5 do
      log("resumed", table.unpack(value, 1, value.n))
      if coroutine.status(co) == "dead" then
        break
      end
      value = table.pack(coroutine.resume(co, 1, 2))
    end
    log(coroutine.close(co))
  end
  function env.wait(...)
    if own[coroutine.running()] then
      return coroutine.yield(...)
    end
    return ...
  end
  local setter
  function env.set(fn)
    setter = fn
  end
  function env.closer()
    return setmetatable({}, {
      __close = function(_, err)
        log("close", err)
        local fn = setter
        setter = nil
        if fn then
          pcall(fn)
        end
      end,
    })
  end
  env.t = setmetatable({
    x = 1,
    assert = function(...)
      log("t.assert", ...)
      return ...
    end,
  }, { __index = meta.__index })
  setmetatable(env, {
    __index = function(_, key)
      log("global", key)
      if key == "h" and setter then
        local fn = setter
        setter = nil
        pcall(fn)
      end
      return nil
    end,
    __newindex = function(t, key, value)
      log("set", key)
      rawset(t, key, value)
    end,
  })
  return env, notes
end

--- Runs a program in a world, in a coroutine or not.
---@param fn function
---@param notes table
function M.run(fn, notes)
  local function report(...)
    local parts = { select("#", ...) }
    for i = 1, select("#", ...) do
      parts[#parts + 1] = show((select(i, ...)))
    end
    notes[#notes + 1] = "end " .. table.concat(parts, " ")
  end
  report(xpcall(fn, traceback, 1, "two", nil))
end

return M
