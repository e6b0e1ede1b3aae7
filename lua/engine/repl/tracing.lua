--- Commands of the REPL about what was done: `:spans`, `:tree`, `:record`, `:stop`.
---@class engine.repl.tracing
local style = require("engine.ui.style")
local waterfall = require("engine.ui.waterfall")

local M = {}

local function complain(terminal, message, hint)
  terminal.cx:error(message, hint)
end

local function say(terminal, text)
  terminal.cx.out:write(text .. "\n")
end

local function time(ms)
  if not ms then
    return "goes on"
  end
  return ms < 1000 and ("%.1f ms"):format(ms) or ("%.2f s"):format(ms / 1000)
end

local function label(line)
  return line.n > 0 and ("[%d] %s"):format(line.n, line.name) or line.name
end

local function left_out(terminal, line)
  return line.left_out > 0 and style.paint(terminal.cx.out.color, "dim",
    ("  and %d more, which are not kept"):format(line.left_out)) or nil
end

--- Draws what a line did, in time.
local function spans(terminal, argument)
  local n = math.tointeger(tonumber(argument))
  local line = (argument == "" or n) and terminal.session.spans:line(n)
  if not line then
    return complain(terminal, argument ~= "" and ("there is no line '%s'"):format(argument)
      or "no line has run yet", argument ~= "" and ":tree has the lines that are kept" or nil)
  end
  local list = { setmetatable({ name = label(line) }, { __index = line }) }
  for i, span in ipairs(line.spans) do
    list[i + 1] = setmetatable({ name = "  " .. span.name }, { __index = span })
  end
  local from_ms, to_ms = waterfall.reach(list, line.from_ms, line.from_ms + (line.ms or 0))
  local out = terminal.cx.out
  for _, row in ipairs(waterfall.rows(out, list, from_ms, to_ms, out.width, time)) do
    say(terminal, row)
  end
  local more = left_out(terminal, line)
  if more then
    say(terminal, more)
  end
end

--- Writes one span below its line.
local function branch(terminal, span, is_last)
  local out = terminal.cx.out
  local mark = out.utf8 and (is_last and "└ " or "├ ") or (is_last and "` " or "| ")
  local parts = { span.ms ~= 0 and time(span.ms) or nil }
  parts[#parts + 1] = span.how
  local text = ("%s%s  %s"):format(mark, terminal.cx:safe(span.name, out),
    style.paint(out.color, "dim", table.concat(parts, ", ")))
  local is_bad = span.verdict and span.verdict ~= "pass"
  say(terminal, is_bad and style.paint(out.color, "red", text) or text)
end

--- Lists the lines that are kept, and below each what it did.
local function tree(terminal, argument)
  if argument ~= "" then
    return complain(terminal, ":tree takes nothing", ":spans N draws what a line did")
  end
  local kept = terminal.session.spans.list
  if not kept[1] then
    return complain(terminal, "no line has run yet")
  end
  local out = terminal.cx.out
  for _, line in ipairs(kept) do
    say(terminal, ("%s  %s"):format(terminal.cx:safe(label(line), out),
      style.paint(out.color, "dim", time(line.ms) .. (line.how and ", " .. line.how or ""))))
    local more = left_out(terminal, line)
    for i, span in ipairs(line.spans) do
      branch(terminal, span, not more and i == #line.spans)
    end
    if more then
      say(terminal, more)
    end
  end
end

--- Begins to record lines, for a test.
local function record(terminal, file)
  local session = terminal.session
  if session.recording then
    return complain(terminal, ("lines are recorded already, for %s"):format(session.recording.file),
      ":stop writes them")
  end
  local name, why, hint = require("engine.repl.saving").name_of(file)
  if not name then
    return complain(terminal, why, hint)
  end
  session.recording = { file = file, first = #session.list + 1 }
  say(terminal, ("lines are recorded from here on; :stop writes %s"):format(
    terminal.cx:safe(file, terminal.cx.out)))
end

--- Writes the test of what was recorded.  Where none can be made it is over all the same: its lines
--- are there, and `:save` takes fewer of them.
local function stop(terminal, argument)
  local session = terminal.session
  local recording = session.recording
  if argument ~= "" then
    return complain(terminal, ":stop takes nothing", ":record FILE says where to")
  elseif not recording then
    return complain(terminal, "nothing is recorded", ":record FILE begins")
  end
  session.recording = nil
  if #session.list < recording.first then
    return complain(terminal, "no line was recorded: nothing was written")
  end
  require("engine.repl.saving").save(terminal, ("%s %d-%d"):format(recording.file,
    recording.first, #session.list))
end

---@type engine.repl.Command[]
M.list = {
  { name = "spans", takes = "[N]", run = spans,
    text = "what the line N did, in time; without N the last one that did something" },
  { name = "tree", takes = "", run = tree,
    text = "the lines, and the rooms, commands, services and checks of each" },
  { name = "record", takes = "FILE", run = record, text = "record lines from here on, for a test" },
  { name = "stop", takes = "", run = stop, text = "write the test of what was recorded" },
}

return M
