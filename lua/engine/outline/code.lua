--- Plain data as code of Lua: what is read again fastest.  Pure.
---@class engine.outline.code
local M = {}

local DEPTH_MAX = 32

local KEYWORDS = {}
for word in ("and break do else elseif end false for function goto if in local nil not or repeat "
  .. "return then true until while"):gmatch("%a+") do
  KEYWORDS[word] = true
end

--- Texts as they are written: few, and often the same.
local function memo(make)
  return setmetatable({}, {
    __index = function(t, text)
      local written = make(text)
      t[text] = written
      return written
    end,
  })
end

local KEYS = memo(function(key) -- names of fields
  return key:find("^[%a_][%w_]*$") and not KEYWORDS[key] and key .. "=" or ("[%q]="):format(key)
end)

---@class engine.outline.code.Writer
---@field out string[]
---@field n integer
---@field texts table<string, string>

local function add(w, text)
  local n = w.n + 1
  w.n, w.out[n] = n, text
end

local function write(w, value, depth)
  local kind = type(value)
  if kind == "string" then
    add(w, w.texts[value])
  elseif kind == "number" or kind == "boolean" then
    add(w, ("%q"):format(value))
  elseif kind ~= "table" or depth > DEPTH_MAX or getmetatable(value) ~= nil then
    error({ is_not_plain = true }, 0)
  else
    add(w, "{")
    local keys, count, listed = nil, 0, #value
    for key in pairs(value) do
      if type(key) == "string" then
        keys = keys or {}
        keys[#keys + 1] = key
      else
        count = count + 1
      end
    end
    if count ~= listed then
      error({ is_not_plain = true }, 0) -- a key that is neither a text nor one of a list
    end
    for i = 1, listed do
      write(w, value[i], depth + 1)
      add(w, ",")
    end
    if keys then
      table.sort(keys)
    end
    for _, key in ipairs(keys or {}) do
      add(w, KEYS[key])
      write(w, value[key], depth + 1)
      add(w, ",")
    end
    add(w, "}")
  end
end

local function quote(text)
  return ("%q"):format(text)
end

--- Writes a value as an expression; equal values are written alike.
---@param value any
---@return string? code nil: there is something in it that is no plain data
---@nodiscard
function M.write(value)
  local w = { out = {}, n = 0, texts = memo(quote) }
  local ok, why = pcall(write, w, value, 1)
  if ok then
    return table.concat(w.out)
  elseif type(why) ~= "table" then
    error(why, 0)
  end
end

return M
