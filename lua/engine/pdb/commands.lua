--- What a line says in the debugger that is no Lua: where the test stands, and how it goes on.
---@class engine.pdb.commands
local frames = require("engine.pdb.frames")
local inspect = require("engine.expect.inspect")
local place = require("engine.script.place")
local usage = require("engine.cli.usage")

local M = {}

local AROUND = 5 -- lines of the file that are shown before and behind one
local COLUMNS = 4 -- times the width: values that are longer are cut

--- Commands of the REPL that are here as well.
local SHARED = { "help", "doc", "time", "type", "env", "hist", "load", "bench", "prof", "sh" }

--- What the commands are called without the colon; the first letters as other debuggers have them.
M.bare = {
  bt = "bt", up = "up", down = "down", locals = "locals", list = "list", step = "step",
  next = "next", finish = "finish", continue = "continue", quit = "quit", w = "bt", u = "up",
  d = "down", l = "list", s = "step", n = "next", c = "continue", q = "quit",
}

local function say(terminal, text)
  terminal.cx.out:write(text)
end

local function frame_of(terminal)
  local frame = terminal.stop.scope:frame()
  if not frame then
    terminal.cx:error("there is no frame here", terminal.stop.no_frames)
  end
  return frame
end

local function name_of(frame, is_outermost)
  if is_outermost then
    return "in the test"
  end
  return frame.name and ("in '%s'"):format(frame.name) or "in a function"
end

--- Writes a frame on one line.
local function frame_line(terminal, i)
  local scope, cx = terminal.stop.scope, terminal.cx
  local frame = scope.frames[i]
  return ("%s %d  %s:%d  %s\n"):format(i == scope.at and ">" or " ", i - 1,
    cx:safe(frame.file, cx.out), frame.line,
    cx:safe(name_of(frame, i == #scope.frames), cx.out))
end

--- Writes the lines of the file around a frame.
local function source_lines(terminal, frame, around)
  local text, n, out = place.text(frame.file), 0, {}
  if not text then
    return "  (its text is not known here)\n"
  end
  local width = #tostring(frame.line + around)
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    n = n + 1
    if n >= frame.line - around and n <= frame.line + around then
      local mark = n == frame.line and ">" or " "
      out[#out + 1] = ("%s %" .. width .. "d│ %s\n"):format(mark, n,
        terminal.cx:safe(line, terminal.cx.out))
    end
  end
  local lines = table.concat(out)
  return terminal.cx.out.utf8 and lines or (lines:gsub("│", "|"))
end

--- Goes to another frame.
local function move(terminal, by)
  local scope = terminal.stop.scope
  if not frame_of(terminal) then
    return
  end
  local at = scope.at + by
  if at < 1 or at > #scope.frames then
    return terminal.cx:error(("this is the %s frame"):format(at < 1 and "innermost" or "outermost"))
  end
  scope.at = at
  say(terminal, frame_line(terminal, at) .. source_lines(terminal, scope:frame(), 0))
end

local function count_of(argument)
  return math.max(1, math.tointeger(tonumber(argument)) or 1)
end

--- Writes variables with their values; of two with one name the later hides the earlier.
local function rows_of(terminal, variables)
  local rows, last = {}, {}
  for i, variable in ipairs(variables) do
    last[variable.name] = i
  end
  for i, variable in ipairs(variables) do
    if last[variable.name] == i and variable.name ~= "_ENV" then
      local text, was_interrupted = terminal.session:text(inspect.line, variable.value,
        terminal.cx.out.width * COLUMNS)
      rows[#rows + 1] = { variable.name, terminal.cx:safe(text or "interrupted", terminal.cx.out) }
      if was_interrupted then
        return rows
      end
    end
  end
  return rows
end

local function show_locals(terminal)
  local scope = terminal.stop.scope
  local frame = scope:frame()
  if not frame then
    local list = {}
    for i, name in ipairs(terminal.stop.names or {}) do
      list[i] = { name = name, value = scope.own[name] }
    end
    return say(terminal, usage.columns(rows_of(terminal, list), terminal.cx.out.width))
  end
  local rows = rows_of(terminal, frames.locals(frame))
  local outer = rows_of(terminal, frames.upvalues(frame))
  if #rows + #outer == 0 then
    return say(terminal, "no locals here\n")
  end
  say(terminal, #rows > 0 and usage.columns(rows, terminal.cx.out.width) or "")
  if #outer > 0 then
    say(terminal, "of the functions around it:\n" .. usage.columns(outer, terminal.cx.out.width))
  end
end

--- Ends the stop.
local function go_on(terminal, how)
  terminal.stop.after = how
  terminal.code = 0
end

local function stepping(how)
  return function(terminal)
    if not terminal.stop.can_step then
      return terminal.cx:error(("%s: %s"):format(how, terminal.stop.no_steps))
    end
    go_on(terminal, how)
  end
end

--- Says which breakpoints there are.
local function show_breakpoints(terminal, list)
  if #list == 0 then
    return say(terminal, "no breakpoints\n")
  end
  for _, one in ipairs(list) do
    say(terminal, ("  %s:%d\n"):format(terminal.cx:safe(one.file, terminal.cx.out), one.line))
  end
end

--- Reads the place of a breakpoint, of the file of the frame where it names none.
local function place_of(terminal, argument)
  local frame = terminal.stop.scope:frame()
  local one = require("engine.pdb.lines").parse(argument, frame and frame.file)
  local text = one and place.text(one.file)
  local _, count = (text or ""):gsub("\n", "")
  if not one then
    terminal.cx:error(("'%s' is no place: FILE:LINE, or a line"):format(argument))
  elseif text and one.line > count + 1 then
    terminal.cx:error(("%s has %d lines"):format(one.file, count))
  else
    return one
  end
end

local function breaking(act)
  return function(terminal, argument)
    local breakpoints = terminal.stop.breakpoints
    if not breakpoints then
      return terminal.cx:error("a file of steps has no breakpoints")
    elseif argument == "" then
      return show_breakpoints(terminal, breakpoints.list)
    end
    local one = place_of(terminal, argument)
    if one then
      act(terminal, breakpoints, one)
      if terminal.stop.sync then
        terminal.stop.sync()
      end
    end
  end
end

---@type engine.repl.Command[]
M.list = {
  {
    name = "bt", takes = "", text = "the frames of the test, the innermost first",
    run = function(terminal)
      if frame_of(terminal) then
        for i = 1, #terminal.stop.scope.frames do
          say(terminal, frame_line(terminal, i))
        end
      end
    end,
  },
  {
    name = "up", takes = "[N]", text = "to the frame that has called this one",
    run = function(terminal, argument)
      move(terminal, count_of(argument))
    end,
  },
  {
    name = "down", takes = "[N]", text = "to the frame that this one has called",
    run = function(terminal, argument)
      move(terminal, -count_of(argument))
    end,
  },
  {
    name = "locals", takes = "", text = "the variables that the frame sees, and their values",
    run = show_locals,
  },
  {
    name = "list", takes = "", text = "the lines of the file around here",
    run = function(terminal)
      local frame = frame_of(terminal)
      if frame then
        say(terminal, source_lines(terminal, frame, AROUND))
      end
    end,
  },
  { name = "step", takes = "", text = "to the next line, also in a function that is called",
    run = stepping("step") },
  { name = "next", takes = "", text = "to the next line of this function", run = stepping("next") },
  { name = "finish", takes = "", text = "to the line behind the call of this function",
    run = stepping("finish") },
  {
    name = "break", takes = "[FILE:LINE]",
    text = "stop before a line, in this test where it can be and in those that begin; or list them",
    run = breaking(function(terminal, breakpoints, one)
      if not breakpoints:add(one) then
        terminal.cx:error("there are too many breakpoints")
      end
    end),
  },
  {
    name = "clear", takes = "[FILE:LINE]", text = "take a breakpoint out",
    run = breaking(function(terminal, breakpoints, one)
      if not breakpoints:remove(one) then
        terminal.cx:error("there is none")
      end
    end),
  },
  {
    name = "continue", takes = "", text = "leave the debugger, as Ctrl-D does; the run goes on",
    run = function(terminal)
      go_on(terminal, "continue")
    end,
  },
  {
    name = "quit", takes = "", text = "leave the debugger; no other test is begun",
    run = function(terminal)
      go_on(terminal, "quit")
    end,
  },
}

--- Lists the commands of the debugger: its own, and those of the REPL that are here as well.
---@return engine.repl.Command[]
---@nodiscard
function M.all()
  local list = table.move(M.list, 1, #M.list, 1, {})
  for _, name in ipairs(SHARED) do
    for _, each in ipairs(require("engine.repl.commands").list) do
      list[#list + 1] = each.name == name and each or nil
    end
  end
  return list
end

--- Shows in which frame the test stands; its line where nothing else has shown it.
---@param terminal engine.repl.Terminal
function M.show_frame(terminal)
  local stop = terminal.stop
  local frame = stop.scope:frame()
  if frame then
    say(terminal, frame_line(terminal, stop.scope.at)
      .. (stop.can_step and source_lines(terminal, frame, 0) or ""))
  end
end

return M
