--- The debugger of a run: where a test fails, the REPL opens there, with what the test had.
---
--- A run has one when `clnrm run --pdb` is asked for, in `run.debugger`.  The parts that run tests
--- have a `watcher` (of a Lua test: an error that nothing caught, its stack still there; a line
--- that it is to stop at) and call `at_step` (a file of steps: a step that is not good, its room
--- still open), and go on when those return.  One
--- test is looked at at a time; no other begins meanwhile, those that run go on.  What lines of the
--- debugger do is told to nobody and judged by nobody: the verdict is what it would have been.
---@class engine.pdb
local clock = require("engine.run.clock")
local commands = require("engine.pdb.commands")
local core = require("core.task")
local failure = require("engine.script.failure")
local findings = require("engine.script.findings")
local frames = require("engine.pdb.frames")
local scopes = require("engine.pdb.scope")
local task = require("clnrm.task")
local stream = require("engine.ui.stream")

local M = {}

---@class engine.pdb.Options
---@field cx engine.cli.Context
---@field screen { lend: fun(self, divert: fun(bytes: string)), take_back: fun(self) } who has the
---terminal otherwise
---@field sources table<string, string> texts of files by their names, to be shown
---@field breakpoints? engine.pdb.Breakpoint[]

---@class engine.pdb.Debugger
---@field o engine.pdb.Options
---@field turn clnrm.task.Semaphore
---@field breakpoints engine.pdb.Breakpoints
---@field is_open boolean somebody types
---@field has_greeted? boolean the hint was given
---@field names table<string, any> that its lines have made so far
---@field spent_ms number  that it was open before
local Debugger = {}
Debugger.__index = Debugger

---@class engine.pdb.Stop
---@field scope engine.pdb.Scope
---@field context engine.script.Context that lines belong to
---@field diagnostics engine.diag.Diagnostic[]
---@field title string
---@field after "continue"|"quit"|"step"|"next"|"finish"
---@field can_step boolean
---@field breakpoints? engine.pdb.Breakpoints nil: there can be none
---@field sync? fun() the breakpoints are others now
---@field no_steps? string   why not
---@field no_frames? string  help where there are none
---@field values table<string, any> names that lines have besides
---@field names? string[]    those of them that `locals` shows where there are no frames

--- Returns the time that it was open; deadlines stand still meanwhile.
---@return number
function Debugger:open_ms()
  return self.spent_ms + (self.opened_at and clock.ms() - self.opened_at or 0)
end

--- Makes a stream of its own for the terminal: what is typed and shown there passes no report, and
--- has no secret in it.
local function own_stream(of, fd, mask)
  local own = stream.open(fd)
  own.color = of.color
  local write = own.write
  function own.write(self, bytes)
    local masks = mask()
    write(self, masks and masks:text(bytes) or bytes)
  end
  return own
end

--- Makes what lines write to and complain with.
local function own_cx(self, run, scenario)
  local cx = setmetatable({ is_terminal = true, format = "human" }, { __index = self.o.cx })
  local function mask()
    return run.secrets:mask(scenario.id)
  end
  cx.out, cx.err = own_stream(cx.out, 1, mask), own_stream(cx.err, 2, mask)
  return cx
end

local function greet(self, stop)
  return function(terminal)
    local cx = terminal.cx
    terminal.stop = stop
    cx:show_diagnostics(stop.diagnostics, stop.sources)
    cx.out:write(("stopped: %s%s\n"):format(cx:safe(stop.title, cx.out),
      stop.can_step and ", before this line" or ""))
    commands.show_frame(terminal)
    if not self.has_greeted then
      cx.out:write("its deadlines stand still; :help lists the commands, Ctrl-D continues\n")
    end
    self.has_greeted = true
  end
end

--- Reads lines until somebody goes on.
local function converse(self, run, cx, stop)
  local terminal
  local held = {}
  self.o.screen:lend(function(bytes)
    if terminal then
      terminal:write(bytes)
    else
      held[#held + 1] = bytes
    end
  end)
  local own = own_cx(self, run, cx.scenario)
  local session = require("engine.repl.session").open(function(text)
    own.out:write(text)
  end, { context = stop.context, env = stop.scope.env, own = stop.scope.own })
  for name, value in pairs(self.names) do
    stop.scope.own[name] = value
  end
  for name, value in pairs(stop.values) do
    stop.scope.own[name] = value
  end
  stop.sources = self.o.sources
  local welcome = greet(self, stop)
  local ok, err = pcall(require("engine.repl.terminal").run, own, session, function() end, {
    label = "pdb",
    commands = commands.all(),
    is_bare = commands.bare,
    has_name = function(name)
      return stop.scope:has(name)
    end,
    greet = function(opened)
      welcome(opened)
      terminal = opened
      opened:write(table.concat(held))
    end,
  })
  core.shield(session.close_values, session)
  for _, name in ipairs(session:names()) do
    self.names[name] = stop.scope.own[name]
  end
  own.out:finish()
  own.err:finish()
  core.interrupt_off()
  self.o.screen:take_back()
  if not ok then
    error(err, 0)
  end
end

--- Stops a test until somebody goes on.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
---@param stop engine.pdb.Stop
function Debugger:stop(run, cx, stop)
  local began = clock.ms()
  local _ <close> = task.shield(self.turn.take, self.turn)
  if run.halted == "debugger" or run.stopped then
    return
  end
  local was_paused = run.paused ~= nil
  if not was_paused then
    run:pause()
  end
  self.is_open, self.opened_at = true, clock.ms()
  local ok, err = pcall(converse, self, run, cx, stop)
  self.is_open, self.spent_ms, self.opened_at = false, self:open_ms(), nil
  require("engine.run.deadlines").shift(run, cx, clock.ms() - began)
  if stop.after == "quit" then
    run:halt("debugger")
  elseif not was_paused then
    run:resume()
  end
  if not ok then
    error(err, 0)
  end
end

--- A view of a context for the debugger's lines: what they do is told nowhere, and no deadline of
--- the test is theirs.
local function view_of(context)
  return setmetatable({ run = false, over = false, is_closed = false }, { __index = context })
end

--- Keeps what the verdict is made of as it was.
local function keep_script(context)
  local script, kept = context.script, {}
  for key, value in pairs(script) do
    kept[key] = value
  end
  local raised, found = #context.raised, #script.findings
  return function()
    for key in pairs(script) do
      script[key] = kept[key]
    end
    for i = #context.raised, raised + 1, -1 do
      context.raised[i] = nil
    end
    for i = #script.findings, found + 1, -1 do
      script.findings[i] = nil
    end
  end
end

local function diagnostic_of(context, ending)
  if not ending.over then
    return findings.raised(context, ending).failure
  end
  local at = context.over_at or ending.frames and ending.frames[1]
  return findings.new(context, { verdict = "timeout", code = "T006",
    message = "the time of the test was over", place = at,
    label = at and "it was here" or nil }).failure
end

local function title_of(scenario)
  return ("%s › %s"):format(scenario.file, scenario.name)
end

--- Stops where a Lua test failed.
---@async
---@param context engine.script.Context
---@param ending engine.script.Ending
---@param co thread whose stack is there still
function Debugger:at_raise(context, ending, co)
  local run, cx = context.run, context.cx
  local is_skip = failure.is(ending.value) and ending.value.kind == "skip"
  if run.stopped or ending.over == "stopped" or is_skip then
    return
  end
  local restore = keep_script(context)
  local shown = diagnostic_of(context, ending)
  shown.rerun, shown.step = nil, nil
  shown.severity = shown.severity or "error"
  self:stop(run, cx, {
    scope = scopes.new(frames.of(co), {}),
    context = view_of(context),
    diagnostics = { shown },
    title = title_of(cx.scenario),
    values = { t = context.t },
    after = "continue",
    can_step = false,
    breakpoints = self.breakpoints,
    no_steps = "the test has failed, and is over; --break FILE:LINE stops before",
    no_frames = "what failed has left no stack",
  })
  restore()
end

--- Stops before a line; the time of the test stands still.
---@async
local function at_line(self, context, watch, co)
  local run, cx, began = context.run, context.cx, clock.ms()
  local restore = keep_script(context)
  local stop = {
    scope = scopes.new(frames.of(co, watch.at), {}),
    context = view_of(context),
    diagnostics = {},
    title = title_of(cx.scenario),
    values = { t = context.t },
    after = "continue",
    can_step = true,
    breakpoints = self.breakpoints,
    sync = function()
      watch:sync()
    end,
  }
  context.pauses = (context.pauses or 0) + 1
  self:stop(run, cx, stop)
  local ms = clock.ms() - began
  context.pauses, context.paused_ms = context.pauses - 1, (context.paused_ms or 0) + ms
  context.deadline = context.deadline + ms
  restore()
  watch:go_on(stop.after)
end

--- Makes what looks at the function of a Lua test.
---@param context engine.script.Context
---@return engine.script.standing.Watcher
---@nodiscard
function Debugger:watcher(context)
  local watch
  return {
    failed = function(ending, co)
      self:at_raise(context, ending, co)
    end,
    begin = function(co)
      if self.breakpoints.list[1] then
        watch = require("engine.pdb.lines").watch(co, self.breakpoints)
      end
    end,
    paused = function(co)
      local is_ours = watch ~= nil and watch.is_stopped
      if is_ours then
        at_line(self, context, watch, co)
      end
      return is_ours
    end,
    ended = function()
      if watch then
        watch:close()
      end
    end,
  }
end

--- Stops where a step failed.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
---@param item engine.model.Step
---@param entry engine.run.StepEntry that engine.run.step noted for a debugger
function Debugger:at_step(run, cx, item, entry)
  if entry.judgement.verdict ~= "pass" and not run.stopped and #entry.failures > 0 then
    local stop, leave = require("engine.pdb.step").stop(run, cx, item, entry)
    stop.context = view_of(stop.context)
    stop.title = title_of(cx.scenario) .. " › " .. stop.title
    self:stop(run, cx, stop)
    leave()
  end
  entry.observed, entry.failures = nil, nil -- outputs are kept no longer than they must
end

--- Says why there can be no debugger.
---@param cx engine.cli.Context
---@return string? why nil: there can
---@return string? help
---@nodiscard
function M.refusal(cx)
  local term = require("core.term")
  if require("engine.ci").is_set(os.getenv) then
    return "--pdb: CI is set, and nobody sits there", "leave it out, or say CI=0"
  elseif cx.opts["no-input"] then
    return "--pdb and --no-input contradict each other"
  elseif cx.format ~= "human" then
    return ("--pdb: standard output is written as %s"):format(cx.format),
      "write the report to a file: --report KIND=FILE"
  elseif not (term.is_tty(0) and term.is_tty(1)) then
    return "--pdb needs a terminal, as standard input and output"
  end
end

--- Makes the debugger of a run.
---@param o engine.pdb.Options
---@return engine.pdb.Debugger
---@nodiscard
function M.new(o)
  return setmetatable({ o = o, turn = task.semaphore(1), is_open = false, spent_ms = 0,
    names = {}, breakpoints = require("engine.pdb.lines").breakpoints(o.breakpoints) }, Debugger)
end

return M
