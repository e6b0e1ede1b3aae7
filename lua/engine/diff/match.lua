--- Finds which children of a node are which of another one's.
---
--- First those that are the same with all below them, in the order they have; then the same ones
--- elsewhere; then those of one kind and name, one after the other; then those that are alike
--- enough to be one that was renamed.  Whichever of the two lists comes first, the pairs are the
--- same: the lists are looked at in an order of their own, which what they say gives.  Pure.
---@class engine.diff.match
local diff = require("engine.expect.diff")
local text = require("core.text")

local M = {}

M.SIMILAR = 0.8
local RENAMED_MAX = 40 -- unpaired siblings on each side among which renamed ones are looked for
local NAME_MAX = 200
local ALIKE = 0.75 -- what a child of the same name counts that is not the same
local CROSSINGS_MAX = 5000000 -- comparisons of times in one list; beyond, an order is one

---@class engine.diff.Pair
---@field a integer place among the children of one
---@field b integer
---@field similarity? number of a pair whose names differ
---@field is_moved? boolean

local function by_signature(node)
  return node.signature
end

local function by_name(node)
  return node.kind .. "\0" .. node.name
end

local function signatures(list)
  local out = {}
  for i, node in ipairs(list) do
    out[i] = node.signature
  end
  return out
end

--- Gives the places of what is not paired yet, by a key, in order.
local function places(list, is_paired, key)
  local by_key = {}
  for i, node in ipairs(list) do
    if not is_paired[i] then
      local k = key(node)
      by_key[k] = by_key[k] or {}
      table.insert(by_key[k], i)
    end
  end
  return by_key
end

local function add(state, i, j, similarity)
  state.pairs[#state.pairs + 1] = { a = i, b = j, similarity = similarity }
  state.in_a[i], state.in_b[j] = true, true
end

--- Pairs what has the same key, the first with the first.
local function pair_by(state, key)
  local there = places(state.b, state.in_b, key)
  local taken = {}
  for i, node in ipairs(state.a) do
    local k = not state.in_a[i] and key(node)
    local list = k and there[k]
    if list then
      taken[k] = (taken[k] or 0) + 1
      local j = list[taken[k]]
      if j then
        add(state, i, j)
      end
    end
  end
end

--- Says in how far two names are one, from 0 to 1.
local function name_likeness(a, b)
  a, b = a:sub(1, NAME_MAX), b:sub(1, NAME_MAX)
  local length = math.max(#a, #b)
  local distance = text.distance(a, b)
  return length > 0 and distance and math.max(0, 1 - distance / length) or 0
end

local function put(lists, key, child)
  lists[key] = lists[key] or { at = 1 }
  table.insert(lists[key], child)
end

--- Takes the first child of a key that was not taken by its other one.
local function take(lists, key)
  local list = lists[key]
  while list and list[list.at] do
    local child = list[list.at]
    list.at = list.at + 1
    if not lists[child] then
      lists[child] = true
      return child
    end
  end
end

--- Says in how far two nodes are one: their names count once, each field by its weight, what is
--- below them as much as there is of it.
---@param a engine.diff.Node
---@param b engine.diff.Node
---@return number # from 0 to 1
---@nodiscard
function M.similarity(a, b)
  local common, all = name_likeness(a.name, b.name), 1
  local fields = {}
  for _, field in ipairs(a.fields) do
    fields[field.name] = field
    all = all + (field.weight or 1)
  end
  for _, field in ipairs(b.fields) do
    local other, weight = fields[field.name], field.weight or 1
    all = all + (other and 0 or weight)
    common = common + (other and other.norm == field.norm and weight or 0)
  end
  local left = {} -- children of `a`, by signature and by name
  for _, child in ipairs(a.children) do
    all = all + child.size / 2
    put(left, child.signature, child)
    put(left, by_name(child), child)
  end
  for _, child in ipairs(b.children) do
    all = all + child.size / 2
    local same = take(left, child.signature)
    local alike = not same and take(left, by_name(child))
    common = common + (same and child.size or 0)
      + (alike and math.min(alike.size, child.size) * ALIKE or 0)
  end
  return common / all
end

local function unpaired(list, is_paired)
  local out = {}
  for i in ipairs(list) do
    out[#out + 1] = not is_paired[i] and i or nil
  end
  return out
end

--- Pairs what is alike enough, the most alike first.
local function pair_renamed(state)
  local left, right = unpaired(state.a, state.in_a), unpaired(state.b, state.in_b)
  if #left > RENAMED_MAX or #right > RENAMED_MAX then
    return
  end
  local candidates = {}
  for _, i in ipairs(left) do
    for _, j in ipairs(right) do
      local x, y = state.a[i], state.b[j]
      local similarity = x.kind == y.kind and M.similarity(x, y) or 0
      if similarity >= M.SIMILAR then
        candidates[#candidates + 1] = { i = i, j = j, similarity = similarity }
      end
    end
  end
  table.sort(candidates, function(x, y)
    if x.similarity ~= y.similarity then
      return x.similarity > y.similarity
    elseif x.i ~= y.i then
      return x.i < y.i
    end
    return x.j < y.j
  end)
  for _, one in ipairs(candidates) do
    if not state.in_a[one.i] and not state.in_b[one.j] then
      add(state, one.i, one.j, one.similarity)
    end
  end
end

--- Marks the pairs that are not on the longest way on which both lists go forward.
local function longest(list)
  local tails, before = {}, {} -- tails[n]: the pair with the smallest b that ends a way of n
  for index, pair in ipairs(list) do
    local low, high = 1, #tails + 1
    while low < high do
      local middle = (low + high) // 2
      if list[tails[middle]].b < pair.b then
        low = middle + 1
      else
        high = middle
      end
    end
    before[index], tails[low] = tails[low - 1], index
  end
  local is_on, at = {}, tails[#tails]
  while at do
    is_on[at], at = true, before[at]
  end
  return is_on
end

--- When what a node tells of ended: of a span that was never ended, that is not known.
local function stop_of(node)
  return node.to == 0 and math.huge or node.to
end

--- Whether two nodes were there at one time, or began at once: by a coarse clock many spans take no
--- time at all, and what orders those that begin with them is their ids.
local function overlap(x, y)
  return x.from and y.from and (x.from == y.from or x.from < stop_of(y) and y.from < stop_of(x))
end

--- Whether a pair really changes places with another: what ran at once has no order.
local function is_crossed(state, pair, list)
  state.looked = state.looked + #list
  if not state.a[pair.a].from or state.looked > CROSSINGS_MAX then
    return true
  end
  for _, other in ipairs(list) do
    if (other.a < pair.a) ~= (other.b < pair.b) and other ~= pair
      and not overlap(state.a[pair.a], state.a[other.a])
      and not overlap(state.b[pair.b], state.b[other.b]) then
      return true
    end
  end
  return false
end

local function mark_moved(state)
  local list = {}
  for _, pair in ipairs(state.pairs) do
    list[#list + 1] = not state.a[pair.a].is_unordered and pair or nil
  end
  table.sort(list, function(x, y)
    return x.a < y.a
  end)
  local is_on = longest(list)
  for i, pair in ipairs(list) do
    pair.is_moved = not is_on[i] and is_crossed(state, pair, list) or nil
  end
end

local function find(a, b, signatures_a, signatures_b)
  local state = { a = a, b = b, in_a = {}, in_b = {}, pairs = {}, looked = 0 }
  for _, op in ipairs(diff.compare(signatures_a, signatures_b)) do
    for k = 0, op.kind == "=" and op.count - 1 or -1 do
      add(state, op.a + k, op.b + k)
    end
  end
  pair_by(state, by_signature)
  pair_by(state, by_name)
  pair_renamed(state)
  mark_moved(state)
  return state.pairs
end

local lists_order

--- Compares two numbers or texts: below, equal or above 0.
local function order(x, y)
  return x == y and 0 or x < y and -1 or 1
end

--- Compares what two nodes say.  Signatures tell what is equal, and nothing else: which of two is
--- the greater is another one in each way of reading.
local function nodes_order(x, y)
  if x.signature == y.signature then
    return 0
  end
  for _, key in ipairs({ "kind", "name", "size" }) do
    local found = order(x[key], y[key])
    if found ~= 0 then
      return found
    end
  end
  for i, field in ipairs(x.fields) do
    local other = y.fields[i]
    local found = other and order(field.name, other.name) or 1
    found = found == 0 and order(field.norm, other.norm) or found
    if found ~= 0 then
      return found
    end
  end
  local found = order(#x.fields, #y.fields)
  return found ~= 0 and found or lists_order(x.children, y.children)
end

--- Compares two lists by the first of their nodes that differ, then by how many there are.
function lists_order(a, b)
  for i = 1, math.min(#a, #b) do
    local found = nodes_order(a[i], b[i])
    if found ~= 0 then
      return found
    end
  end
  return order(#a, #b)
end

--- Finds the pairs.
---@param a engine.diff.Node[] sealed
---@param b engine.diff.Node[]
---@return engine.diff.Pair[] pairs in the order of `a`
---@nodiscard
function M.pairs(a, b)
  local signatures_a, signatures_b = signatures(a), signatures(b)
  local pairs_found
  if lists_order(a, b) <= 0 then
    pairs_found = find(a, b, signatures_a, signatures_b)
  else
    pairs_found = find(b, a, signatures_b, signatures_a)
    for _, pair in ipairs(pairs_found) do
      pair.a, pair.b = pair.b, pair.a
    end
  end
  table.sort(pairs_found, function(x, y)
    return x.a < y.a
  end)
  return pairs_found
end

return M
