--- Trees for the specs of engine.diff: made by chance, changed on purpose.
local node = require("engine.diff.node")

local M = {}

--- Makes a source of numbers.
---@param seed integer
---@return fun(n: integer): integer random from 1 to n
function M.random(seed)
  local state = seed * 2654435761 + 1
  return function(n)
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % n + 1
  end
end

local function word(random)
  local letters = {}
  for i = 1, 10 do
    letters[i] = string.char(96 + random(26))
  end
  return table.concat(letters)
end

--- Makes a tree whose nodes all have names of their own.
---@param random fun(n: integer): integer
---@param depth? integer
---@return engine.diff.Node
function M.tree(random, depth)
  depth = depth or 4
  local out = node.new("span", word(random))
  for i = 1, random(4) - 1 do
    node.add(out, "field" .. i, word(random), { is_text = random(2) == 1, is_free = true })
  end
  for i = 1, depth > 1 and random(5) - 1 or 0 do
    out.children[i] = M.tree(random, depth - 1)
  end
  return out
end

--- Makes a tree of few names and values: most nodes have others like them.
function M.crowd(random, depth)
  depth = depth or 3
  local out = node.new(random(5) == 1 and "event" or "span", "n" .. random(3))
  node.add(out, "field", random(2))
  for i = 1, depth > 1 and random(6) - 1 or 0 do
    out.children[i] = M.crowd(random, depth - 1)
  end
  return out
end

--- Copies a tree that is not sealed.
function M.copy(tree)
  local out = node.new(tree.kind, tree.name)
  out.duration_ms = tree.duration_ms
  for i, field in ipairs(tree.fields) do
    out.fields[i] = {}
    for key, value in pairs(field) do
      out.fields[i][key] = value
    end
  end
  for i, child in ipairs(tree.children) do
    out.children[i] = M.copy(child)
  end
  return out
end

--- Lists the nodes of a tree, each with its parent.
function M.all(tree)
  local list = {}
  local function add(one, parent, place)
    list[#list + 1] = { node = one, parent = parent, place = place }
    for i, child in ipairs(one.children) do
      add(child, one, i)
    end
  end
  add(tree)
  return list
end

M.word = word

return M
