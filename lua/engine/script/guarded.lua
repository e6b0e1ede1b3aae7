--- Runs a function of the user's in a task of its own, with a deadline, and says how it ended.
---
--- Whatever the function does - raise anything, loop without waiting, yield to nobody, ignore that
--- its time is over - the caller gets an answer.
local apart = require("engine.script.apart")
local clock = require("engine.run.clock")
local core = require("core.task")
local errors = require("engine.raised")
local failure = require("engine.script.failure")
local host = require("clnrm.host")
local place = require("engine.script.place")
local problem = require("engine.script.problem")
local source = require("engine.script.source")
local standing = require("engine.script.standing")

---@class engine.script.guarded
local M = {}

--- What a test may do between two waits before it is taken for an endless loop: so many
--- instructions, and so many milliseconds of the processor.  One that computes longer waits in
--- between (clnrm.task.yield).
M.INSTRUCTIONS_MAX = 1000000000
M.COMPUTE_MS = 2000

--- What the files of a run may add to Lua's memory.
M.MEMORY_MAX = 256 << 20

local NO_MEMORY = "not enough memory"
local TICK_MS = 100 -- the processor's time is looked at so often

--- Functions that did not come to an end, though their waits do: they hold up the program's end.
M.hung = 0

local ANSWER_MS = 2000 -- for a command that is killed at the deadline to be told of
local GRACE_MS = 5000 -- for a function whose waits all end at once to come to its end

---@class engine.script.Ending
---@field how "returned"|"raised"|"late"|"hung" late: it returned after its deadline; hung: it was
---told to end, and did not
---@field value? any       what it returned, or raised
---@field frames? engine.script.Place[] of the user, where it was raised
---@field shown? string    what was raised, as text
---@field over? string     its time was over: "scenario", "stopped"

local function describe(raised, frames)
  local shown
  if type(raised) ~= "string" and not failure.is(raised) then
    local ok, text = pcall(tostring, raised)
    shown = ok and type(text) == "string" and text or nil
  end
  return { raised = raised, frames = frames, shown = shown }
end

--- Runs where the error was raised, in the user's task: what it calls of the user's is under the
--- same limits.
local function on_error(raised)
  return describe(raised, place.stack(2))
end

local function body(context, out, opts, fn, ...)
  host.adopt(opts.is_teardown and apart.of(context) or context)
  core.limit(M.INSTRUCTIONS_MAX, math.min(opts.limit_ms // 1 | 0, M.COMPUTE_MS) + TICK_MS)
  core.memory(M.MEMORY_MAX)
  if opts.stop then
    return standing.run(out, opts.stop, describe, fn, ...)
  end
  local results = table.pack(xpcall(fn, on_error, ...))
  out.is_done, out.ok, out.value = true, results[1], results[2]
end

--- Finds the user's innermost frame in a traceback, when that is all there is.
local function frames_in(trace)
  for line in (trace or ""):gmatch("[^\n]+") do
    local file, number = line:match("^%s*(.-):(%d+): in ")
    if file and not place.is_engine("@" .. file) then
      return { { file = file, line = math.tointeger(number) } }
    end
  end
  return {}
end

--- Finds where the user's files asked for more memory than there is: such an error has no trace.
local function frames_of_refusal()
  local refused = core.refused() or {}
  for _, frame in ipairs(refused) do
    local known = source.get(frame.file)
    if known then
      return { { file = known.file, line = frame.line } }
    end
  end
  return {}
end

--- Ends a task whose time is over.
---@return boolean ended
local function finish(running, context, why)
  context.over = why
  running:cancel()
  core.shield(core.timeout, GRACE_MS, pcall, running.join, running)
  return running:state() == "done"
end

local function join(running)
  pcall(running.join, running)
  return running:state() == "done" or nil
end

--- Waits for the end of the task, until its deadline or the end of the run.
---@return string? why it is to be ended
local function await(running, context, opts)
  local began = clock.ms()
  while running:state() ~= "done" do
    local paused = context.paused_ms or 0
    context.deadline = began + opts.limit_ms + paused
    local left = context.deadline - clock.ms()
    if left <= 0 and (context.commands_running or 0) > 0 and left > -ANSWER_MS then
      left = 10
    end
    if context.pauses and context.pauses > 0 then
      left = math.max(left, 100) -- it waits for what is shared, which has a deadline of its own
    end
    if left <= 0 then
      return "scenario"
    end
    core.timeout(left, join, running)
    if core.is_cancelled() then
      return "stopped"
    end
  end
end

--- Lets a debugger look at the stack of a function that failed, and ends the stack.
local function stop(context, opts, co, ending)
  opts.stop.failed(ending, co)
  local open, over, over_at = standing.take_apart(co), context.over, context.over_at
  if #open == 0 then
    return
  end
  local closed = M.call(context, { limit_ms = opts.limit_ms }, standing.close, open, ending.value)
  context.over, context.over_at = over, over_at
  ending.over = ending.over or closed.over
  if closed.how == "raised" then
    ending.value, ending.frames, ending.shown = closed.value, closed.frames, closed.shown
  end
end

---@class engine.script.guarded.Options
---@field limit_ms number
---@field is_teardown? boolean
---@field stop? engine.script.standing.Watcher of a debugger: the stack of a call that failed stays

--- Calls `fn(...)` for a context.
---@async
---@param context engine.script.Context
---@param opts engine.script.guarded.Options
---@param fn async fun(...): any
---@return engine.script.Ending
function M.call(context, opts, fn, ...)
  local out = {}
  context.over, context.over_at = nil, nil
  context.deadline = clock.ms() + opts.limit_ms
  local running = core.spawn(body, context, out, opts, fn, ...)
  local why = await(running, context, opts)
  local ended = not why or finish(running, context, why)
  local ending = { over = why or context.over }
  if not ended then
    ending.how, M.hung = "hung", M.hung + 1
  elseif out.is_done and out.ok then
    -- Its waits ended at the deadline, and what it returned then is not what it set out for.
    ending.how = ending.over == "scenario" and "late" or "returned"
    ending.value = out.value
  else
    ending.how = "raised"
    if out.is_done and out.value == NO_MEMORY then -- it goes past every handler
      ending.value, ending.frames = out.value, frames_of_refusal()
    elseif out.is_done then
      ending.value, ending.frames = out.value.raised, out.value.frames
      ending.shown = out.value.shown
    else -- unwound whole: the limit of instructions, or a yield to nobody
      local _, raised = pcall(running.join, running)
      ending.value, ending.frames = raised, out.frames or frames_in(running:trace())
      if raised == NO_MEMORY then
        ending.frames = frames_of_refusal()
      end
      if clock.ms() >= context.deadline then -- it never came to a wait that could have ended it
        ending.over = ending.over or "scenario"
        context.over_at = ending.frames[1]
      end
    end
  end
  if out.co and ended and ending.how ~= "returned" then
    stop(context, opts, out.co, ending)
  end
  return ending
end

--- Says what was raised, without the place that it may begin with.
---@param ending engine.script.Ending
---@return string message
---@return engine.script.Place? place
function M.describe(ending)
  local raised, at = ending.value, ending.frames and ending.frames[1]
  if failure.is(raised) then
    return raised.message, raised.place
  elseif problem.is(raised) then
    local d = raised.diagnostics[1]
    return d.message, { file = d.file, line = d.line or 1, offset = d.offset, length = d.length }
  elseif raised == NO_MEMORY then
    return ("the tests hold more memory than the %d MiB they may"):format(M.MEMORY_MAX >> 20), at
  elseif raised == nil then
    return "an error that is nil", at
  elseif type(raised) ~= "string" then
    local shown = ending.shown or debug.getmetatable(raised) == nil and tostring(raised)
    return errors.text(raised, shown or "an error that cannot be shown"), at
  end
  local file, line, message = raised:match("^([^\n:]+):(%d+): (.*)$")
  if file and not place.is_engine("@" .. file) then
    return message, { file = file, line = math.tointeger(line) }
  end
  return (raised:gsub("^[^\n:]*lua/engine/[^\n:]+:%d+: ", "")), at
end

return M
