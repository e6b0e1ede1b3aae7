--- Help texts from the option table and the commands: `-h`, `--help`, and the same as data.
local commands = require("engine.cli.commands")
local exit_codes = require("engine.cli.exit_codes")
local options = require("engine.cli.options")
local parse = require("engine.cli.parse")

local M = {}

local INDENT = "  "

--- Spells an option with all its names: "-j, --jobs N|auto".
---@param option engine.cli.Option
---@param command? string
---@return string
function M.spelling(option, command)
  local long, arg = "--" .. option.long, parse.arg(option, command)
  if arg then
    long = long .. (option.optional and ("[=%s]"):format(arg) or " " .. arg)
  end
  return (option.short and "-" .. option.short .. ", " or "    ") .. long
end

--- Says what an option means.
---@param option engine.cli.Option
---@param command? string
---@return string
---@nodiscard
function M.text(option, command)
  return option.text_of and option.text_of[command] or option.text
end

local function meaning(option, command)
  local text = M.text(option, command)
  if option.default then
    text = text .. (" (default: %s)"):format(option.default)
  end
  local aliases = {}
  for _, name in ipairs(option.alias or {}) do
    aliases[#aliases + 1] = (#name == 1 and "-" or "--") .. name
  end
  return #aliases > 0 and ("%s; also %s"):format(text, table.concat(aliases, ", ")) or text
end

local function wrap(text, width)
  local lines, line = {}, ""
  for word in text:gmatch("%S+") do
    if line ~= "" and #line + 1 + #word > width then
      lines[#lines + 1] = line
      line = word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  lines[#lines + 1] = line
  return lines
end

--- Wraps a text, indented.
---@param text string
---@param width integer of the screen
---@return string
function M.wrapped(text, width)
  return INDENT .. table.concat(wrap(text, width - #INDENT), "\n" .. INDENT) .. "\n"
end

--- Sets pairs in two columns.
---@param rows { [1]: string, [2]: string }[]
---@param width integer of the screen
---@return string
function M.columns(rows, width)
  local left, out = 0, {}
  for _, row in ipairs(rows) do
    left = math.max(left, #row[1])
  end
  left = math.min(left, 34)
  local room = math.max(width - left - 4, 20)
  for _, row in ipairs(rows) do
    local head = INDENT .. row[1] .. (" "):rep(left - #row[1])
    if #row[1] > left then
      out[#out + 1] = head
      head = INDENT .. (" "):rep(left)
    end
    for i, text in ipairs(wrap(row[2], room)) do
      out[#out + 1] = (i == 1 and head or INDENT .. (" "):rep(left)) .. INDENT .. text
    end
  end
  return table.concat(out, "\n") .. "\n"
end

local function rows_of(command, wanted)
  local rows = {}
  for _, option in ipairs(options) do
    local global = parse.applies(option, nil)
    if wanted(option, global) and (global or command and parse.applies(option, command)) then
      rows[#rows + 1] = { M.spelling(option, command), meaning(option, command) }
    end
  end
  return rows
end

local function is_own(_, global)
  return not global
end

local function is_global(_, global)
  return global
end

local function examples(command)
  local rows = {}
  for i, example in ipairs(command.examples) do
    rows[i] = { example[1], example[2] }
  end
  return rows
end

local function section(title, rows, width)
  return #rows > 0 and ("\n%s:\n%s"):format(title, M.columns(rows, width)) or ""
end

local function is_top(option, name)
  if type(option.top) ~= "table" then
    return option.top
  end
  return (" " .. table.concat(option.top, " ") .. " "):find(" " .. name .. " ", 1, true) ~= nil
end

--- One screen: the purpose, examples first, the options most used.
---@param name string of a command
---@param width integer
---@return string
function M.short(name, width)
  local command = commands.load(name)
  local own = rows_of(name, is_own)
  local shown = #own > 8 and rows_of(name, function(option, global)
    return not global and is_top(option, name)
  end) or own
  return ("%s\n\nUsage: %s\n"):format(command.summary, command.usage)
    .. section("Examples", examples(command), width)
    .. section("Options", shown, width)
    .. ("\n`clnrm %s --help` shows everything.\n"):format(name)
end

--- Everything about a command.
---@param name string
---@param width integer
---@return string
function M.long(name, width)
  local command = commands.load(name)
  return ("%s\n\nUsage: %s\n"):format(command.summary, command.usage)
    .. section("Examples", examples(command), width)
    .. (command.text and "\n" .. command.text or "")
    .. section("Options", rows_of(name, is_own), width)
    .. section("Options of every command", rows_of(nil, is_global), width)
    .. section("Exit codes", M.exit_rows(command.exits), width)
end

--- Rows of the exit codes, all or some.
---@param codes? integer[]
---@return { [1]: string, [2]: string }[]
function M.exit_rows(codes)
  local wanted, rows = {}, {}
  for _, code in ipairs(codes or {}) do
    wanted[code] = true
  end
  for _, entry in ipairs(exit_codes.list) do
    if not codes or wanted[entry.code] then
      rows[#rows + 1] = { ("%3d"):format(entry.code), entry.text }
    end
  end
  return rows
end

--- Rows of the commands.
---@return { [1]: string, [2]: string }[]
function M.command_rows()
  local rows = {}
  for i, name in ipairs(commands.list) do
    rows[i] = { name, commands.load(name).summary }
  end
  return rows
end

--- The program: what it is for, where to start, its commands.
---@param width integer
---@param is_long boolean
---@return string
function M.program(width, is_long)
  local text = "clnrm runs integration tests in isolated rooms.\n"
    .. "\nUsage: clnrm [options] COMMAND [args]\n       clnrm FILE.lua [args]\n"
    .. section("Examples", {
      { "clnrm init", "a first test, here" },
      { "clnrm run", "every test below this directory" },
    }, width)
    .. section("Commands", M.command_rows(), width)
  if is_long then
    text = text
      .. section("Options of every command", rows_of(nil, is_global), width)
      .. section("Exit codes", M.exit_rows(), width)
  end
  return text .. "\n`clnrm COMMAND -h` explains a command, `clnrm help` lists topics.\n"
end

--- The option table and the commands as data, for `help --format json`.
---@return table
function M.data()
  local out = { schema = "clnrm.help/1", commands = {}, options = {}, exit_codes = exit_codes.list }
  for i, name in ipairs(commands.list) do
    local command = commands.load(name)
    out.commands[i] = {
      name = name,
      summary = command.summary,
      usage = command.usage,
      formats = command.formats,
    }
  end
  for _, option in ipairs(options) do
    if option.commands then
      out.options[#out.options + 1] = {
        long = option.long,
        short = option.short,
        alias = option.alias,
        arg = option.arg,
        arg_of = option.arg_of,
        optional = option.optional,
        values = option.values,
        repeatable = option.list,
        commands = option.commands,
        default = option.default,
        text = option.text,
        text_of = option.text_of,
      }
    end
  end
  return out
end

return M
