--- Makes events fit for JSON: known lists stay lists when they are empty, diagnostics have fixed
--- fields, bytes that are not UTF-8 come along exactly, as base64.
local diag = require("engine.diag")
local json = require("core.json")
local text = require("core.text")

local M = {}

local DEPTH_MAX = 32

--- Fields that are lists, also when they are empty.
local LISTS = {
  affected = true,
  argv = true,
  artifacts = true,
  awaits = true,
  changed = true,
  checks = true,
  diagnostics = true,
  failures = true,
  leaked = true,
  leaks = true,
  lines = true,
  log = true, -- of the failure of a service
  marks = true,
  overrides = true,
  related = true,
  hooks = true,
  running = true,
  services = true,
  steps_left_out = true,
  snapshots = true,
  tags = true,
}

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

--- Encodes bytes as base64.
---@param bytes string
---@return string
function M.base64(bytes)
  local pad = (3 - #bytes % 3) % 3
  local out = (bytes .. ("\0"):rep(pad)):gsub("...", function(three)
    local a, b, c = three:byte(1, 3)
    local n = a << 16 | b << 8 | c
    local letters = {}
    for i = 1, 4 do
      local index = (n >> (24 - 6 * i) & 63) + 1
      letters[i] = ALPHABET:sub(index, index)
    end
    return table.concat(letters)
  end)
  return pad > 0 and out:sub(1, -pad - 1) .. ("="):rep(pad) or out
end

local function is_list(value)
  return #value > 0 or json.is_array(value)
end

--- Says whether the value of a field is a list without entries.
---@param key any
---@param value any
---@return boolean
function M.is_empty_list(key, value)
  return LISTS[key] == true and type(value) == "table" and next(value) == nil
end

--- Copies a value with nothing in it that JSON cannot hold.
---@param value any
---@param depth? integer
---@return any
function M.value(value, depth)
  depth = depth or 1
  local kind = type(value)
  if kind == "number" and (value ~= value or value == math.huge or value == -math.huge) then
    return tostring(value)
  elseif kind == "string" or kind == "number" or kind == "boolean" or value == json.null then
    return value
  elseif kind ~= "table" or depth > DEPTH_MAX or (getmetatable(value) and not is_list(value)) then
    return tostring(value)
  end
  local out = {}
  if is_list(value) then
    for i, entry in ipairs(value) do
      out[i] = M.value(entry, depth + 1)
    end
    return json.array(out)
  end
  for key, entry in pairs(value) do
    out[tostring(key)] = M.is_empty_list(key, entry) and json.array() or M.value(entry, depth + 1)
  end
  return out
end

local function diagnostics(list)
  local out = {}
  for i, d in ipairs(list) do
    local entry = diag.json(d)
    entry.step, entry.service, entry.verdict = d.step, d.service, d.verdict
    entry.rerun = d.rerun
    entry.expected, entry.actual, entry.nearest = d.expected, d.actual, d.nearest
    out[i] = M.value(entry)
  end
  return json.array(out)
end

--- Copies the fields of an event or a record.
---@param fields table
---@param drop? table<string, boolean> fields left out
---@return table
function M.fields(fields, drop)
  local out = {}
  for key, value in pairs(fields) do
    if drop and drop[key] then
      goto continue
    end
    if key == "failures" or key == "diagnostics" then
      out[key] = diagnostics(value)
    elseif key == "attempts" and type(value) == "table" then
      out[key] = json.array()
      for i, attempt in ipairs(value) do
        out[key][i] = M.fields(attempt)
      end
    elseif M.is_empty_list(key, value) then
      out[key] = json.array()
    else
      out[key] = M.value(value)
    end
    ::continue::
  end
  return out
end

--- Describes what a step printed: the text, and its exact bytes when they are not UTF-8.
---@param output { text: string, bytes: integer, cut: integer? }
---@return table
function M.output(output)
  local out = { text = output.text, bytes = output.bytes, cut = output.cut }
  if text.bad_utf8(output.text) then
    out.base64 = M.base64(output.text)
  end
  return out
end

--- Encodes a plain value as one line.
---@param value table
---@return string # without a newline
function M.line(value)
  return assert(json.encode(value, { invalid = "replace" }))
end

return M
