--- Leaves out of two values of TOML what both have at one place, so that no trees are made of it.
---
--- What is left out is what engine.diff.match would pair first: tables and values by their keys,
--- entries of arrays where both arrays begin, and where both end.  What stands right before a
--- difference stays, for what was removed is told behind it.  Pure.
---@class engine.diff.same
local toml = require("core.toml")

local M = {}

---@class engine.diff.Parts what is still to be compared of two values
---@field keys table<table, table<string, true>> of a table: keys that are left out
---@field ranges table<table, { first: integer, last: integer }> of an array: what is not
---@field count integer nodes that would have been the same

local is_equal

local function are_equal_tables(a, b)
  for key, value in pairs(a) do
    if not is_equal(value, b[key]) then
      return false
    end
  end
  for key in pairs(b) do
    if a[key] == nil then
      return false
    end
  end
  return true
end

--- Whether two values are written in the same way: 1 and 1.0 are two, and so are 0.0 and -0.0.
function is_equal(a, b)
  local kind = type(a)
  if kind ~= type(b) then
    return false
  elseif kind == "string" or kind == "boolean" then
    return a == b
  elseif kind == "number" then
    return a == b and tostring(a) == tostring(b)
  end
  local of_toml = toml.type(a)
  if of_toml ~= toml.type(b) then
    return false
  elseif of_toml == "table" or of_toml == "array" then
    return are_equal_tables(a, b)
  end
  return tostring(a) == tostring(b)
end

local function is_table(value)
  return toml.type(value) == "table" and next(value) ~= nil
end

--- Whether each entry of an array is a table.
---@param value any
---@return boolean
---@nodiscard
function M.is_tables(value)
  if toml.type(value) ~= "array" or #value == 0 then
    return false
  end
  for _, entry in ipairs(value) do
    if toml.type(entry) ~= "table" then
      return false
    end
  end
  return true
end

--- Counts the nodes that would be made below a key.
local function nodes_of(value)
  local count = 0
  if is_table(value) then
    count = 1
    for _, inner in pairs(value) do
      count = count + nodes_of(inner)
    end
  elseif M.is_tables(value) then
    for _, entry in ipairs(value) do
      count = count + 1
      for _, inner in pairs(entry) do
        count = count + nodes_of(inner)
      end
    end
  end
  return count
end

--- Counts an entry of an array, which is a node also when it is empty.
local function nodes_of_entry(entry)
  return next(entry) == nil and 1 or nodes_of(entry)
end

local function leave_out_entries(parts, a, b)
  local first, last_a, last_b = 1, #a, #b
  while first <= last_a and first <= last_b and is_equal(a[first], b[first]) do
    first = first + 1
  end
  while last_a >= first and last_b >= first and is_equal(a[last_a], b[last_b]) do
    last_a, last_b = last_a - 1, last_b - 1
  end
  -- One of each stays: what was removed stands behind what was before it.
  first = math.max(first - 1, 1)
  last_a, last_b = math.min(last_a + 1, #a), math.min(last_b + 1, #b)
  for i = 1, #a do
    parts.count = parts.count + ((i < first or i > last_a) and nodes_of_entry(a[i]) or 0)
  end
  parts.ranges[a] = { first = first, last = last_a }
  parts.ranges[b] = { first = first, last = last_b }
end

--- Leaves in both sides the last node of a key that is equal.
local function keep_last(parts, keys, key, a, b)
  keys[key] = nil
  parts.count = parts.count - nodes_of(a)
  if is_table(a) then
    local all = {}
    for inner, value in pairs(a) do
      all[inner] = true
      parts.count = parts.count + nodes_of(value)
    end
    parts.keys[a], parts.keys[b] = all, all
    return
  end
  for i = 1, #a - 1 do
    parts.count = parts.count + nodes_of_entry(a[i])
  end
  parts.ranges[a], parts.ranges[b] = { first = #a, last = #a }, { first = #b, last = #b }
end

local function has_nodes(value)
  return is_table(value) or M.is_tables(value)
end

local function sorted(t)
  local keys = {}
  for key in pairs(t) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

local function leave_out(parts, a, b)
  local keys, before = {}, nil -- the last key with nodes, if it was left out
  for _, key in ipairs(sorted(a)) do
    local value, other = a[key], b[key]
    local nodes = has_nodes(value)
    if other ~= nil and is_equal(value, other) then
      keys[key] = true
      parts.count = parts.count + nodes_of(value)
      before = nodes and key or before
    elseif nodes then
      if before then
        keep_last(parts, keys, before, a[before], b[before])
        before = nil
      end
      if is_table(value) and is_table(other) then
        leave_out(parts, value, other)
      elseif M.is_tables(value) and M.is_tables(other) then
        leave_out_entries(parts, value, other)
      end
    end
  end
  parts.keys[a], parts.keys[b] = keys, keys
end

--- Finds what two values have in common.
---@param a table as core.toml reads it
---@param b table
---@return engine.diff.Parts
---@nodiscard
function M.find(a, b)
  local parts = { keys = {}, ranges = {}, count = 0 }
  leave_out(parts, a, b)
  return parts
end

return M
