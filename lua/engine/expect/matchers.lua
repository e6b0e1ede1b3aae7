--- The checks: one table of matchers, the same words in test files and in Lua tests.  What they
--- are on Lua values is added by engine.expect.values, when there are Lua tests.
---
--- A matcher gets what was observed and what is expected, and says whether it holds:
--- `true`; `false` and why; or `nil` and why it could not be evaluated, which makes the verdict
--- `error`: nothing that was not looked at can pass.  Output that was cut at its cap is such a
--- case, but for a text that stands in the part that was kept.  Pure.
---@class engine.expect.matchers
local show = require("engine.expect.show")
local signals = require("engine.run.signals")
local texts = require("engine.expect.text")

---@class engine.expect.Context what else a matcher may look at
---@field subject string how the thing is called in messages: "stdout", "file /room/x"
---@field cut? integer   bytes of it that were not kept
---@field seam? integer  where they were: bytes of `actual` before the gap
---@field bytes? integer all bytes of it
---@field other? { name: string, text: string } the other output of the step
---@field signal? integer that ended the command
---@field timed_out? boolean
---@field snapshot? engine.snapshot.Seen the stored one, and what was seen as it would be stored
---@field attempt? fun(fn: function): boolean, ... of Lua tests: calls as pcall does

---@class engine.expect.Detail
---@field label? string   a few words beside the caret
---@field help? string
---@field code? string    instead of the matcher's
---@field actual? any     instead of all of what was observed
---@field at? integer     line of the output it is about
---@field nearest? engine.expect.Nearest
---@field diff? string[]
---@field missing? string[] of lists of a Lua test
---@field extra? string[]
---@field unfit? boolean  it fails, negated or not

---@class engine.expect.Matcher
---@field subjects table<string, true> of test files; empty: only Lua tests have the word
---@field value? engine.expect.ValueMatcher of Lua tests
---@field code string of a check that does not hold
---@field expects string what may be expected, for messages
---@field accepts fun(expected: any): boolean
---@field check engine.expect.Check

---@alias engine.expect.Check fun(actual: any, expected: any, ctx: engine.expect.Context): boolean?,
---  string?, engine.expect.Detail?

---@type table<string, engine.expect.Matcher>
local M = {}

local TEXTS = { stdout = true, stderr = true, file = true }

local function is_text(expected)
  return type(expected) == "string"
end

local function is_some_text(expected)
  return type(expected) == "string" and expected ~= ""
end

--- Makes `check` hold for a list when it holds for each of its items; an empty list checks nothing.
local function each(check, accepts)
  local function accepts_all(expected)
    if type(expected) ~= "table" then
      return accepts(expected)
    end
    for _, item in ipairs(expected) do
      if not accepts(item) then
        return false
      end
    end
    return #expected > 0
  end
  local function check_all(actual, expected, ctx)
    if type(expected) ~= "table" then
      return check(actual, expected, ctx)
    end
    for _, item in ipairs(expected) do
      local ok, message, detail = check(actual, item, ctx)
      if not ok then
        return ok, message, detail
      end
    end
    return true
  end
  return check_all, accepts_all
end

local function is_lines(expected)
  return math.type(expected) == "integer" and expected >= 0
    or type(expected) == "table" and (expected[1] ~= nil or next(expected) == nil)
end

-- Exit status

local SHELL_BASE = 128 -- how shells, and engines, tell signals

local function no_exit(ctx)
  if ctx.signal then
    return false, ("the command was killed by %s"):format(signals.name(ctx.signal)), {
      code = "T002",
      label = "it never exited",
      actual = signals.name(ctx.signal),
    }
  end
  return nil, "no exit status was seen", { code = "T405" }
end

local function is_exit_code(expected)
  return math.type(expected) == "integer" and expected >= 0 and expected <= 255
end

local EXIT_MEANING = {
  [126] = "found, but it could not be executed",
  [127] = "the shell did not find a command",
}

local function exit_help(actual, ctx)
  if EXIT_MEANING[actual] and ctx.is_shell then
    return ("exit code %d: %s"):format(actual, EXIT_MEANING[actual])
  elseif actual > SHELL_BASE and signals.known(actual - SHELL_BASE) and ctx.is_shell then
    return ("exit code %d of a shell: a command in it was killed by %s"):format(
      actual, signals.name(actual - SHELL_BASE))
  end
end

local function check_exit_code(actual, expected, ctx)
  if not is_exit_code(actual) then
    return no_exit(ctx)
  end
  local wanted = type(expected) == "table" and expected or { expected }
  for _, code in ipairs(wanted) do
    if actual == code then
      return true
    end
  end
  return false, ("exit code %d, expected %s"):format(actual, show.value(expected)), {
    label = ("it was %d"):format(actual),
    help = exit_help(actual, ctx),
  }
end

local function check_fails(actual, _, ctx)
  if not is_exit_code(actual) then
    return no_exit(ctx)
  elseif ctx.may_be_signal then -- which is not the failure that should be
    return nil, ("whether it exited with %d or was killed by %s is not told here"):format(actual,
      signals.name(actual - SHELL_BASE)), { code = "T405" }
  elseif actual ~= 0 then
    return true
  end
  return false, "exit code 0, though it should fail", { code = "T003", label = "it succeeded" }
end

local function check_equals(actual, expected, ctx)
  if ctx.kind == "exit_code" then
    return check_exit_code(actual, expected, ctx)
  end
  return texts.equals_text(actual, expected, ctx)
end

-- Numbers

local function is_number(expected)
  return type(expected) == "number" and expected == expected
end

local function compares(word, holds)
  return function(actual, expected, ctx)
    if type(actual) ~= "number" or actual ~= actual or actual < 0 then
      return nil, ctx.subject .. " was not measured", { code = "T405" }
    elseif holds(actual, expected) then
      return true
    end
    local message = ("%s is %.0f, not %s %s"):format(ctx.subject, actual, word, expected)
    return false, message, { label = ("it was %.1f"):format(actual) }
  end
end

-- Files

local function check_exists(actual, expected, ctx)
  if type(actual) ~= "boolean" then
    return nil, ctx.subject .. " was not looked for", { code = "T405" }
  elseif actual == expected then
    return true
  end
  local word = expected and "does not exist" or "exists"
  return false, ("%s %s"):format(ctx.subject, word), {
    label = word,
    help = expected and ctx.near_help or nil,
  }
end

local function mode_of(value)
  if type(value) == "string" then
    local digits = value:match("^0?o?([0-7]+)$")
    return digits and #digits <= 5 and tonumber(digits, 8) or nil
  end
  return math.type(value) == "integer" and value >= 0 and value <= 4095 and value or nil
end

local function check_mode(actual, expected, ctx)
  if math.type(actual) ~= "integer" then
    return nil, "the mode of " .. ctx.subject .. " was not seen", { code = "T405" }
  end
  local mode = actual & 4095
  if mode == mode_of(expected) then
    return true
  end
  return false, ("the mode of %s is %04o, not %04o"):format(ctx.subject, mode, mode_of(expected)), {
    label = ("it is %04o"):format(mode),
    actual = ("%04o"):format(mode),
  }
end

local function is_sha256(expected)
  return type(expected) == "string" and expected:match("^%x+$") and #expected == 64 or false
end

local function check_sha256(actual, expected, ctx)
  if not is_sha256(actual) then
    return nil, ctx.subject .. " was not hashed", { code = "T405" }
  elseif actual:lower() == expected:lower() then
    return true
  end
  return false, ("the SHA-256 of %s is another"):format(ctx.subject), {
    label = "it is " .. actual:lower(),
  }
end

-- The table

local function define(name, subjects, code, expects, accepts, check)
  M[name] = {
    subjects = subjects,
    code = code,
    expects = expects,
    accepts = accepts,
    check = check,
  }
end

local function define_each(name, code, expects, accepts, check)
  local all, accepts_all = each(check, accepts)
  define(name, TEXTS, code, expects, accepts_all, all)
end

local with_exit = { stdout = true, stderr = true, file = true, exit_code = true }

define("equals", with_exit, "T105", "a text; of exit_code a number or a list", function(expected)
  if type(expected) == "table" then
    for _, code in ipairs(expected) do
      if not is_exit_code(code) then
        return false
      end
    end
    return #expected > 0
  end
  return is_text(expected) or is_exit_code(expected)
end, check_equals)
define_each("matches", "T101", "a regular expression, or a list", is_some_text, texts.matches)
define_each("not_matches", "T102", "a regular expression, or a list", is_some_text,
  texts.not_matches)
define_each("contains", "T103", "a text that is not empty, or a list", is_some_text, texts.contains)
define_each("not_contains", "T104", "a text that is not empty, or a list", is_some_text,
  texts.not_contains)
define("starts_with", TEXTS, "T106", "a text that is not empty", is_some_text, texts.starts_with)
define("ends_with", TEXTS, "T106", "a text that is not empty", is_some_text, texts.ends_with)
define("lines", TEXTS, "T107", "a number of lines, or a list of lines", is_lines, texts.lines)
define("snapshot", { stdout = true, stderr = true }, "T801", "the name of a snapshot", is_some_text,
  function(actual, _, ctx)
    return texts.snapshot(actual, ctx)
  end)
define("json", TEXTS, "T108", "a table of paths and values", function(expected)
  return require("engine.expect.json").accepts(expected)
end, texts.json)
define("fails", { exit_code = true }, "T003", "true", function(expected)
  return expected == nil or expected == true
end, check_fails)
define("lt", { duration_ms = true }, "T201", "a number", is_number,
  compares("less than", function(a, b)
    return a < b
  end))
define("gt", { duration_ms = true }, "T201", "a number", is_number,
  compares("greater than", function(a, b)
    return a > b
  end))
define("exists", { file = true }, "T301", "true or false", function(expected)
  return type(expected) == "boolean"
end, check_exists)
define("mode", { file = true }, "T302", 'an octal number or text: "0644"', function(expected)
  return mode_of(expected) ~= nil
end, check_mode)
define("sha256", { file = true }, "T303", "64 hexadecimal digits", is_sha256, check_sha256)

return M
