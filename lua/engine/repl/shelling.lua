--- Commands of the REPL that give the terminal to another program: `:sh`, `:run`, `:edit`.
---
--- Tasks of the session stand still meanwhile; Ctrl-C is the program's.
---@class engine.repl.shelling
local fs = require("core.fs")
local own_program = require("engine.own_program")
local quote = require("engine.run.shell_word").quote

local M = {}

local TEXT_MAX = 1 << 20 -- bytes of what was edited

--- Runs a command of the shell; tells its end when that is not 0.
---@return boolean ok
local function execute(terminal, command)
  terminal.cx.out:finish()
  local ok, how, code = os.execute(command)
  if not ok then
    terminal.cx.out:write(("%s %d\n"):format(how == "signal" and "signal" or "exit", code))
  end
  return ok == true
end

local function sh(terminal, command)
  if command == "" then
    return terminal.cx:error(":sh needs a command", ":sh ls -l, or !ls -l")
  end
  execute(terminal, command)
end

--- Writes the arguments of `clnrm run`: options and paths as they are, anything else is the name of
--- a test.
---@param text string
---@return string
---@nodiscard
function M.run_arguments(text)
  local first = text:match("^%S*")
  local is_path = fs.exists((first:gsub(":%d+$", "")))
  if text == "" or first:sub(1, 1) == "-" or is_path then
    return text
  end
  return "--only " .. quote(text)
end

--- Writes the options that the session has for all runs.
---@param session engine.repl.Session
---@param text string what was asked for
---@return string
---@nodiscard
function M.run_options(session, text)
  local list = {}
  if session.profile and not text:find("--profile", 1, true) then
    list[1] = "--profile " .. quote(session.profile) .. " "
  end
  for i, one in ipairs(session.breakpoints and session.breakpoints.list or {}) do
    list[#list + 1] = ("%s--break %s "):format(i == 1 and not text:find("--pdb", 1, true)
      and "--pdb " or "", quote(("%s:%d"):format(one.file, one.line)))
  end
  return table.concat(list)
end

local function run(terminal, text)
  execute(terminal, ("%s run %s%s"):format(own_program.word(),
    M.run_options(terminal.session, text), M.run_arguments(text)))
end

local function set(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

--- Opens the editor on a text; returns what was saved.
local function edited(terminal, text)
  local dir, err = fs.tempdir() -- for this user alone
  local path = dir and dir .. "/line.lua"
  local ok = path and true
  if ok then
    ok, err = fs.write_atomic(path, text)
  end
  local editor = set("VISUAL") or set("EDITOR") or "vi"
  local now
  if ok and execute(terminal, editor .. " " .. quote(path)) then
    now, err = fs.read(path, { max = TEXT_MAX })
  end
  if dir then
    fs.remove_tree(dir)
  end
  if err then
    terminal.cx:error(err.message)
  elseif now == text then
    terminal.cx.out:write("not changed\n")
    return nil
  end
  return now
end

--- Edits a line that was run, and runs what it became.
local function edit(terminal, argument)
  local list = terminal.session.list
  local n = argument == "" and #list or math.tointeger(tonumber(argument))
  if argument ~= "" and not list[n or 0] then
    return terminal.cx:error(("there is no line '%s'"):format(argument))
  end
  local text = edited(terminal, list[n] and list[n].text .. "\n" or "")
  text = text and text:gsub("%s+$", "")
  if text and text ~= "" then
    terminal.cx.out:write(terminal.cx:safe(text, terminal.cx.out) .. "\n")
    terminal:enter(text)
  end
end

---@type engine.repl.Command[]
M.list = {
  { name = "sh", takes = "CMD", text = "run a command of the shell on this machine; also !CMD",
    needs_terminal = true, run = sh },
  { name = "run", takes = "[FILE|TEST]", text = "run tests, by file, by name, or with options",
    needs_terminal = true, run = run },
  { name = "edit", takes = "[N]", text = "edit line N, or the last one, and run what it became",
    needs_terminal = true, run = edit },
}

return M
