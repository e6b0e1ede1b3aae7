--- Reads the values of settings as TOML has them: one function for each kind of key.
---
--- Each returns the value, or nil, what would have been right, and a hint.
local values = require("engine.cli.values")

local M = {}

function M.text(value)
  if type(value) == "string" then
    return value
  end
  return nil, "text"
end

function M.texts(value)
  local list = type(value) == "string" and { value } or value
  if type(list) == "table" then
    for _, one in ipairs(list) do
      list = type(one) == "string" and list or nil
    end
    if list and #list > 0 then
      return table.move(list, 1, #list, 1, {})
    end
  end
  return nil, "a text, or a list of them"
end

function M.ms(value)
  if math.type(value) == "integer" then
    return values.ms(tostring(value))
  end
  return nil, "milliseconds"
end

function M.jobs(value)
  if type(value) == "string" or math.type(value) == "integer" then
    return values.jobs(tostring(value))
  end
  return nil, "a number from 1, or \"auto\""
end

function M.count_from_0(value)
  if math.type(value) == "integer" then
    return values.count_from_0(tostring(value))
  end
  return nil, "a number from 0"
end

function M.columns(value)
  return values.columns(math.type(value) == "integer" and tostring(value) or "")
end

function M.indent(value)
  return values.indent(math.type(value) == "integer" and tostring(value) or "")
end

function M.time(value)
  if type(value) == "string" or math.type(value) == "integer" then
    return values.time(tostring(value))
  end
  return nil, "seconds, or text such as \"500ms\", \"10s\", \"2m\""
end

function M.choice(value, key)
  if type(value) ~= "string" then
    return nil, "one of " .. table.concat(key.values, ", ")
  end
  return values.choice(value, key)
end

function M.switch(value)
  if type(value) == "boolean" then
    return value
  end
  return nil, "true or false"
end

function M.switch_or_count(value)
  if type(value) == "boolean" then
    return value and 1 or false
  elseif math.type(value) == "integer" and value >= 1 then
    return value
  end
  return nil, "true, false or a number from 1"
end

return M
