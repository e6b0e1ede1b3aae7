--- Compares two sealed trees: what was added, removed, moved, renamed, changed, and what took
--- longer or shorter.
---
--- The other way round gives the same with the sides changed.  Pure.
---@class engine.diff.compare
local match = require("engine.diff.match")
local normal = require("engine.diff.normal")

local M = {}

--- A time is longer or shorter when it differs by more than both of these.
M.NOISE_RATIO = 0.2
M.NOISE_MS = 50

--- Fields that are told before the others.
local FIRST = { verdict = 1, status = 1, ["exit code"] = 2 }

---@class engine.diff.FieldChange
---@field name string
---@field op "added"|"removed"|"changed"
---@field a? string  as compared: what was replaced stands as <time>, <id>, …
---@field b? string
---@field is_text? boolean
---@field raw? { a?: boolean, b?: boolean } which of the two is a text of TOML without quotes

---@class engine.diff.Change
---@field op "same"|"changed"|"added"|"removed"|"moved" of the node itself
---@field a? engine.diff.Node nil: added
---@field b? engine.diff.Node nil: removed
---@field node engine.diff.Node that of `b`, or of `a` where there is none
---@field is_moved? boolean   also of a node that is changed
---@field from? string[]      names down to the parent that it was below in `a`; of one that was
---       moved to another parent
---@field similarity? number  of one that was renamed
---@field fields engine.diff.FieldChange[]
---@field children engine.diff.Change[] in the order of `b`, what was removed where it stood
---@field timing? "slower"|"faster" beyond the noise
---@field is_hidden boolean   nothing in it is to be shown
---@field is_one? boolean     stands for all that is below it, too: all of it is the same

---@class engine.diff.Counts of nodes; one that is moved and changed counts in both
---@field same integer
---@field changed integer
---@field added integer
---@field removed integer
---@field moved integer
---@field slower integer
---@field faster integer

---@class engine.diff.Result
---@field root engine.diff.Change
---@field counts engine.diff.Counts
---@field ignored integer places that differ by an id, a time or a port alone
---@field is_same boolean

local function field_change(op, name, a, b)
  local either, is_raw = a or b, a and a.is_raw or b and b.is_raw
  return {
    op = op,
    name = name,
    a = a and a.norm,
    b = b and b.norm,
    is_text = either.is_text,
    raw = is_raw and { a = a and a.is_raw, b = b and b.is_raw } or nil,
  }
end

--- Compares the fields of two nodes.
local function compare_fields(state, a, b)
  local out, there = {}, {}
  for _, field in ipairs(b.fields) do
    there[field.name] = field
  end
  for _, field in ipairs(a.fields) do
    local other = there[field.name]
    there[field.name] = nil
    if not other then
      out[#out + 1] = field_change("removed", field.name, field)
    elseif other.norm ~= field.norm then
      out[#out + 1] = field_change("changed", field.name, field, other)
    elseif #(field.replaced or {}) ~= #(other.replaced or {}) then -- one has the word <time> itself
      out[#out + 1] = { op = "changed", name = field.name, a = field.value, b = other.value,
        is_text = field.is_text }
    elseif field.value ~= other.value then
      state.ignored = state.ignored + normal.differing(field.replaced, other.replaced)
    end
  end
  for _, field in ipairs(b.fields) do
    if there[field.name] then
      out[#out + 1] = field_change("added", field.name, nil, field)
    end
  end
  table.sort(out, function(x, y)
    local rank_x, rank_y = FIRST[x.name] or 3, FIRST[y.name] or 3
    if rank_x ~= rank_y then
      return rank_x < rank_y
    end
    return x.name < y.name
  end)
  return out
end

--- The same of spans that core.spans has read: most need not be looked at.
local function compare_own(state, a, b)
  local is_one = a.own and a.own == b.own
  local ignored = is_one and a.source.found:same_own(a.place, b.source.found, b.place)
  if ignored then
    state.ignored = state.ignored + ignored
    return {}
  end
  return compare_fields(state, a, b)
end

--- Says whether a time is another one, beyond the noise.
---@param a? number
---@param b? number
---@return "slower"|"faster"|nil
---@nodiscard
function M.timing(a, b)
  if not a or not b or math.abs(b - a) <= M.NOISE_MS
    or math.abs(b - a) <= math.max(a, b) * M.NOISE_RATIO then
    return nil
  end
  return b > a and "slower" or "faster"
end

local compare

--- A whole tree that is on one side alone.
local function alone(op, node)
  local change = { op = op, node = node, fields = {}, children = {} }
  change[op == "added" and "b" or "a"] = node
  for i, child in ipairs(node.children) do
    change.children[i] = alone(op, child)
  end
  return change
end

--- Merges the pairs and what is on one side alone in the order of `b`; what was removed stands
--- behind what stood before it.
local function compare_children(state, a, b)
  local of_a, of_b, out = {}, {}, {}
  for _, pair in ipairs(match.pairs(a.children, b.children)) do
    of_a[pair.a], of_b[pair.b] = pair, pair
  end
  local removed_behind, behind = {}, 0
  for i, child in ipairs(a.children) do
    if of_a[i] then
      behind = of_a[i].b
    else
      removed_behind[behind] = removed_behind[behind] or {}
      table.insert(removed_behind[behind], alone("removed", child))
    end
  end
  for j = 0, #b.children do
    local pair = of_b[j]
    if pair then
      local change = compare(state, a.children[pair.a], b.children[j])
      change.is_moved, change.similarity = pair.is_moved, pair.similarity
      out[#out + 1] = change
    elseif j > 0 then
      out[#out + 1] = alone("added", b.children[j])
    end
    for _, change in ipairs(removed_behind[j] or {}) do
      out[#out + 1] = change
    end
  end
  return out
end

--- Compares two trees that are the same but for times, and for ids and the like: what stands at one
--- place in both is one.  Where nothing is to be told, nothing is made.
local function compare_same(state, a, b)
  local ignored = a.is_plain and b.is_plain and not state.is_whole and a.source.found:same(a.place,
    b.source.found, b.place, M.NOISE_MS, M.NOISE_RATIO)
  if ignored then
    state.ignored = state.ignored + ignored
    return { op = "same", a = a, b = b, node = b, fields = {}, children = {}, is_one = true }
  end
  local children = {}
  for i, child in ipairs(b.children) do
    children[i] = compare_same(state, a.children[i], child)
  end
  return {
    op = "same",
    a = a,
    b = b,
    node = b,
    fields = compare_own(state, a, b),
    children = children,
    timing = M.timing(a.duration_ms, b.duration_ms),
  }
end

function compare(state, a, b)
  if a.signature == b.signature then
    return compare_same(state, a, b)
  end
  return {
    op = "same",
    a = a,
    b = b,
    node = b,
    fields = compare_own(state, a, b),
    children = compare_children(state, a, b),
    timing = M.timing(a.duration_ms, b.duration_ms),
  }
end

--- Lists the trees that are on one side alone, with where they hang.
local function collect_alone(change, lists, above)
  for index, child in ipairs(change.children) do
    local list = lists[child.op]
    above[child] = change
    if list then
      list[#list + 1] = { change = child, parent = change, index = index }
    end
    collect_alone(child, lists, above)
  end
end

--- Names what a change hangs below, from the root down.
local function path_to(change, above)
  local up, out = {}, {}
  while change do
    up[#up + 1] = (change.a or change.node).name
    change = above[change]
  end
  for i = #up, 1, -1 do
    out[#out + 1] = up[i]
  end
  return out
end

local function by_signature(list)
  local out = {}
  for _, one in ipairs(list) do
    local signature = one.change.node.signature
    out[signature] = out[signature] or {}
    table.insert(out[signature], one)
  end
  return out
end

--- Whether it hangs below something that was already found elsewhere.
local function is_below_found(one, found)
  return found[one.parent] == true
end

local function mark_found(change, found)
  found[change] = true
  for _, child in ipairs(change.children) do
    mark_found(child, found)
  end
end

--- Sorts the larger trees before the smaller ones, which may be parts of them.
local function sort_by_size(list)
  for i, one in ipairs(list) do
    one.place = i
  end
  table.sort(list, function(x, y)
    local size_x, size_y = x.change.node.size, y.change.node.size
    if size_x ~= size_y then
      return size_x > size_y
    end
    return x.place < y.place
  end)
end

--- Finds what was removed below one parent and added below another: it was moved.
local function find_moved(state, root)
  local lists = { added = {}, removed = {} }
  local above = {}
  collect_alone(root, lists, above)
  sort_by_size(lists.added)
  sort_by_size(lists.removed)
  local removed, found = by_signature(lists.removed), {}
  for _, one in ipairs(lists.added) do
    local list = removed[one.change.node.signature]
    while list and list[1] and is_below_found(list[1], found) do
      table.remove(list, 1)
    end
    if not is_below_found(one, found) and list and list[1] then
      local other = table.remove(list, 1)
      mark_found(one.change, found)
      mark_found(other.change, found)
      local moved = compare(state, other.change.node, one.change.node)
      moved.is_moved, moved.from = true, path_to(other.parent, above)
      one.parent.children[one.index] = moved
      other.parent.gone = other.parent.gone or {}
      other.parent.gone[other.change] = true
    end
  end
end

--- Takes out what was found elsewhere, settles what each node is, and counts.
local function settle(state, change)
  local counts = state.counts
  local children = {}
  for _, child in ipairs(change.children) do
    children[#children + 1] = not (change.gone and change.gone[child]) and child or nil
  end
  change.children, change.gone = children, nil
  if change.op == "same" and (#change.fields > 0 or change.similarity) then
    change.op = "changed"
  elseif change.op == "same" and change.is_moved then
    change.op = "moved"
  end
  if change.is_one then
    counts.same = counts.same + change.b.size - 1
  end
  if not (change.op == "same" and change.node.is_frame) then
    counts[change.op] = counts[change.op] + 1
  end
  if change.is_moved and change.op ~= "moved" then
    counts.moved = counts.moved + 1
  end
  if change.timing then
    counts[change.timing] = counts[change.timing] + 1
  end
  local is_hidden = change.op == "same" and not change.timing
  for _, child in ipairs(children) do
    is_hidden = settle(state, child) and is_hidden
  end
  change.is_hidden = is_hidden
  return is_hidden
end

--- Compares two trees.
---@param a engine.diff.Node sealed
---@param b engine.diff.Node
---@param opts? { across?: boolean, is_whole?: boolean, same?: integer } across: what hangs below
---       another parent was moved, too; is_whole: what is the same is told one by one; same: nodes
---       that are the same, and in neither tree
---@return engine.diff.Result
---@nodiscard
function M.compare(a, b, opts)
  local state = { ignored = 0, counts = {}, is_whole = opts and opts.is_whole }
  for _, name in ipairs({ "same", "changed", "added", "removed", "moved", "slower", "faster" }) do
    state.counts[name] = 0
  end
  state.counts.same = opts and opts.same or 0
  local root = compare(state, a, b)
  if opts and opts.across then
    find_moved(state, root)
  end
  settle(state, root)
  local counts = state.counts
  local differences = counts.changed + counts.added + counts.removed + counts.moved
  return {
    root = root,
    counts = counts,
    ignored = state.ignored,
    is_same = differences == 0,
  }
end

return M
