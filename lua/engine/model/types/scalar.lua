--- Types of one value: text, numbers, words, durations, regular expressions.
local duration = require("engine.model.duration")
local common = require("engine.model.types.common")

local refuse, wrong_type = common.refuse, common.wrong_type

---@class engine.model.types.scalar
local M = {}

local function check_text(self, value, cx, t, k)
  if type(value) ~= "string" then
    return wrong_type(self, value, cx, t, k)
  end
  if value == "" and not self.empty then
    return refuse(cx, t, k, "is empty", "expected " .. self.expects)
  elseif not self.nul and value:find("\0", 1, true) then
    return refuse(cx, t, k, "holds a NUL character", nil, "no program can be given a NUL", "P116")
  elseif #value > self.max then
    return refuse(cx, t, k, ("is longer than %d bytes"):format(self.max))
  end
  local why = self.test and self.test(value)
  if why then
    return refuse(cx, t, k, why)
  end
  return value
end

M.check_text = check_text

--- Text.  `empty`: may be empty; `nul`: may hold U+0000; `max` bytes; `test(value)` returns what is
--- wrong with it, or nil; `fits`: texts of which it returns nil for sure (engine.model.shape).
function M.text(opts)
  opts = opts or {}
  return {
    kind = "text",
    expects = opts.expects or "text",
    plural = opts.plural,
    sample = opts.sample or '"text"',
    empty = opts.empty or false,
    nul = opts.nul or false,
    max = opts.max or math.huge,
    test = opts.test,
    fits = opts.fits,
    check = check_text,
  }
end

--- A name that stands in reports.
function M.name(sample)
  return M.text({
    expects = "a name",
    plural = "names",
    max = common.NAME_MAX,
    sample = sample or '"name"',
  })
end

--- An argument, a path or a value of the environment: something the kernel is given.
function M.argument(opts)
  opts = opts or {}
  return M.text({
    expects = opts.expects,
    plural = opts.plural,
    max = common.ARG_MAX,
    empty = opts.empty,
    sample = opts.sample,
    test = opts.test,
    fits = opts.fits,
  })
end

local function check_number(self, value, cx, t, k)
  if self.whole and math.type(value) ~= "integer" or type(value) ~= "number" then
    return wrong_type(self, value, cx, t, k)
  elseif value ~= value or value == math.huge or value == -math.huge then
    return refuse(cx, t, k, "is not a finite number")
  elseif value < self.min or value > self.max then
    local range = ("%s to %s"):format(self.min, self.max)
    if self.max >= M.HUGE then
      range = ("at least %s"):format(self.min)
    elseif self.min <= -M.HUGE then
      range = ("at most %s"):format(self.max)
    end
    return refuse(cx, t, k, ("is out of range: %s"):format(value), "expected " .. range)
  end
  return value
end

M.HUGE = 1 << 53 -- beyond it a number is not exact everywhere

--- A whole number from `min` to `max`.
function M.integer(min, max, sample)
  return {
    kind = "integer",
    expects = "a whole number",
    sample = sample or tostring(math.max(min or 2, 2)),
    whole = true,
    min = min or -M.HUGE,
    max = max or M.HUGE,
    unquoted = function(text)
      return math.tointeger(tonumber(text)) ~= nil
    end,
    check = check_number,
  }
end

--- A number, whole or not.
function M.number(min, max, sample)
  return {
    kind = "number",
    expects = "a number",
    sample = sample or "0.5",
    min = min or -M.HUGE,
    max = max or M.HUGE,
    unquoted = function(text)
      return tonumber(text) ~= nil
    end,
    check = check_number,
  }
end

local function check_boolean(self, value, cx, t, k)
  if type(value) ~= "boolean" then
    return wrong_type(self, value, cx, t, k)
  end
  return value
end

function M.boolean(sample)
  return {
    kind = "boolean",
    expects = "true or false",
    sample = sample or "true",
    unquoted = function(text)
      return text == "true" or text == "false"
    end,
    check = check_boolean,
  }
end

local function check_one_of(self, value, cx, t, k)
  if type(value) ~= "string" then
    return wrong_type(self, value, cx, t, k)
  end
  for _, word in ipairs(self.words) do
    if word == value then
      return value
    end
  end
  for _, word in ipairs(self.refused or {}) do
    if word == value then
      return value
    end
  end
  local near = cx:suggest(value, self.words)
  local label = near and ('did you mean "%s"?'):format(near) or "expected " .. self.expects
  local message = ("%s cannot be %s"):format(cx:name(k), cx:quote(value))
  local d = cx:at_value("P103", t, k, message, label, near and "it is " .. self.expects)
  cx:set_meant(d, near)
  return nil
end

--- One of several words; those of `refused` are known as well, and never offered: who has the type
--- says why they cannot be (`unenforced` of a key).
function M.one_of(words, sample, refused)
  local quoted = {}
  for i, word in ipairs(words) do
    quoted[i] = '"' .. word .. '"'
  end
  local last = table.remove(quoted)
  return {
    kind = "one_of",
    expects = (#quoted > 0 and table.concat(quoted, ", ") .. " or " or "") .. last,
    sample = sample or ('"%s"'):format(words[#words]),
    words = words,
    refused = refused,
    check = check_one_of,
  }
end

local DURATION_HELP = 'whole seconds (10), or text with a unit: "500ms", "10s", "2m", "1h"'

local function check_duration(self, value, cx, t, k)
  local ms
  if math.type(value) == "integer" then
    ms = value > -duration.MAX_MS and value < duration.MAX_MS and value * self.unit or value
  elseif type(value) == "string" and not self.plain then
    ms = duration.parse(value)
    if not ms then
      local what = ("is not a duration: %s"):format(cx:quote(value))
      return refuse(cx, t, k, what, nil, "a duration is " .. DURATION_HELP, "P107")
    end
  else
    local found = cx:kind(value)
    local message = ("%s must be %s, not %s"):format(cx:name(k), self.expects, found)
    local help = not self.plain and "a duration is " .. DURATION_HELP or nil
    cx:at_value("P102", t, k, message, "expected " .. self.expects, help)
    return nil
  end
  if ms < self.min_ms or ms > duration.MAX_MS then
    local why = ms < 0 and "is negative" or ms == 0 and "is zero" or "is longer than a year"
    return refuse(cx, t, k, why, nil, nil, "P107")
  end
  return ms
end

--- A duration, as milliseconds; `zero`: may be zero.
function M.duration(opts)
  return {
    kind = "duration",
    expects = "a duration",
    sample = '"5s"',
    unit = 1000,
    min_ms = opts and opts.zero and 0 or 1,
    check = check_duration,
  }
end

--- A whole number of milliseconds (`_ms` keys) or seconds (`_secs` keys), as milliseconds.
function M.span(unit_ms)
  return {
    kind = "duration",
    expects = "a whole number of " .. (unit_ms == 1 and "milliseconds" or "seconds"),
    sample = "5000",
    unit = unit_ms,
    plain = true,
    min_ms = 1,
    check = check_duration,
  }
end

local function check_regex(self, value, cx, t, k)
  if type(value) ~= "string" then
    return wrong_type(self, value, cx, t, k)
  elseif value == "" then
    local help = "an empty expression is found in every text"
    return refuse(cx, t, k, "is empty", nil, help, "P112")
  end
  local why, at = cx:regex_problem(value)
  if why then
    local message = ("%s is not a regular expression: %s"):format(cx:name(k), why)
    cx:inside("P106", t, k, at, message)
    return nil
  end
  return value
end

--- A regular expression; core.regex keeps what was compiled for when it is needed.
function M.regex()
  return {
    kind = "regex",
    expects = "a regular expression",
    plural = "regular expressions",
    sample = "'a+b'",
    check = check_regex,
  }
end

local function check_any(_, value)
  return value
end

--- Anything.
function M.any(sample)
  return { kind = "any", expects = "a value", sample = sample or "1", check = check_any }
end

return M
