--- Lines of standard input, which is no terminal: nothing is shown but what they give.
---@class engine.repl.lines
local chunks = require("engine.repl.chunk")
local core = require("core.task")
local exit_codes = require("engine.cli.exit_codes")
local input = require("core.input")
local signal = require("core.signal")
local trim = require("engine.trim")

local M = {}

local LINE_MAX = 16 << 20 -- bytes that are gathered for one chunk

--- Calls `fn`; a signal ends it, and what it waits for.
---@async
---@param cx engine.cli.Context
---@param session engine.repl.Session
---@param fn fun(): integer
---@return integer exit_code
function M.guarded(cx, session, fn)
  local signals <close> = assert(signal.open("SIGINT", "SIGTERM", "SIGHUP"))
  core.interrupt_on()
  local ended
  local work = core.spawn(fn)
  local watch = core.spawn(function()
    local name = signals:next()
    if name then
      ended = exit_codes.of_signal[name]
      session:interrupt()
      work:cancel()
    end
  end)
  local ok, code = pcall(work.join, work)
  watch:cancel()
  if not ok and not ended then
    error(code, 0)
  end
  cx.out:finish()
  return ended or code
end

--- Makes what commands have instead of a terminal; `failed` is the exit code of what they told.
local function desk(cx, session)
  local self = { session = session, history = { list = {} },
    commands = require("engine.repl.commands").list }
  self.cx = setmetatable({
    error = function(_, ...)
      self.failed = exit_codes.INPUT
      return cx:error(...)
    end,
    show_diagnostics = function(_, list, ...)
      self.failed = list[1].code:find("^P") and exit_codes.INPUT or exit_codes.NO
      return cx:show_diagnostics(list, ...)
    end,
  }, { __index = cx })
  return self
end

--- Does a command.
---@param command fun(desk: table)
---@return integer? code it failed
local function obey(cx, at, command, text)
  at.failed = nil
  if cx.format ~= "json" then
    command(at)
    return at.failed
  end
  cx.out:write(require("core.json").encode({ ok = false, error = {
    message = ("'%s' is no Lua: commands answer people, not programs"):format(text) } }) .. "\n")
  return exit_codes.INPUT
end

--- Runs the lines until their end, or the first error.
---@async
---@param cx engine.cli.Context
---@param session engine.repl.Session
---@param show fun(cx: engine.cli.Context, outcome: engine.repl.Outcome, session)
---@return integer exit_code
function M.run(cx, session, show)
  local source <close> = assert(input.open(0))
  local goes_on = cx.format == "json"
  local code, pending, buffer = exit_codes.OK, "", nil
  local at = desk(cx, session)

  --- Runs what is gathered.
  local function run()
    local outcome = session:run(buffer)
    buffer = nil
    show(cx, outcome, session)
    local failed = require("engine.repl").code_of(outcome)
    code = failed or code
    return failed and not goes_on
  end

  --- Takes a line; true: that was the last.
  local function take(line)
    local command = not buffer and require("engine.repl.commands").find(line, at)
    if command then
      local failed = obey(cx, at, command, line)
      code = failed or at.code or code
      return at.code ~= nil or failed and not goes_on
    end
    buffer = buffer and buffer .. "\n" .. line or line
    if #buffer <= LINE_MAX and chunks.is_incomplete(buffer) then
      return false
    end
    if not buffer:find("%S") then
      buffer = nil
      return false
    end
    return run()
  end

  while true do
    local bytes, err = source:next()
    if err and err.code ~= "ECANCELED" then
      cx:error("standard input: " .. err.message)
      return exit_codes.ENVIRONMENT
    elseif not bytes then
      break
    end
    pending = pending .. bytes
    for line in pending:gmatch("([^\n]*)\n") do
      if take((line:gsub("\r$", ""))) then
        return code
      end
    end
    pending = pending:sub(trim.last_line(pending))
  end
  if pending ~= "" and take(pending) then
    return code
  elseif buffer then
    run()
  end
  return code
end

return M
