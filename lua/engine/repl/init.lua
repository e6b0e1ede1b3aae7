--- The REPL: a session, and where its lines come from.
---@class engine.repl
local exit_codes = require("engine.cli.exit_codes")
local sessions = require("engine.repl.session")
local term = require("core.term")

local M = {}

local VALUE_COLUMNS = 4 -- times the width: values that are longer are cut

--- Writes the values of an outcome; a signal interrupts their `__tostring`.
local function text_of(session, outcome, columns)
  if not outcome.values then
    return nil
  end
  local text, was_interrupted = session:text(sessions.shown, outcome, columns)
  outcome.interrupted = outcome.interrupted or was_interrupted or nil
  return text
end

--- Shows what became of a line.
---@async
---@param cx engine.cli.Context
---@param outcome engine.repl.Outcome
---@param session engine.repl.Session
function M.show(cx, outcome, session)
  local shown = text_of(session, outcome, math.max(160, cx.out.width * VALUE_COLUMNS))
  if outcome.failure then
    cx:show_diagnostics({ outcome.failure }, outcome.sources)
  end
  if outcome.interrupted then
    cx.err:write(outcome.is_left and "interrupted; it goes on all the same, unseen\n"
      or "interrupted\n")
  end
  if shown and cx.is_terminal then
    local style = require("engine.ui.style")
    cx.out:write(style.paint(cx.out.color, "dim", ("[%d] ="):format(outcome.n)) .. " ")
  end
  if shown then
    cx.out:write(require("engine.ui.show").inert(shown) .. "\n")
  end
end

--- Writes what became of a line as JSON.
function M.show_json(cx, outcome, session)
  local failure, values = outcome.failure, outcome.values
  local shown = text_of(session, outcome, 4096)
  local object = { n = outcome.n, ok = not failure and not outcome.interrupted,
    ms = math.floor(outcome.ms), interrupted = outcome.interrupted }
  if values and values.n > 0 and not outcome.interrupted then
    object.value = shown or "nil"
  end
  if failure then
    object.error = { code = failure.code, message = failure.message, line = failure.line,
      column = failure.column, help = failure.help }
  end
  cx.out:write(require("core.json").encode(object) .. "\n")
end

--- The exit code of a line that did not do what it should.
---@param outcome engine.repl.Outcome
---@return integer? code
function M.code_of(outcome)
  if outcome.is_syntax then
    return exit_codes.INPUT
  end
  return (outcome.failure or outcome.interrupted) and exit_codes.NO or nil
end

--- Runs what the command line names, before any line.
---@return integer? code
local function run_given(cx, session, show)
  local file = cx.opts.interactive
  if file then
    local text, err = require("core.fs").read(file)
    if not text then
      cx:error(err.message)
      return exit_codes.INPUT
    end
    local outcome = session:run(text, file)
    if outcome.failure or outcome.interrupted then
      show(cx, outcome, session)
      return M.code_of(outcome)
    end
  end
  for _, code in ipairs(cx.opts.eval or {}) do
    local outcome = session:run(code)
    show(cx, outcome, session)
    if M.code_of(outcome) then
      return M.code_of(outcome)
    end
  end
end

local function run(cx, session)
  local show = cx.format == "json" and M.show_json or M.show
  local is_alone = cx.opts.eval and not cx.opts.interactive and not cx.args[1]
  cx.is_terminal = not is_alone and not cx.args[1] and cx.format == "human" and term.is_tty(0)
    and term.is_tty(1)
  if cx.is_terminal then
    return require("engine.repl.terminal").run(cx, session, function()
      return run_given(cx, session, show)
    end)
  end
  local source = require("engine.repl.lines")
  return source.guarded(cx, session, function()
    local code = run_given(cx, session, show)
    if code or is_alone then
      return code or exit_codes.OK
    end
    return source.run(cx, session, show)
  end)
end

--- Finds who makes the rooms, as for a run of Lua tests.
---@param cx engine.cli.Context
---@return engine.backend? backend nil: its settings are wrong, which was told
function M.backend_of(cx)
  local backend = require("engine.backend").named(cx.config.values["cli.backend"],
    { { is_script = true } })
  local wrong = backend.refused and backend.refused()
  if wrong then
    cx:error(wrong.message, wrong.detail and wrong.detail.help)
    return nil
  end
  return backend
end

--- Has rooms made by a backend from here on; those that are there stay.
---@param session engine.repl.Session
---@param backend engine.backend
function M.take_backend(session, backend)
  session.context.backend = backend
  session.backends = session.backends or {}
  session.backends[backend.finish or backend] = backend
end

---@async
---@param cx engine.cli.Context
---@return integer exit_code
function M.run(cx)
  local backend = M.backend_of(cx)
  if not backend then
    return exit_codes.INPUT
  end
  local session = sessions.open(function(text)
    cx.out:write(text)
  end)
  M.take_backend(session, backend)
  local code = run(cx, session)
  if session.recording then
    cx.err:write(("note: what was recorded for %s is not written: there was no :stop\n"):format(
      cx:safe(session.recording.file)))
  end
  for _, problem in ipairs(session:close()) do
    cx.err:write("clnrm: " .. cx:safe(problem) .. "\n")
    code = code == exit_codes.OK and exit_codes.ENVIRONMENT or code
  end
  for finish, each in next, session.backends do
    if each.finish then
      require("core.task").shield(finish)
    end
  end
  return code
end

return M
