--- Runs plain templates as they are read: compiling takes longer than rendering a few times.
---
--- `core.tags.plain` reads a template to a program, a list of words.  What is done with values,
--- counted and raised is what compiled code does, counts and raises, by the same functions of
--- engine.template.runtime.  A template that is used again and again, or whose loops walk much, is
--- compiled all the same; one that is not plain is compiled at once.
---
--- The words of a program, `P`, are these, one after the other:
---   0                                    END, of the program or of a loop's body
---   1 text from                          TEXT, and where it came from, as compiled code tells it
---   2 from value                         OUT
---   3 stop how path [other]              IF: goes on at `stop` when it is not so
---   4 stop                               JUMP
---   5 stop cost slot has_key value body  FOR
---   6 slot value                         SET
---   7 from name at                       OUT of a name of the context, the plainest of all
---   8 stop name at text                  IF a name of the context is a text
--- A path is `mode what at count step…`.  Its modes: 0 `what` is a name of the context; 1 a slot
--- that is set; 2 a slot that a loop gives; 3 to 6 `loop.index`, `index0`, `first` and `last`, by
--- the slot of the turn's number, behind which the number of turns is; 7 a literal.  A value is a
--- path, then `0` or `1 default`, then `count`, and for each filter `name at args`.  How two sides
--- compare: 0 the path is true, 1 == a text, 2 !=, 3 ==, 4 <, 5 <=, 6 >, 7 >=, 8 it is not true.
local core_tags = require("core.tags")
local fs = require("core.fs")
local loader = require("engine.loader")

local M = {}

local END, OUT, IF, FOR, OUT_NAME, IF_TEXT = 0, 2, 3, 5, 7, 8
local IS_SET, IS_BOUND, LOOP_INDEX0, LITERAL = 1, 2, 4, 7

local USES_MAX = 16 -- one that is used more often is compiled
local WALKED_MAX = 64 -- turns of a loop that are worth compiling it

local run_plain = core_tags.run

local is_replaced
local looks = 0

--- Whether templates are compiled by what is built in.
local function is_our_own()
  if is_replaced == nil then
    local before = fs.calls()
    is_replaced = loader.is_overridden("engine.template")
    looks = looks + fs.calls() - before
  end
  local parser = package.loaded["engine.template.parser"]
  local compile = package.loaded["engine.template.compile"]
  return not is_replaced and (not parser or parser.parse == parser.own_parse)
    and (not compile or compile.template == compile.own_template)
end

--- Counts the calls of core.fs, which have no say in what is rendered.
---@return integer
---@nodiscard
function M.looks()
  return looks
end

--- Tells which names a unit uses.
---@param unit table
---@param source string its text
---@return table<string, true>
---@nodiscard
function M.used(unit, source)
  unit.used = unit.used or core_tags.plain_names(source)
  return unit.used
end

---@class engine.template.Direct a unit, as an environment runs it
---@field P (integer|string|boolean|table)[] the program
---@field H table functions of engine.template.runtime
---@field z table the file

--- Reads a path; nil when there is no such value.
---@return any v
---@return integer pc behind it
local function path(x, pc, V, G)
  local P = x.P
  local mode, what, count = P[pc], P[pc + 1], P[pc + 3]
  pc = pc + 4
  local v
  if mode == 0 then
    v = G[what]
  elseif mode <= IS_BOUND then
    v = V[what]
    if count > 0 and mode ~= IS_SET then
      local step = P[pc]
      if step:find("^%d") then
        v = x.H.I(v, step)
      elseif type(v) == "table" then
        v = v[step]
      else
        v = nil
      end
      pc, count = pc + 1, count - 1
    end
  elseif mode == LITERAL then
    v = what
  elseif mode <= LOOP_INDEX0 then
    v = V[what] - (mode - 3)
  else
    v = V[what] == (mode == 5 and 1 or V[what + 1])
  end
  for i = pc, pc + count - 1 do
    v = x.H.I(v, P[i])
  end
  return v, pc + count
end

--- Reads a value, which must be there.
local function value(x, pc, V, G)
  local P, H = x.P, x.H
  local at, v, stop = P[pc + 2], path(x, pc, V, G)
  pc = stop + 1
  if P[stop] == 1 then
    v, pc = H.DL(v, P[pc]), pc + 1
  elseif v == nil then
    H.U(x.z, at)
  end
  local count = P[pc]
  for i = pc + 1, pc + 3 * count, 3 do
    v = H.F(x.z, P[i + 1], P[i], v, P[i + 2] or H.E0)
  end
  return v, pc + 3 * count + 1
end

--- Asks whether an IF holds.
local function holds(x, pc, V, G)
  local P, H = x.P, x.H
  local how, at, v, stop = P[pc], P[pc + 3], path(x, pc + 1, V, G)
  pc = stop
  if how == 0 then
    return H.B(v), pc
  elseif how == 8 then
    return not H.B(v), pc
  end
  local other = P[pc]
  pc = pc + 1
  if how <= 3 then
    if v == nil then
      H.U(x.z, at)
    elseif how == 1 then
      return v == other, pc
    elseif how == 2 then
      return H.QN(v, other, true, false), pc
    end
    return H.Q(v, other), pc
  end
  v = H.NI(v, x.z, at)
  if how == 4 then
    return v < other, pc
  elseif how == 5 then
    return v <= other, pc
  elseif how == 6 then
    return v > other, pc
  end
  return v >= other, pc
end

--- Whether a loop outside of all others walks so much that it is better compiled.
local function walks_much(x, G)
  local loops = x.loops
  for i = 1, #loops do
    local v = path(x, loops[i] + 5, {}, G)
    if type(v) == "table" and #v > WALKED_MAX then
      return true
    end
  end
  return false
end

local run

local function for_each(x, pc, n, V, G, o, a)
  local P, H = x.P, x.H
  local cost, slot, at = P[pc + 2], P[pc + 3], P[pc + 7]
  local list, count, object
  local v, body = value(x, pc + 5, V, G)
  if P[pc + 4] == 1 then
    list, count, object = H.PK(v, x.z, at, cost)
  else
    list, count = H.P(v, x.z, at, cost)
  end
  V[slot + 3] = count
  for i = 1, count do
    if n > 8192 then
      n = H.FL(o, n)
    end
    local item = list[i]
    if object then
      V[slot], V[slot + 1] = object[item], item
    else
      V[slot] = item
    end
    V[slot + 2] = i
    n = run(x, body, n, V, G, o, a)
  end
  return n
end

--- Writes a value that is read by a path, or is a name of the context that core.tags left.
local function out(x, pc, n, V, G, o, a)
  local P = x.P
  local v, stop
  if a then -- first: what cannot be written is found by it
    a[n] = P[pc + 1]
  end
  if P[pc] == OUT_NAME then
    v, stop = G[P[pc + 2]], pc + 4
    if v == nil then
      x.H.U(x.z, P[pc + 3])
    end
  else
    v, stop = value(x, pc + 2, V, G)
    local mode = P[pc + 2]
    if mode == 3 or mode == LOOP_INDEX0 then
      o[n] = x.H.KI[v]
      return stop
    end
  end
  o[n] = x.H.K[v]
  return stop
end

--- Decides on what core.tags left: the context has no such name of its own.
local function if_text(x, pc, G)
  local P = x.P
  local v = G[P[pc + 2]]
  if v == nil then
    x.H.U(x.z, P[pc + 3])
  end
  return v == P[pc + 4] and pc + 5 or P[pc + 1]
end

--- Runs a part of a program; in C what needs no call of Lua.
function run(x, pc, n, V, G, o, a)
  local P = x.P
  while true do
    pc, n = run_plain(P, pc, n, V, G, o, a)
    local op = P[pc]
    if op == OUT or op == OUT_NAME then
      n = n + 1
      pc = out(x, pc, n, V, G, o, a)
    elseif op == IF then
      local is_so, stop = holds(x, pc + 2, V, G)
      pc = is_so and stop or P[pc + 1]
    elseif op == FOR then
      n = for_each(x, pc, n, V, G, o, a)
      pc = P[pc + 1]
    elseif op == END then
      return n
    elseif op == IF_TEXT then
      pc = if_text(x, pc, G)
    else
      V[P[pc + 1]], pc = value(x, pc + 2, V, G)
    end
  end
end

--- Makes the function of a program, as engine.template.compile's code does.
local function bind(unit, kind, x, env)
  local compiled
  return function(o, n, G, a)
    unit.uses = unit.uses + 1
    if not compiled and (unit.uses > USES_MAX or walks_much(x, G)) then
      compiled = env:recompiled(x.z, kind)
    end
    if compiled then
      return compiled(o, n, G, a)
    end
    return run(x, 1, n, {}, G, o, kind == "map" and a or nil)
  end
end

local NONE = {}
local KINDS = { main = true, map = true, include = true }

--- Reads a template that is plain.
---@param file table
---@param kind string
---@return table? unit as engine.template.compile gives it, but with `make` in the place of `code`,
---   and without `used`
---@nodiscard
function M.unit(file, kind)
  if not KINDS[kind] or not is_our_own() then
    return nil
  end
  local program, loops, longest = core_tags.plain(file.source)
  if not program then
    return nil
  end
  local unit = {
    uses = 0, statics = NONE, files = { file.name }, callees = NONE, includes = NONE,
    places = NONE, static_max = longest, needs = { { file.name, file.hash, "" } },
    words = #program, bytes = #file.source,
  }
  function unit.make(_, Z, _, R, H)
    return bind(unit, kind, { P = program, H = H, z = Z[1], loops = loops }, R.env)
  end
  return unit
end

return M
