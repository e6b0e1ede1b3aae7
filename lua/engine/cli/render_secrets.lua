--- Keeps secrets out of what `clnrm render` writes: those of [secrets], and those that templates
--- read from variables that are named like secrets, or that speak of them.
local declared = require("engine.secrets.declared")
local secrets = require("engine.secrets")
local is_number = require("engine.template.value").is_number

local M = {}

local MASK = "***"

---@class engine.cli.RenderSecrets
---@field values string[]
local Secrets = {}
Secrets.__index = Secrets

--- Finds the secrets of a rendering.
---@param text? string as rendered; nil: it could not be
---@param asked string[] variables that templates read
---@return engine.cli.RenderSecrets
function M.of(text, asked)
  local self = setmetatable({ values = {} }, Secrets)
  local function add(name)
    local value = os.getenv(name)
    if value and #value >= secrets.MIN then
      self.values[#self.values + 1] = value
    end
  end
  for _, name in ipairs(text and (declared.names(text) or asked) or {}) do
    add(name)
  end
  for _, name in ipairs(asked) do
    secrets.each_of(name, os.getenv(name), function(value)
      self.values[#self.values + 1] = value
    end)
  end
  return self
end

--- Masks a text, also the parts of secrets that `truncate` left.
---@param text string
---@return string masked
---@return boolean is_masked whether anything was
---@nodiscard
function Secrets:text(text)
  if not self.values[1] then
    return text, false
  end
  self.mask = self.mask or require("engine.secrets.mask").new(self.values)
  local masked = self.mask:text(text)
  return masked, masked ~= text
end

--- Masks a value of a variable by its name, and what is secret in it.
---@param name string
---@param value any
---@return any masked
---@return boolean is_masked
---@nodiscard
function Secrets:value(name, value)
  local is_told = secrets.is_secret_name(name)
  if type(value) == "string" then
    if is_told and value ~= "" then
      return MASK, true
    end
    local own = {}
    secrets.each_of(name, value, function(part)
      own[#own + 1] = part
    end)
    local text = own[1] and require("engine.secrets.mask").new(own).raw(value) or value
    text = self:text(text)
    return text, text ~= value
  elseif is_told and is_number(value) then
    return MASK, true
  elseif type(value) == "table" and not is_number(value) then
    local out, is_masked = {}, false
    for key, item in pairs(value) do
      local masked
      out[key], masked = self:value(is_told and name or tostring(key), item)
      is_masked = is_masked or masked
    end
    return setmetatable(out, getmetatable(value)), is_masked
  end
  return value, false
end

return M
