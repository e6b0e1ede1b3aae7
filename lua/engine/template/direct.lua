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

local END, TEXT, OUT, IF, JUMP, FOR, OUT_NAME, IF_TEXT = 0, 1, 2, 3, 4, 5, 7, 8
local IS_SET, IS_BOUND, LOOP_INDEX0, LITERAL = 1, 2, 4, 7

local USES_MAX = 16 -- one that is used more often is compiled
local WALKED_MAX = 64 -- turns of a loop that are worth compiling it

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

--- Makes what reads paths and values of a program.
local function reader(P, H, z)
  local index, undefined, filter, default, no_args = H.I, H.U, H.F, H.DL, H.E0

  --- Reads a path; nil when there is no such value.
  ---@return any v
  ---@return integer pc behind it
  local function path(pc, V, G)
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
          v = index(v, step)
        else
          v = (type(v) == "table" and v or no_args)[step]
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
      v = index(v, P[i])
    end
    return v, pc + count
  end

  --- Reads a value, which must be there.
  local function value(pc, V, G)
    local at, v, stop = P[pc + 2], path(pc, V, G)
    pc = stop + 1
    if P[stop] == 1 then
      v, pc = default(v, P[pc]), pc + 1
    elseif v == nil then
      undefined(z, at)
    end
    local count = P[pc]
    for i = pc + 1, pc + 3 * count, 3 do
      v = filter(z, P[i + 1], P[i], v, P[i + 2] or no_args)
    end
    return v, pc + 3 * count + 1
  end

  return path, value
end

--- Makes what asks whether an IF holds.
local function judge(P, H, z, path)
  local undefined, truthy, equal, equal_number, number = H.U, H.B, H.Q, H.QN, H.NI

  return function(pc, V, G)
    local how, at, v, stop = P[pc], P[pc + 3], path(pc + 1, V, G)
    pc = stop
    if how == 0 then
      return truthy(v), pc
    elseif how == 8 then
      return not truthy(v), pc
    end
    local other = P[pc]
    pc = pc + 1
    if how <= 3 then
      if v == nil then
        undefined(z, at)
      elseif how == 1 then
        return v == other, pc
      elseif how == 2 then
        return equal_number(v, other, true, false), pc
      end
      return equal(v, other), pc
    end
    v = number(v, z, at)
    if how == 4 then
      return v < other, pc
    elseif how == 5 then
      return v <= other, pc
    elseif how == 6 then
      return v > other, pc
    end
    return v >= other, pc
  end
end

--- Whether a loop outside of all others walks so much that it is better compiled.
local function walks_much(loops, path, G)
  for i = 1, #loops do
    local v = path(loops[i] + 5, {}, G)
    if type(v) == "table" and #v > WALKED_MAX then
      return true
    end
  end
  return false
end

--- Makes the function of a program, as engine.template.compile's code does.
local function bind(unit, P, loops, has_map, z, H, recompiled)
  local path, value = reader(P, H, z)
  local holds = judge(P, H, z, path)
  local undefined, K, KI, flush, walk, walk_keys = H.U, H.K, H.KI, H.FL, H.P, H.PK
  local compiled

  local run

  local function for_each(pc, n, V, G, o, a)
    local cost, slot, at = P[pc + 2], P[pc + 3], P[pc + 7]
    local list, count, object
    local v, body = value(pc + 5, V, G)
    if P[pc + 4] == 1 then
      list, count, object = walk_keys(v, z, at, cost)
    else
      list, count = walk(v, z, at, cost)
    end
    V[slot + 3] = count
    for i = 1, count do
      if n > 8192 then
        n = flush(o, n)
      end
      local item = list[i]
      if object then
        V[slot], V[slot + 1] = object[item], item
      else
        V[slot] = item
      end
      V[slot + 2] = i
      n = run(body, n, V, G, o, a)
    end
    return n
  end

  function run(pc, n, V, G, o, a)
    while true do
      local op = P[pc]
      if op == TEXT then
        n = n + 1
        o[n] = P[pc + 1]
        if has_map then
          a[n] = P[pc + 2]
        end
        pc = pc + 3
      elseif op == OUT_NAME then
        local v = G[P[pc + 2]]
        n = n + 1
        if has_map then -- first: what cannot be written is found by it
          a[n] = P[pc + 1]
        end
        if v == nil then
          undefined(z, P[pc + 3])
        end
        o[n] = K[v]
        pc = pc + 4
      elseif op == IF_TEXT then
        local v = G[P[pc + 2]]
        if v == P[pc + 4] then
          pc = pc + 5
        elseif v == nil then
          undefined(z, P[pc + 3])
        else
          pc = P[pc + 1]
        end
      elseif op == OUT then
        local from, mode = P[pc + 1], P[pc + 2]
        if has_map then
          a[n + 1] = from
        end
        local v, stop = value(pc + 2, V, G)
        n = n + 1
        o[n] = (mode == 3 or mode == LOOP_INDEX0) and KI[v] or K[v]
        pc = stop
      elseif op == IF then
        local is_so, stop = holds(pc + 2, V, G)
        pc = is_so and stop or P[pc + 1]
      elseif op == JUMP then
        pc = P[pc + 1]
      elseif op == FOR then
        n = for_each(pc, n, V, G, o, a)
        pc = P[pc + 1]
      elseif op == END then
        return n
      else
        V[P[pc + 1]], pc = value(pc + 2, V, G)
      end
    end
  end

  return function(o, n, G, a)
    unit.uses = unit.uses + 1
    if not compiled and (unit.uses > USES_MAX or walks_much(loops, path, G)) then
      compiled = recompiled()
    end
    if compiled then
      return compiled(o, n, G, a)
    end
    return run(1, n, {}, G, o, a)
  end
end

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
    uses = 0, statics = {}, files = { file.name }, callees = {}, includes = {},
    places = {}, static_max = longest, needs = { { file.name, file.hash, "" } },
    words = #program, bytes = #file.source,
  }
  function unit.make(_, Z, _, R, H)
    local z, env = Z[1], R.env
    return bind(unit, program, loops, kind == "map", z, H, function()
      return env:recompiled(z, kind)
    end)
  end
  return unit
end

return M
