--- What is no Lua: `:help`, `:time`, `:save`, `name?`.
---@class engine.repl.commands
local fs = require("core.fs")
local names = require("engine.repl.names")
local place = require("engine.script.place")
local usage = require("engine.cli.usage")

local M = {}

---@class engine.repl.Command
---@field name string
---@field takes string
---@field text string
---@field needs_terminal? boolean
---@field run fun(terminal: engine.repl.Terminal, argument: string)

local function say(terminal, text)
  terminal.cx.out:write(text)
end

local function complain(terminal, message, hint)
  terminal.cx:error(message, hint)
end

local function show(terminal, outcome)
  require("engine.repl").show(terminal.cx, outcome, terminal.session)
end

--- Explains a name, by the API or by what it is.
local function explain(terminal, path)
  local cx = terminal.cx
  local found = names.documented(path, terminal.session.env)
  local value = names.value(path, terminal.session.env)
  if #found > 0 then
    local label = {}
    for i, each in ipairs(found) do
      label[i] = each.entry and require("engine.api").label(each.type, each.entry) or each.type.name
    end
    for i = 1, math.min(#label, 3) do
      say(terminal, (require("engine.api.help").on(label[i], cx.out.width)) or "")
    end
    return
  end
  local inspect = require("engine.expect.inspect")
  if value == nil then
    return complain(terminal, ("there is no name '%s'"):format(path))
  end
  local info = type(value) == "function" and debug.getinfo(value, "Su")
  if info and info.what == "Lua" then
    say(terminal, ("a function of %d parameter%s%s, %s:%d; %s?? shows it\n"):format(info.nparams,
      info.nparams == 1 and "" or "s", info.isvararg and " and more" or "",
      cx:safe(info.short_src, cx.out), info.linedefined, path))
  else
    local text = terminal.session:text(inspect.line, value)
    say(terminal, ("%s: %s\n"):format(inspect.type(value), text or "interrupted"))
  end
end

--- Shows the text of a function.
local function show_source(terminal, path)
  local value = names.value(path, terminal.session.env)
  local info = type(value) == "function" and debug.getinfo(value, "S")
  local file = info and info.source:sub(2)
  local text = info and (terminal.session.sources[file] or place.text(file))
  if not text then
    return complain(terminal, value == nil and ("there is no name '%s'"):format(path)
      or ("the source of %s is not known here"):format(path))
  end
  local n = 0
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    n = n + 1
    if n >= info.linedefined and n <= info.lastlinedefined then
      say(terminal, terminal.cx:safe(line, terminal.cx.out) .. "\n")
    end
  end
end

--- Runs a file in the session.
---@return boolean ok
local function load_file(terminal, file)
  local text, err = fs.read(file)
  if not text then
    complain(terminal, err.message)
    return false
  end
  local outcome = terminal.session:run(text, file)
  show(terminal, outcome)
  return not outcome.failure and not outcome.interrupted
end

---@type engine.repl.Command[]
M.list = {
  {
    name = "help", takes = "[NAME]", text = "this, or what a name of the API means, as NAME?",
    run = function(terminal, argument)
      if argument ~= "" then
        return explain(terminal, argument)
      end
      local rows = {}
      for i, each in ipairs(terminal.commands) do
        rows[i] = { ":" .. each.name .. (each.takes ~= "" and " " .. each.takes or ""), each.text }
      end
      if terminal.is_bare then
        rows[#rows + 1] = { "bt  up  c  q ...", "need no colon where no variable has the name" }
      end
      rows[#rows + 1] = { "NAME?  NAME??", "what a name means; its source" }
      rows[#rows + 1] = { "Tab  Ctrl-R", "complete; search in what was typed before" }
      say(terminal, usage.columns(rows, terminal.cx.out.width))
    end,
  },
  {
    name = "time", takes = "CODE", text = "run CODE and say how long it took",
    run = function(terminal, argument)
      local outcome = terminal.session:run(argument)
      show(terminal, outcome)
      say(terminal, ("%.1f ms\n"):format(outcome.ms))
    end,
  },
  {
    name = "doc", takes = "NAME", text = "what a name of the API means, as NAME?",
    run = function(terminal, argument)
      if argument == "" then
        return complain(terminal, ":doc needs a name", ":doc clnrm.open")
      end
      explain(terminal, argument)
    end,
  },
  {
    name = "type", takes = "CODE", text = "the type of a value",
    run = function(terminal, argument)
      local outcome = terminal.session:run(argument)
      if outcome.failure or outcome.interrupted then
        return show(terminal, outcome)
      end
      local value = outcome.values and outcome.values[1]
      local kind = names.type(value)
      say(terminal, (kind and kind.name or require("engine.expect.inspect").type(value)) .. "\n")
    end,
  },
  {
    name = "env", takes = "", text = "the names of the session and their values",
    run = function(terminal)
      local inspect, rows = require("engine.expect.inspect"), {}
      for i, name in ipairs(terminal.session:names()) do
        local text, was_interrupted = terminal.session:text(inspect.line,
          terminal.session.env[name], 100)
        if was_interrupted then
          return say(terminal, "interrupted\n")
        end
        rows[i] = { name, text }
      end
      say(terminal, #rows > 0 and usage.columns(rows, terminal.cx.out.width) or "no names yet\n")
    end,
  },
  {
    name = "hist", takes = "[TEXT|/RE/]", text = "what was typed, or those lines that have TEXT",
    run = function(terminal, argument)
      local cx, pattern, regex, err = terminal.cx, argument:match("^/(.+)/$"), nil, nil
      if pattern then
        regex, err = require("core.regex").compile(pattern)
      end
      if err then
        return complain(terminal, err.message)
      end
      for _, entry in ipairs(terminal.history.list) do
        local has = argument == "" or not regex and entry:find(argument, 1, true)
          or regex and regex:test(entry)
        if has then
          say(terminal, "  " .. cx:safe(entry, cx.out) .. "\n")
        end
      end
    end,
  },
  {
    name = "load", takes = "FILE", text = "run a file; its top-level locals are names here",
    run = function(terminal, argument)
      load_file(terminal, argument)
    end,
  },
  {
    name = "reload", takes = "", text = "run the files that were loaded once more, as they are now",
    run = function(terminal)
      local files = table.move(terminal.session.files, 1, #terminal.session.files, 1, {})
      for _, file in ipairs(files) do
        if not load_file(terminal, file) then
          return
        end
      end
      say(terminal, #files > 0 and table.concat(files, "\n") .. "\n" or "no file was loaded\n")
    end,
  },
  {
    name = "save", takes = "FILE [N-M]", text = "write a test of the lines N to M, or of all",
    run = function(terminal, argument)
      require("engine.repl.saving").save(terminal, argument)
    end,
  },
  {
    name = "reset", takes = "", text = "close the rooms and forget all names",
    run = function(terminal)
      for _, problem in ipairs(terminal.session:reset()) do
        complain(terminal, problem)
      end
    end,
  },
  {
    name = "quit", takes = "", text = "end the session, as Ctrl-D does",
    run = function(terminal)
      terminal.code = 0
    end,
  },
}

for _, module in ipairs({ "engine.repl.measuring", "engine.repl.shelling",
  "engine.repl.settings", "engine.repl.tracing", "engine.repl.attached" }) do
  for _, each in ipairs(require(module).list) do
    table.insert(M.list, #M.list - 1, each) -- the last two are about the end
  end
end

--- Lists the names of commands.
---@param commands? engine.repl.Command[] default: those of the REPL
---@return string[]
---@nodiscard
function M.names(commands)
  local list = {}
  for i, each in ipairs(commands or M.list) do
    list[i] = each.name
  end
  return list
end

local function unknown(name)
  return function(terminal)
    local near = require("engine.suggest").nearest(name, M.names(terminal.commands))
    complain(terminal, ("there is no command ':%s'"):format(name),
      near and ("did you mean ':%s'?"):format(near) or ":help lists them")
  end
end

--- Finds a command whose name is a line of its own, or with a number behind it, as debuggers have
--- them; a name of the scope is meant where there is one.
local function bare(text, terminal)
  local word, argument = text:match("^%s*(%a+)%s*(%d*)%s*$")
  if not word or not terminal.is_bare or terminal.has_name(word) then
    return nil
  end
  return terminal.is_bare[word], argument
end

--- Finds what an input asks for, when it is no Lua.
---@param text string
---@param terminal engine.repl.Terminal
---@return (fun(terminal: engine.repl.Terminal))?
---@nodiscard
function M.find(text, terminal)
  local command = text:match("^%s*!%s*(.-)%s*$")
  if command then
    text = ":sh " .. command
  end
  local name, argument = text:match("^%s*:(%a*)%s*(.-)%s*$")
  if not name or text:sub(1, 2) == "::" then
    name, argument = bare(text, terminal)
  end
  if name then
    for _, each in ipairs(terminal.commands) do
      if each.name == name then
        return function()
          if each.needs_terminal and not terminal.editor then
            return complain(terminal, (":%s gives the terminal away, and there is none"):format(
              name), "os.execute in a line, or clnrm run, does without")
          end
          each.run(terminal, argument)
        end
      end
    end
    return unknown(name)
  end
  local path, marks = text:match("^%s*([%a_][%w_.:]*)(%?%??)%s*$")
  if path then
    return function()
      local act = marks == "??" and show_source or explain
      act(terminal, path)
    end
  end
end

return M
