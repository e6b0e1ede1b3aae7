--- [assertions]: rules by name, checked on what was seen of each scenario of the file.
---
--- `build` reads the table of a file; `evaluate` asks the rules when a scenario is over and leaves
--- their answers in its course.  Decides nothing about verdicts: engine.run.judge does.
local place = require("engine.model.place")
local rule = require("engine.assertions.rule")

local M = {}

---@class engine.assertions.Assertion
---@field name string
---@field value any
---@field rule engine.assertions.Rule
---@field check { pos: engine.model.Pos, key: string, expected: any } where it stands

---@class engine.assertions.Answer
---@field ok boolean?  nil: it could not be evaluated
---@field message? string

local function unknown(cx, list, name, why)
  if why then
    cx:at_key("P127", list.t, name, ("the rule %s cannot be used: %s"):format(cx:quote(name), why))
    return
  end
  local names = rule.names(cx.project_dir)
  local near = cx:suggest(name, names)
  cx:at_key("P113", list.t, name, ("no rule of [assertions] is named %s"):format(cx:quote(name)),
    near and ("did you mean %s?"):format(cx:quote(near)),
    "there is: " .. table.concat(names, ", ") .. "; the project's own are assertions/NAME.lua")
end

--- Reads the table of a file; what is wrong is told to `cx`.
---@param cx engine.model.Context
---@param list { key: string, value: any }[] with `t`, as checked
---@return engine.assertions.Assertion[]
function M.build(cx, list)
  local out = {}
  for _, item in ipairs(list) do
    local found, why = rule.load(item.key, cx)
    local value, wanted
    if found then
      value, wanted = rule.values[found.value](item.value)
    end
    if not found then
      unknown(cx, list, item.key, why)
    elseif value == nil and wanted then
      local given = type(item.value) == "string" and cx:quote(item.value) or tostring(item.value)
      cx:at_value("P103", list.t, item.key, ("%s cannot be %s"):format(cx:name(item.key),
        type(item.value) == "table" and "this" or given), "expected " .. wanted)
    else
      out[#out + 1] = {
        name = item.key,
        value = value,
        rule = found,
        check = {
          pos = place.of_value(cx, list.t, item.key),
          key = "assertions." .. item.key,
          expected = item.value,
        },
      }
    end
  end
  return out
end

--- Asks one rule.
---@async
---@return engine.assertions.Answer
local function ask(assertion, seen)
  local check = assertion.rule.check
  if not check then
    return { message = "the rule was not loaded" }
  end
  local called, ok, why = rule.call(function()
    local ok, why = check(assertion.value, seen)
    return ok, why ~= nil and tostring(why) or nil -- here: __tostring is the rule's, too
  end)
  if not called then
    return { message = "the rule raised an error: " .. ok }
  elseif type(ok) ~= "boolean" then
    return { message = why or "the rule gave no answer" }
  end
  return { ok = ok, message = not ok and (why or "it does not hold") or nil }
end

--- Asks the rules of a scenario that is over; their answers are events and a part of its course.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
function M.evaluate(run, cx)
  local scenario, answers = cx.scenario, {}
  local list = scenario.suite.assertions
  if cx.course.unmet or cx.course.open_error or cx.course.stopped then
    return -- there is nothing to be asked about
  end
  for _, assertion in ipairs(list) do
    local seen = require("engine.assertions.seen").of(cx) -- each its own: a rule may change it
    local answer = ask(assertion, seen)
    answers[assertion.name] = answer
    run:emit({
      event = "check",
      id = scenario.id,
      ok = answer.ok == true,
      code = answer.ok == false and "T520" or answer.ok == nil and "T521" or nil,
      subject = "assertion",
      matcher = assertion.name,
      expected = assertion.check.expected,
      message = answer.message,
      file = scenario.file,
      line = assertion.check.pos.line,
    })
  end
  cx.course.assertions = answers
  if run.stopped and not cx.course.stopped then
    cx.course.stopped = run.stopped -- an answer may be missing because of that
  end
end

return M
