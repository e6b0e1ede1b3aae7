--- Reads a command line by the option table.
---
--- Options and arguments may stand in any order; `--` ends the options; what an option means never
--- depends on its place, but for a letter that is another one's behind the first word of a command
--- (`services logs -f`).  Nothing is guessed: every mistake is an error that names what was meant.
---@class engine.cli.parse
local options = require("engine.cli.options")

local M = {}

---@class engine.cli.Line
---@field command? string
---@field script? string      a file of Lua given instead of a command; `args` are its arguments
---@field help? "short"|"long"
---@field opts table<string, any> values by the option's key
---@field args string[]
---@field rest_at? integer    which of them is the first behind `--`
---@field given { option: engine.cli.Option, text?: string }[] the options in their order, as spelt

---@class engine.cli.UsageError
---@field message string
---@field hint? string
---@field command? string

local longs, shorts, shorts_of = {}, {}, {}
for _, option in ipairs(options) do
  longs[option.long] = option
  for words, letter in pairs(option.short_of or {}) do
    shorts_of[words .. " " .. letter] = option
  end
  if option.short then
    shorts[option.short] = option
  end
  for _, name in ipairs(option.alias or {}) do
    local names = #name == 1 and shorts or longs
    names[name] = option
  end
end

local function has(list, command)
  for _, name in ipairs(list or {}) do
    if name == command or name == "global" then
      return true
    end
  end
  return false
end

--- Says whether an option has its effect for a command (nil: before any command).
---@param option engine.cli.Option
---@param command? string
---@return boolean
function M.applies(option, command)
  return has(option.commands, command)
end

--- What help shows for the value of an option.
---@param option engine.cli.Option
---@param command? string
---@return string? # nil: it is a switch
---@nodiscard
function M.arg(option, command)
  return option.arg_of and option.arg_of[command] or option.arg
end

local function fail(message, hint)
  error({ message = message, hint = hint }, 0)
end

local function spelt(option, short)
  return short and "-" .. short or "--" .. option.long
end

--- Refuses an option that the command does not have.
local function check_scope(option, shown, command)
  if has(option.commands, command) then
    return
  end
  if has(option.later, command) or not option.commands then
    fail(("%s is not in this build"):format(shown), option.why)
  end
  local owners = table.concat(option.commands, ", ")
  if not command then
    fail(
      ("%s is an option of: %s"):format(shown, owners),
      ("write it after the command: clnrm %s %s"):format(option.commands[1], shown)
    )
  end
  for _, name in ipairs(require("engine.cli.commands").list) do
    if name == option.long then
      fail(("%s is not an option of %s"):format(shown, command),
        ("`clnrm %s` is a command of its own"):format(name))
    end
  end
  fail(("%s is not an option of %s"):format(shown, command), "it is one of: " .. owners)
end

local function unknown_long(name, command)
  local candidates = {}
  for candidate, option in pairs(longs) do
    if M.applies(option, command) then
      candidates[#candidates + 1] = candidate
    end
  end
  table.sort(candidates)
  local near = require("engine.suggest").nearest(name, candidates)
  fail(("unknown option --%s"):format(name), near and ("did you mean --%s?"):format(near))
end

local function store(opts, option, value)
  local key = option.key or option.long
  if option.kind == "count" then
    opts[key] = (opts[key] or 0) + 1
  elseif option.list then
    opts[key] = opts[key] or {}
    table.insert(opts[key], value)
  else
    opts[key] = value
  end
end

--- What somebody may have taken an option for who gave it no value that it can have.
local function meant(option, command)
  return option.meant and option.meant[command or ""]
end

local function read_value(option, shown, text, command)
  local values = require("engine.cli.values")
  local value, wanted, hint = values[option.kind](text, option)
  if value == nil and option.long == "format" and command then
    local formats = { "auto", "human" } -- the command's own, and not those of all
    local own = require("engine.cli.commands").load(command).formats or {}
    table.move(own, 1, #own, 3, formats)
    value, wanted, hint = values.choice(text, { values = formats })
  end
  if value == nil then
    fail(wanted and ("%s wants %s, not '%s'"):format(shown, wanted, text) or hint,
      wanted and (hint or meant(option, command)))
  end
  return value
end

local function switch_value(option)
  if option.value == nil then
    return true
  end
  return option.value
end

--- Takes one option with what follows it; returns the index of the last argument used.
local function take(line, argv, i, option, shown, attached)
  line.command = line.command or option.means
  check_scope(option, shown, line.command)
  if option.long == "help" then
    line.help = shown == "-h" and (line.help or "short") or "long"
    return i
  end
  if not option.arg then
    if attached then
      fail(("%s takes no value"):format(shown))
    end
    store(line.opts, option, switch_value(option))
    line.given[#line.given + 1] = { option = option }
    return i
  end
  local text = attached
  if not text then
    if option.optional then
      store(line.opts, option, switch_value(option))
      line.given[#line.given + 1] = { option = option }
      return i
    end
    i = i + 1
    text = argv[i]
    if not text then
      fail(("%s needs a value: %s %s"):format(shown, shown, M.arg(option, line.command)),
        meant(option, line.command))
    end
  end
  store(line.opts, option, read_value(option, shown, text, line.command))
  line.given[#line.given + 1] = { option = option, text = text }
  return i
end

local function take_long(line, argv, i)
  local name, value = argv[i]:match("^%-%-([^=]+)=(.*)$")
  name = name or argv[i]:sub(3)
  local option = longs[name] or unknown_long(name, line.command)
  return take(line, argv, i, option, "--" .. name, value)
end

local function take_shorts(line, argv, i)
  local letters, at = argv[i], 2
  while at <= #letters do
    local letter = letters:sub(at, at)
    local option = shorts_of[("%s %s %s"):format(line.command, line.args[1], letter)]
      or shorts[letter]
    if not option then
      fail(("unknown option -%s"):format(letter))
    end
    local rest = letters:sub(at + 1)
    if option.arg and not option.optional then
      return take(line, argv, i, option, spelt(option, letter), rest ~= "" and rest or nil)
    elseif option.arg and rest:find("^[=%d]") then -- no option is a digit
      return take(line, argv, i, option, spelt(option, letter), (rest:gsub("^=", "")))
    end
    take(line, argv, i, option, spelt(option, letter))
    at = at + 1
  end
  return i
end

local function check_command(word)
  local commands = require("engine.cli.commands")
  local name, candidates = commands.alias[word] or word, {}
  for _, list in ipairs({ commands.list, commands.hidden }) do
    for _, candidate in ipairs(list) do
      if candidate == name then
        return name
      end
      candidates[#candidates + 1] = candidate
    end
  end
  for _, later in ipairs(commands.later) do
    if later == word then
      fail(("%s is not in this build"):format(word))
    end
  end
  if word:match("%.toml$") or word:match("%.tera$") or word:match("/") then
    fail(("unknown command '%s'"):format(word), "to run a test file: clnrm run " .. word)
  end
  local near = require("engine.suggest").nearest(word, candidates)
  fail(("unknown command '%s'"):format(word), near and ("did you mean '%s'?"):format(near))
end

local function read(line, argv)
  local i, only_args = 1, false
  while i <= #argv do
    local word = argv[i]
    if only_args or word == "-" or word:sub(1, 1) ~= "-" then
      if line.command then
        line.args[#line.args + 1] = word
      elseif word:match("%.lua$") then
        line.script = word
        table.move(argv, i + 1, #argv, 1, line.args)
        return
      else
        line.command = check_command(word)
      end
    elseif word == "--" then
      only_args, line.rest_at = true, #line.args + 1
    elseif word:sub(1, 2) == "--" then
      i = take_long(line, argv, i)
    else
      i = take_shorts(line, argv, i)
    end
    i = i + 1
  end
end

--- Reads `argv` (from 1).
---@param argv string[]
---@return engine.cli.Line? line
---@return engine.cli.UsageError? err
function M.parse(argv)
  local line = { opts = {}, args = {}, given = {} }
  local ok, err = pcall(read, line, argv)
  if ok then
    return line
  end
  if type(err) ~= "table" then
    error(err, 0)
  end
  err.command = line.command
  return nil, err
end

return M
