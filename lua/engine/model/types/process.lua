--- Types of what a process is started with: its command and its environment.
local common = require("engine.model.types.common")
local compound = require("engine.model.types.compound")
local scalar = require("engine.model.types.scalar")

local refuse, wrong_type = common.refuse, common.wrong_type

---@class engine.model.types.process
local M = {}

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

local PLAIN_NAME = "[A-Za-z_][A-Za-z0-9_]*" -- a pattern of engine.model.shape

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
  return scalar.check_text(self, text, cx, t, k)
end

local ENV_VALUE = scalar.argument({ expects = "text, a number, true or false", empty = true })
ENV_VALUE.check = env_value

local function env_item(self, value, cx, t, k)
  if scalar.check_text(self, value, cx, t, k) == nil then
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

local ENV_ITEM = scalar.argument({ expects = '"NAME=value"', sample = '"NAME=value"' })
ENV_ITEM.check = env_item

local ENV_LIST = compound.list(ENV_ITEM)
local ENV_MAP = compound.map(ENV_VALUE, { test = env_name_problem })

local function check_env(self, value, cx, t, k)
  local list
  if cx:is_array(value) then
    list = ENV_LIST:check(value, cx, t, k)
  elseif cx:is_table(value) then
    list = ENV_MAP:check(value, cx, t, k)
  else
    return wrong_type(self, value, cx, t, k)
  end
  if not list then
    return nil
  end
  local env, seen = { nil, nil, nil, nil }, { a = nil, b = nil, c = nil, d = nil } -- room for some
  for i = 1, #list do
    local item = list[i]
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
    fits = { name = PLAIN_NAME },
    check = check_env,
  }
end

--- The name of a variable of the environment.
function M.env_name()
  return scalar.argument({
    expects = "the name of a variable",
    plural = "names of variables",
    sample = '"HOME"',
    test = env_name_problem,
    fits = { form = { PLAIN_NAME } },
  })
end

local ARGUMENT = scalar.argument({ empty = true, expects = "text", sample = '"true"' })
local ARGV = compound.list(ARGUMENT, { min = 1 })
local NOTHING = { argv = {} }
local FEW = 16 -- arguments that are copied at once

local function check_command(self, value, cx, t, k)
  if type(value) == "string" then
    if value:match("^%s*$") then
      return refuse(cx, t, k, "is empty", "expected a command")
    end
    return scalar.check_text(ARGUMENT, value, cx, t, k) and { shell = value }
  elseif not cx:is_array(value) then
    return wrong_type(self, value, cx, t, k)
  elseif self.empty and #value == 0 then
    return NOTHING
  end
  local list = ARGV:check(value, cx, t, k)
  if not list then
    return nil
  end
  local argv = #list <= FEW and { table.unpack(list) } or table.move(list, 1, #list, 1, {})
  if argv[1]:match("^%s*$") then
    return refuse(cx, t, k, "names no program", "the first item is the program")
  elseif not self.is_literal and #argv == 1 and argv[1]:find("%s") then
    return { shell = argv[1] } -- ["echo hello"]: an old habit
  end
  return { argv = argv }
end

--- A command: a list is the argv, text is for `sh -c`.  Gives `{ argv = }` or `{ shell = }`.
---
--- A list of one item with blanks is text as well, unless it is `literal`, as what may stand behind
--- another program must be.  `empty`: a list may be.
---@param opts? { literal?: boolean, empty?: boolean }
function M.command(opts)
  return {
    is_literal = opts and opts.literal,
    empty = opts and opts.empty,
    kind = "command",
    expects = "a list of arguments, or text for the shell",
    sample = '["true"]',
    check = check_command,
  }
end

return M
