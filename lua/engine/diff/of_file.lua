--- Files as trees: TOML by what it says, snapshots and other texts as they are.  Pure.
---@class engine.diff.of_file
local node = require("engine.diff.node")
local same = require("engine.diff.same")
local toml = require("core.toml")

local M = {}

local TEXT = { is_text = true }
local LINES = { is_text = true, is_raw = true }

local function is_bare(key)
  return key:find("^[%w_-]+$") ~= nil
end

--- Writes a text as TOML does on one line.
---@param s string
---@return string
---@nodiscard
function M.quoted(s)
  local escapes = { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r", ['"'] = '\\"', ["\\"] = "\\\\" }
  return '"' .. s:gsub('[%c"\\]', function(c)
    return escapes[c] or ("\\u%04X"):format(c:byte())
  end) .. '"'
end

local function key_of(key)
  return is_bare(key) and key or M.quoted(key)
end

local function keys_of(t, left_out)
  local keys = {}
  for key in pairs(t) do
    keys[#keys + 1] = not (left_out and left_out[key]) and key or nil
  end
  table.sort(keys)
  return keys
end

--- Writes a value as TOML on one line.
local function literal(value)
  local kind, parts = toml.type(value), {}
  if kind == "string" then
    return M.quoted(value)
  elseif kind == "array" then
    for i, entry in ipairs(value) do
      parts[i] = literal(entry)
    end
    return "[" .. table.concat(parts, ", ") .. "]"
  elseif kind == "table" then
    for i, key in ipairs(keys_of(value)) do
      parts[i] = key_of(key) .. " = " .. literal(value[key])
    end
    return "{ " .. table.concat(parts, ", ") .. " }"
  end
  return tostring(value)
end

local NOTHING = { keys = {}, ranges = {} } -- is left out
local fill

--- An entry of an array of tables: by its name, when it has one.
local function entry_of(key, index, entry)
  local name = type(entry.name) == "string" and entry.name or ""
  local out = node.new(key, name)
  out.label = ("[[%s]] %s"):format(key_of(key), name == "" and "#" .. index or name)
  fill(out, entry, NOTHING, name ~= "" and "name" or nil)
  return out
end

--- Fills a node from a table.  Keys have no order, entries of arrays have.
function fill(out, t, parts, told)
  for _, key in ipairs(keys_of(t, parts.keys[t])) do
    local value = t[key]
    if key == told then -- the node is called so
      goto continue
    elseif toml.type(value) == "table" and next(value) ~= nil then
      local child = node.new("table", key)
      child.label, child.is_unordered = ("[%s]"):format(key_of(key)), true
      fill(child, value, parts)
      out.children[#out.children + 1] = child
    elseif same.is_tables(value) then
      local range = parts.ranges[value] or { first = 1, last = #value }
      for i = range.first, range.last do
        out.children[#out.children + 1] = entry_of(key, i, value[i])
      end
    elseif type(value) == "string" and value:find("\n", 1, true) then
      node.add(out, key_of(key), value, LINES)
    else
      node.add(out, key_of(key), literal(value))
    end
    ::continue::
  end
end

--- Makes the tree of a TOML value.
---@param value table as core.toml reads it: not deeper than that allows
---@param parts? engine.diff.Parts what is left out of it
---@return engine.diff.Node
---@nodiscard
function M.toml(value, parts)
  local root = node.new("file", "file")
  root.is_frame = true
  fill(root, value, parts or NOTHING)
  return root
end

--- Makes the tree of a text: one field.
---@param text string
---@return engine.diff.Node
---@nodiscard
function M.text(text)
  local root = node.new("file", "file")
  node.add(root, "text", text, TEXT)
  return root
end

--- Makes the tree of a snapshot; where it was written down, and by which run, is not of it.
---@param snapshot engine.snapshot.Snapshot
---@return engine.diff.Node
---@nodiscard
function M.snapshot(snapshot)
  local root = node.new("snapshot", "snapshot")
  node.add(root, "file", snapshot.file)
  node.add(root, "test", snapshot.test)
  node.add(root, "name", snapshot.name)
  node.add(root, "of", snapshot.of)
  node.add(root, "text", snapshot.text, TEXT)
  return root
end

return M
