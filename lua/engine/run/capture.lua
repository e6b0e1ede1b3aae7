--- Values that a step leaves for later ones: taken from its output, given as variables and in argv.
---
--- Pure.  Texts of a stream lose the newlines at their end, as with `$(…)` of a shell; what a
--- regular expression or a JSON path finds is taken as it is.  Nothing found, or less than all that
--- was written to look in, is never an empty value: the judge makes a verdict of it.
---@class engine.run.capture
local json = require("core.json")
local jsonpath = require("engine.jsonpath")
local regex = require("core.regex")
local show = require("engine.expect.show")

local M = {}

M.VALUE_MAX = 64 << 10 -- bytes: an argument or a variable can have little more

---@class engine.run.Captured what became of one capture
---@field capture engine.model.Capture
---@field value? string
---@field problem? string
---@field verdict? "fail"|"error"
---@field code? string

local function problem(message, code)
  return nil, { message = message, code = code or "T408", verdict = code and "error" or "fail" }
end

local take = {}

function take.stream(capture, text)
  local value = text:gsub("\n+$", "")
  if value == "" then
    return problem(("%s is empty"):format(capture.stream))
  end
  return value
end

function take.json(capture, text)
  local document, err = json.decode(text)
  if err then
    return problem(("%s is not JSON: %s"):format(capture.stream, tostring(err.message)))
  end
  local value = jsonpath.follow(document, capture.steps)
  if value == nil then
    return problem(("there is no %s in %s"):format(capture.path, capture.stream))
  elseif value == json.null then
    return problem(("%s is null"):format(capture.path))
  elseif type(value) == "string" then
    return value
  end
  return json.encode(value)
end

function take.regex(capture, text)
  local compiled, err = regex.compile(capture.regex)
  local match
  if compiled then
    match, err = compiled:match(text)
  end
  if err then
    return problem(tostring(err.message), err.code == "EBUDGET" and "T403" or "T404")
  elseif not match then
    return problem(("'%s' is not found in %s"):format(capture.regex, capture.stream))
  end
  local value = match[1]
  if value == nil then
    return match[0]
  elseif value == false then
    return problem(("the group of '%s' took no part in the match"):format(capture.regex))
  end
  return value
end

--- Says why a value cannot be given to a program.
local function unfit(value)
  if value:find("\0", 1, true) then
    return problem("the value holds a NUL character, which no variable can")
  elseif #value > M.VALUE_MAX then
    return problem(("the value has %d bytes, of %d at most"):format(#value, M.VALUE_MAX))
  end
  return value
end

local function take_one(capture, output)
  if not output or type(output.text) ~= "string" then
    return problem(capture.stream .. " was not seen", "T405")
  elseif output.cut ~= 0 then
    return problem(("%s was cut at its cap: %s were not kept"):format(capture.stream,
      show.count(output.cut, "byte")), "T402")
  end
  local value, why = take[capture.from](capture, output.text)
  if value then
    return unfit(value)
  end
  return nil, why
end

--- Takes the values that a step is asked for.
---@param step engine.model.Step with `capture`
---@param observed engine.run.Observed
---@return engine.run.Captured[] # one for each, in their order
---@nodiscard
function M.take(step, observed)
  local list = {}
  for i, capture in ipairs(step.capture) do
    local value, why = take_one(capture, observed[capture.stream])
    list[i] = { capture = capture, value = value }
    if why then
      list[i].problem, list[i].code, list[i].verdict = why.message, why.code, why.verdict
    end
  end
  return list
end

--- Keeps the values that a step left.
---@param cx engine.run.Context
---@param list engine.run.Captured[]
function M.keep(cx, list)
  cx.captured = cx.captured or {}
  for _, one in ipairs(list) do
    cx.captured[one.capture.name] = one.value
  end
end

--- Puts values into one argument; `$${name}` stands for the text `${name}`.
---@param text string
---@param values table<string, string>
---@return string
---@nodiscard
function M.splice(text, values)
  return (text:gsub("(%$?)%${([%a_][%w_]*)}", function(escape, name)
    return escape == "$" and "${" .. name .. "}" or values[name]
  end))
end

--- Makes the variables and the argv of a step that comes behind captures.
---@param cx engine.run.Context
---@param step engine.model.Step
---@return string[][] env
---@return string[]? argv nil: the step's own
---@nodiscard
function M.apply(cx, step)
  local values, env, argv = cx.captured or {}, {}, nil
  for _, name in ipairs(step.takes) do
    env[#env + 1] = values[name] and { name, values[name] }
  end
  table.move(step.env, 1, #step.env, #env + 1, env)
  if step.splices then
    argv = {}
    for i, text in ipairs(step.argv) do
      argv[i] = step.splices[i] and M.splice(text, values) or text
    end
  end
  return env, argv
end

return M
