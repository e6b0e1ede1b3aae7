--- A person at a terminal: the prompt, the line, what comes of it, and signals.
---@class engine.repl.terminal
local chunks = require("engine.repl.chunk")
local core = require("core.task")
local editor = require("core.editor")
local exit_codes = require("engine.cli.exit_codes")
local signal = require("core.signal")
local term = require("core.term")

local M = {}

local PASTE_OFF = "\27[?2004l" -- what the editor switches on

---@class engine.repl.Terminal
---@field cx engine.cli.Context
---@field session engine.repl.Session
---@field editor core.editor.Editor
---@field history engine.repl.History
---@field is_editing boolean
---@field code? integer it is over
---@field label string what the prompt begins with
---@field commands engine.repl.Command[]
---@field is_bare? table<string, string> names of commands that need no colon
---@field has_name? fun(name: string): boolean whether a name of Lua is meant instead
local Terminal = {}
Terminal.__index = Terminal

--- Paints a prompt; escapes stand between bytes that tell the editor that they take no columns.
local function painted(cx, text)
  if not cx.out.color then
    return text
  end
  return ("\1\27[36m\1%s\1\27[0m\1"):format(text)
end

function Terminal:prompt(is_more)
  local first = ("%s[%d]> "):format(self.label, #self.session.list + 1)
  if is_more then
    first = (" "):rep(#first - 3) .. (self.cx.out.utf8 and "┆> " or ".> ")
  end
  return painted(self.cx, first)
end

--- Writes text, above the line that is edited.
function Terminal:write(text)
  if self.is_editing then
    self.held = (self.held or "") .. text
    local whole, rest = self.held:match("^(.*\n)([^\n]*)$")
    if whole then
      self.held = rest ~= "" and rest or nil
      self.editor:show((whole:gsub("%z", "")))
    end
  else
    self.cx.out:write(text)
  end
end

--- Reads one line.
---@return "line"|"left"|"end" kind
---@return string? text
function Terminal:read(is_more)
  self.cx.out:finish()
  self.cx.err:finish()
  self.is_editing = true
  self.editor:line(self:prompt(is_more))
  local kind, text, cursor = self.editor:next()
  while kind == "complete" do
    local insert, below = M.complete(self, text, cursor)
    self.editor:answer(insert, below)
    kind, text, cursor = self.editor:next()
  end
  self.is_editing = false
  if self.held then
    self.cx.out:write(self.held)
    self.held = nil
  end
  return kind or "end", text
end

--- Completes; an error of it is no reason to lose the line.
function M.complete(self, text, cursor)
  local ok, insert, below = pcall(require("engine.repl.complete").answer, text, cursor, {
    env = self.session.env, width = self.cx.out.width, commands = self.commands,
    images = function()
      return require("engine.repl.images").names(self.cx.project.dir,
        self.cx.config.values["cli.backend"])
    end,
  })
  return ok and insert or "", ok and below or ""
end

--- Does what a whole input says.
function Terminal:obey(text)
  local command = require("engine.repl.commands").find(text, self)
  if command then
    return command(self)
  end
  require("engine.repl").show(self.cx, self.session:run(text), self.session)
end

--- Follows signals until the end.
function Terminal:follow(signals)
  while true do
    local name = not core.is_cancelled() and signals:next()
    if not name then
      return
    elseif name == "SIGWINCH" then
      self.cx.out.width = term.width(1)
      self.editor:resize()
    elseif name == "SIGTSTP" then
      self.editor:suspend()
      signals:stop_self("SIGTSTP")
      self.editor:resume()
    elseif name == "SIGINT" then
      if not self.session:interrupt() then
        self.editor:leave()
      end
    else
      self.code = exit_codes.of_signal[name]
      self.session:interrupt()
      self.editor:leave()
    end
  end
end

local function greet(self)
  local cx = self.cx
  if cx.opts.quiet then
    return
  end
  local name = cx.config.values["project.name"] or cx.project.dir:match("[^/]*$")
  local dot = cx.out.utf8 and " · " or ", "
  cx.out:write(table.concat({ "clnrm " .. require("core.version").number(), _VERSION,
    "project " .. cx:safe(name, cx.out), ":help" }, dot) .. "  Ctrl-D quits\n")
end

--- Takes lines until the end.
function Terminal:loop()
  local buffer
  while not self.code do
    local kind, text = self:read(buffer ~= nil)
    if self.code then
      self.cx.out:write("\n")
      break
    elseif kind == "left" then
      self.cx.out:write("^C\n")
      buffer = nil
    elseif kind == "end" then
      self.cx.out:write("\n")
      if not buffer then
        return exit_codes.OK
      end
      buffer = nil
    else
      local is_submitted = buffer ~= nil and not text:find("%S")
      buffer = buffer and buffer .. "\n" .. text or text
      local is_command = require("engine.repl.commands").find(buffer, self) ~= nil
      local is_incomplete, is_open = chunks.is_incomplete(buffer)
      if is_command or not is_incomplete or is_submitted and not is_open then
        local whole = buffer
        buffer = nil
        self:enter(whole)
      end
    end
  end
  return self.code
end

--- Keeps an input in the history, and does it.
function Terminal:enter(text)
  if not text:find("%S") then
    return
  end
  local kept, err = self.history:add(text)
  if kept then
    self.editor:remember((kept:gsub("%z", "")))
  end
  if err and not self.has_told then
    self.has_told = true
    self.cx.err:write("note: the history is not kept: " .. self.cx:safe(err.message) .. "\n")
  end
  self:obey(text)
end

---@class engine.repl.terminal.Options what another use than `clnrm repl` has of its own
---@field label? string of the prompt
---@field commands? engine.repl.Command[]
---@field is_bare? table<string, string>
---@field has_name? fun(name: string): boolean
---@field greet? fun(terminal: engine.repl.Terminal)

--- Runs a session at a terminal.
---@async
---@param cx engine.cli.Context
---@param session engine.repl.Session
---@param before fun(terminal: engine.repl.Terminal): integer? what runs first; a code: it failed
---@param o? engine.repl.terminal.Options
---@return integer exit_code
function M.run(cx, session, before, o)
  o = o or {}
  term.guard()
  local signals <close> = assert(signal.open("SIGINT", "SIGTERM", "SIGHUP", "SIGTSTP", "SIGWINCH"))
  core.interrupt_on()
  local lines <close>, err = editor.open()
  if not lines then
    cx:error("lines cannot be edited here: " .. err.message,
      "clnrm repl - reads them from standard input")
    return exit_codes.ENVIRONMENT
  end
  term.undo(1, PASTE_OFF)
  local history = require("engine.repl.history")
  local self = setmetatable({ cx = cx, session = session, editor = lines, is_editing = false,
    label = o.label or "clnrm", is_bare = o.is_bare, has_name = o.has_name,
    commands = o.commands or require("engine.repl.commands").list }, Terminal)
  self.history = history.open(history.path(cx.project.dir, os.getenv), history.names(), os.getenv)
  for _, entry in ipairs(self.history.list) do
    lines:remember((entry:gsub("%z", "")))
  end
  session.write = function(text)
    self:write(text)
  end
  local follow, welcome = core.spawn(self.follow, self, signals), o.greet or greet
  welcome(self)
  local ok, code = pcall(function()
    before(self)
    return self:loop()
  end)
  follow:cancel()
  pcall(follow.join, follow) -- it has the signals
  if not ok then
    error(code, 0)
  end
  term.undo(1, "")
  return code
end

return M
