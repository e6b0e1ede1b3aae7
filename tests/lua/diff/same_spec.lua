--- What two values have in common is left out, and nothing else is told for it.
local compare = require("engine.diff.compare")
local input = require("engine.diff.input")
local same = require("engine.diff.same")
local toml = require("core.toml")
local trees = dofile("tests/lua/diff/trees.lua")

local ROUNDS = 400

local VALUES = {
  "1", "1.0", "0.0", "-0.0", "nan", '"1"', '"a\\nb"', "true", "[]", "{}", "[1, 2]", "[1, 2.0]",
  "1979-05-27", "1979-05-28", "07:32:00", "{ x = 1 }", "{ x = { y = 1 } }", "[{ x = 1 }, {}]",
  "[{}, {}]", '[{ name = "n" }, { name = "m" }]', '[[1], [{ x = 1 }]]',
}

--- Makes the parts of a text: values, tables, tables in tables, entries of two arrays.
local function parts_of(random, before)
  local parts = {}
  local function add(name, make)
    local is_kept = before and before[name] and random(4) > 1
    parts[name] = is_kept and before[name] or random(8) > 1 and make() or nil
  end
  local function pairs_of(count)
    local lines = {}
    for i = 1, random(count) - 1 do
      lines[i] = ("k%d = %s\n"):format(i, VALUES[random(#VALUES)])
    end
    return table.concat(lines)
  end
  local function entries(name, below)
    local list = {}
    for i = 1, random(5) do
      local named = random(3) > 1 and ('name = "s%d"\n'):format(random(4)) or ""
      list[i] = ("[[%s]]\n%s%s%s"):format(name, named, pairs_of(3),
        below and random(2) == 1 and ("[%s.in]\n%s"):format(name, pairs_of(3)) or "")
    end
    return list
  end
  add("top", function() return { pairs_of(4) } end)
  for i = 1, 3 do
    add("t" .. i, function() return { ("[t%d]\n%s"):format(i, pairs_of(4)) } end)
    add("u" .. i, function() return { ("[u.v%d.w]\n%s"):format(i, pairs_of(3)) } end)
  end
  for _, name in ipairs({ "a", "u.list" }) do
    add(name, function() return entries(name, name == "a") end)
    if parts[name] and parts[name][1] and random(2) == 1 then -- one more, less, or moved
      local list = table.move(parts[name], 1, #parts[name], 1, {})
      local one = table.remove(list, random(#list))
      if random(3) > 1 then
        table.insert(list, random(#list + 1), one)
      end
      parts[name] = random(3) == 1 and entries(name, false) or list
    end
  end
  return parts
end

local ORDER = { "top", "t1", "t2", "t3", "u1", "u2", "u3", "a", "u.list" }

local function text_of(parts)
  local out = {}
  for _, name in ipairs(ORDER) do
    out[#out + 1] = parts[name] and table.concat(parts[name])
  end
  return table.concat(out)
end

--- What the command tells of two texts.
local function told(one, other, is_whole)
  local a, b = assert(input.recognise(one, "a")), assert(input.recognise(other, "b"))
  local kind = input.common(a, b)
  input.seal(a, b, false, {}, is_whole)
  local result = compare.compare(a.root, b.root, { across = true, same = a.same })
  for i, side in ipairs({ a, b }) do
    side.shown, side.notes, side.known = "f" .. i, {}, {}
  end
  local about = { kind = kind, a = a, b = b, result = result, all = false, left_out = {},
    shows_fields = true }
  local texts = {}
  for _, view in ipairs({ "json", "tree", "md" }) do
    texts[#texts + 1] = require("engine.diff.view." .. view).render({ width = 100 }, about)
  end
  return table.concat(texts), a.same or 0
end

describe("engine.diff.same", function()
  it("leaves out nothing that would be told, and counts what it leaves out", function()
    local left_out = 0
    for round = 1, ROUNDS do
      local random = trees.random(round)
      local parts = parts_of(random)
      local one, other = text_of(parts), text_of(parts_of(random, parts))
      local short, count = told(one, other)
      assert.equal((told(one, other, true)), short, one .. "\n---\n" .. other)
      left_out = left_out + count
    end
    assert.is_true(left_out > ROUNDS, left_out)
  end)

  it("keeps of long arrays what lies between", function()
    local function steps(middle)
      local list = {}
      for i = 1, 1000 do
        list[i] = ('[[s]]\nname = "s%d"\nv = %d\n'):format(i, i == 500 and middle or 1)
      end
      return assert(toml.decode(table.concat(list)))
    end
    local a, b = steps(1), steps(2)
    local parts = same.find(a, b)
    assert.equal(997, parts.count)
    assert.same({ first = 499, last = 501 }, parts.ranges[a.s])
    assert.same({ first = 499, last = 501 }, parts.ranges[b.s])
  end)
end)
