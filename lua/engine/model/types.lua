--- The types that a key of a test file can have.
---
--- A type is plain data with one function: `check(self, value, cx, t, k)` looks at `t[k]`, tells
--- `cx` what is wrong with it, and returns the value as the model wants it, or nil.  `expects`
--- completes "must be …", `sample` is TOML that is right: documentation and tests use both.
local BAD = require("core.toml").bad
local duration = require("engine.model.duration")

---@class engine.model.types
local M = {}

---@class engine.model.Type
---@field kind string
---@field expects string
---@field plural? string  completes "a list of …"
---@field sample string
---@field check fun(self: table, value: any, cx: engine.model.Context, t: table, k: any): any

local NAME_MAX = 1000 -- bytes of a name, a tag, a key that the user chooses
local ARG_MAX = 131071 -- bytes of one argument or K=V: what Linux takes

local function wrong_type(self, value, cx, t, k)
  local found = cx:kind(value)
  local help = self.help
  if found == "text" and self.unquoted and self.unquoted(value) then
    help = "take the quotes away"
  elseif self.kind == "text" and (found == "a whole number" or found == "true or false") then
    help = "put it in quotes"
  end
  local message = ("%s must be %s, not %s"):format(cx:name(k), self.expects, found)
  cx:at_value("P102", t, k, message, "expected " .. self.expects, help)
  return nil
end

local function refuse(cx, t, k, what, label, help, code)
  cx:at_value(code or "P103", t, k, ("%s %s"):format(cx:name(k), what), label, help)
  return nil
end

M.wrong_type, M.refuse = wrong_type, refuse

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

--- Text.  `empty`: may be empty; `nul`: may hold U+0000; `max` bytes; `test(value)` returns what is
--- wrong with it, or nil.
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
    check = check_text,
  }
end

--- A name that stands in reports.
function M.name(sample)
  return M.text({
    expects = "a name",
    plural = "names",
    max = NAME_MAX,
    sample = sample or '"name"',
  })
end

--- An argument, a path or a value of the environment: something the kernel is given.
function M.argument(opts)
  opts = opts or {}
  return M.text({
    expects = opts.expects,
    plural = opts.plural,
    max = ARG_MAX,
    empty = opts.empty,
    sample = opts.sample,
    test = opts.test,
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
  local near = cx:suggest(value, self.words)
  local label = near and ('did you mean "%s"?'):format(near) or "expected " .. self.expects
  local what = ("cannot be %s"):format(cx:quote(value))
  return refuse(cx, t, k, what, label, near and "it is " .. self.expects)
end

--- One of several words.
function M.one_of(words, sample)
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

--- A type that is made when something of it is first asked for: most files need not all of them.
---@param make fun(): engine.model.Type
---@return engine.model.Type
function M.lazy(make)
  return setmetatable({}, {
    __index = function(self, field)
      setmetatable(self, nil)
      for k, v in pairs(make()) do
        self[k] = v
      end
      return self[field]
    end,
  })
end

local function check_any(_, value)
  return value
end

--- Anything.
function M.any(sample)
  return { kind = "any", expects = "a value", sample = sample or "1", check = check_any }
end

local function check_list(self, value, cx, t, k)
  if not cx:is_array(value) and (type(value) ~= "table" or not cx:is_blank(value)) then
    local item = self.item
    local is_one = type(value) ~= "table" or item.kind == "record"
      or item.choices and item.choices.table
    if self.single and is_one then
      local one = self.item:check(value, cx, t, k)
      return one ~= nil and { one, t = t, k = k } or nil
    end
    return wrong_type(self, value, cx, t, k)
  elseif #value == 0 and self.min > 0 then
    return refuse(cx, t, k, "is an empty list", "expected " .. self.expects)
  end
  local list, item_type, within, whole = { t = value }, self.item, cx.within, true
  local check = item_type.check
  cx.within = k
  for i = 1, #value do
    local item
    if value[i] ~= BAD then
      item = check(item_type, value[i], cx, value, i)
    end
    if item == nil then
      whole, item = false, false
    end
    list[i] = item
  end
  cx.within = within
  return (whole or self.partial) and list or nil
end

--- A list of checked values with `t`, the array of the file they stand in.  `single`: one value may
--- stand for a list of one; then `t` and `k` are its place.  `partial`: in a list with wrong items
--- these are false; else there is no list.
function M.list(item, opts)
  opts = opts or {}
  local expects = opts.expects or "a list of " .. (opts.plural or item.plural or item.expects)
  return {
    kind = "list",
    expects = opts.single and item.expects .. " or " .. expects or expects,
    sample = opts.sample or "[" .. item.sample .. "]",
    item = item,
    single = opts.single or false,
    partial = opts.partial or false,
    min = opts.min or 0,
    check = check_list,
  }
end

local function check_map(self, value, cx, t, k)
  if type(value) ~= "table" or cx:is_array(value) or cx:is_time(value) then
    return wrong_type(self, value, cx, t, k)
  end
  local list, whole = { t = value }, true
  for _, key in ipairs(cx:keys(value)) do
    local why = self.test and self.test(key)
    if #key > NAME_MAX then
      why = ("is longer than %d bytes"):format(NAME_MAX)
    end
    if why then
      cx:at_key("P103", value, key, ("%s %s"):format(cx:name(key), why))
    end
    local item
    if value[key] ~= BAD then
      item = self.item:check(value[key], cx, value, key)
    end
    whole = whole and item ~= nil and not why
    list[#list + 1] = { key = key, value = item }
  end
  if #list < self.min then
    cx:at_value("P112", t, k, ("%s holds no check"):format(cx:name(k)), "expected one at least")
  end
  return (whole or self.partial) and list or nil
end

--- A table whose keys the user chooses: a list of `{ key =, value = }` in the file's order, with
--- `t`, the table of the file.  `test(key)` returns what is wrong with a key, or nil; `min` checks
--- there must be.  `partial`: there is a list also when a value in it is wrong, which is nil then.
function M.map(item, opts)
  opts = opts or {}
  return {
    kind = "map",
    expects = opts.expects or "a table",
    sample = opts.sample or "{ a = " .. item.sample .. " }",
    item = item,
    test = opts.test,
    min = opts.min or 0,
    partial = opts.partial or false,
    check = check_map,
  }
end

local function check_either(self, value, cx, t, k)
  local kind = type(value)
  if kind == "number" then
    kind = math.type(value)
  elseif kind == "table" then
    kind = cx:is_array(value) and "array" or cx:is_time(value) and "time" or "table"
  end
  local choice = self.choices[kind]
  if not choice then
    return wrong_type(self, value, cx, t, k)
  end
  return choice:check(value, cx, t, k)
end

--- A type for each kind of value: string, integer, float, boolean, array, table, time.
function M.either(expects, choices, sample)
  return {
    kind = "either",
    expects = expects,
    sample = sample,
    choices = choices,
    check = check_either,
  }
end

local function env_name_problem(name)
  if name:find("^[%a_][%w_]*$") then
    return nil
  elseif name == "" then
    return "is empty"
  elseif name:find("=", 1, true) then
    return "is no name of a variable: it holds ="
  elseif name:find("%c") then
    return "is no name of a variable: it holds a control character"
  end
end

local function env_text(value)
  if type(value) == "string" then
    return value
  elseif type(value) == "boolean" or math.type(value) == "integer" then
    return tostring(value)
  elseif math.type(value) == "float" then
    return (("%.17g"):format(value))
  end
end

local function env_value(self, value, cx, t, k)
  local text = type(value) == "string" and value or env_text(value)
  if not text then
    return wrong_type(self, value, cx, t, k)
  end
  return check_text(self, text, cx, t, k)
end

local ENV_VALUE = M.argument({ expects = "text, a number, true or false", empty = true })
ENV_VALUE.check = env_value

local function env_item(self, value, cx, t, k)
  if check_text(self, value, cx, t, k) == nil then
    return nil
  end
  local name, rest = value:match("^([^=]+)=(.*)$")
  if not name then
    local help = 'write "NAME=value"; what is handed down from outside is named in inherit_env'
    return refuse(cx, t, k, "is not of the form NAME=value", nil, help)
  end
  local why = env_name_problem(name)
  if why then
    return refuse(cx, t, k, ("names %s, which %s"):format(cx:quote(name), why))
  end
  return { name, rest }
end

local ENV_ITEM = M.argument({ expects = '"NAME=value"', sample = '"NAME=value"' })
ENV_ITEM.check = env_item

local ENV_LIST = M.list(ENV_ITEM)
local ENV_MAP = M.map(ENV_VALUE, { test = env_name_problem })

local function check_env(self, value, cx, t, k)
  local list
  if cx:is_array(value) then
    list = ENV_LIST:check(value, cx, t, k)
  elseif type(value) == "table" and not cx:is_time(value) then
    list = ENV_MAP:check(value, cx, t, k)
  else
    return wrong_type(self, value, cx, t, k)
  end
  if not list then
    return nil
  end
  local env, seen = {}, {}
  for i, item in ipairs(list) do
    env[i] = item.key and { item.key, item.value } or item
    local name = env[i][1]
    if seen[name] then
      local what = ("gives %s twice"):format(cx:quote(name))
      cx:at_value("P105", list.t, i, ("%s %s"):format(cx:name(k), what))
    end
    seen[name] = true
  end
  return env
end

--- Variables of the environment: a table, or a list of "K=V"; gives `{ { name, value }, … }`.
function M.env()
  return {
    kind = "env",
    expects = 'a table of variables, or a list of "NAME=value"',
    sample = '{ NAME = "value" }',
    check = check_env,
  }
end

--- The name of a variable of the environment.
function M.env_name()
  return M.argument({
    expects = "the name of a variable",
    plural = "names of variables",
    sample = '"HOME"',
    test = env_name_problem,
  })
end

local ARGUMENT = M.argument({ empty = true, expects = "text", sample = '"true"' })
local ARGV = M.list(ARGUMENT, { min = 1 })

local function check_command(self, value, cx, t, k)
  if type(value) == "string" then
    if value:match("^%s*$") then
      return refuse(cx, t, k, "is empty", "expected a command")
    end
    return check_text(ARGUMENT, value, cx, t, k) and { shell = value }
  elseif not cx:is_array(value) then
    return wrong_type(self, value, cx, t, k)
  end
  local list = ARGV:check(value, cx, t, k)
  if not list then
    return nil
  end
  local argv = table.move(list, 1, #list, 1, {})
  if argv[1]:match("^%s*$") then
    return refuse(cx, t, k, "names no program", "the first item is the program")
  elseif #argv == 1 and argv[1]:find("%s") then
    return { shell = argv[1] } -- ["echo hello"]: an old habit
  end
  return { argv = argv }
end

--- A command: a list is the argv, text is for `sh -c`.  Gives `{ argv = }` or `{ shell = }`.
function M.command()
  return {
    kind = "command",
    expects = "a list of arguments, or text for the shell",
    sample = '["true"]',
    check = check_command,
  }
end

return M
