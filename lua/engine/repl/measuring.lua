--- Commands of the REPL that measure: `:bench`, `:prof`.
---@class engine.repl.measuring
local chunks = require("engine.repl.chunk")
local measure = require("engine.repl.measure")
local words = require("engine.report.words")

local M = {}

local SHOWN_MAX = 15 -- functions of a profile
local FEW = 100 -- looks that say little

--- Runs code as a line of the session, in the hands of `act`, which gets it as a function.
---@return any? got what `act` returned; nil: the line failed, which was told
local function with_code(terminal, text, act)
  local session, cx = terminal.session, terminal.cx
  local n = #session.list + 1
  local name = ("repl[%d]"):format(n)
  if not text:find("%S") then
    cx:error("there is no code")
    return nil
  end
  local chunk, problems = chunks.compile(text, name, session.env)
  local got
  session.sources[name] = text
  if not chunk then
    cx:show_diagnostics({ problems[1] }, session.sources)
    return nil
  end
  local fn = chunk.fn
  local function drop() end -- takes the values of an expression
  chunk.fn = function()
    got = act(function()
      fn(drop)
    end)
    return table.pack()
  end
  local outcome = session:call(chunk, n)
  outcome.values, outcome.sources = nil, session.sources
  require("engine.repl").show(cx, outcome, session)
  return not outcome.failure and not outcome.interrupted and got or nil
end

local function bench(terminal, text)
  local got = with_code(terminal, text, measure.bench)
  if got then
    local q = measure.quantile
    terminal.cx.out:write(("median %s, half of them %s to %s, fastest %s; %s%s\n"):format(
      measure.text(q(got.samples, 0.5)), measure.text(q(got.samples, 0.25)),
      measure.text(q(got.samples, 0.75)), measure.text(got.samples[1]),
      words.count(#got.samples, "sample"),
      got.batch > 1 and (" of %d runs each"):format(got.batch) or ""))
  end
end

local function prof(terminal, text)
  local got = with_code(terminal, text, measure.profile)
  if not got then
    return
  end
  local cx, lines = terminal.cx, {}
  if got.samples == 0 then
    return cx.out:write("it has run too few instructions to be seen\n")
  end
  for i = 1, math.min(SHOWN_MAX, #got.functions) do
    local one = got.functions[i]
    lines[i] = ("%5.1f%% %6.1f%%  %s\n"):format(100 * one.own / got.samples,
      100 * one.all / got.samples, cx:safe(one.name, cx.out))
  end
  cx.out:write("  own    all  function\n" .. table.concat(lines)
    .. ("%s, one each 1000 instructions%s\n"):format(words.count(got.samples, "look"),
      got.samples < FEW and ": too few to mean much" or ""))
end

---@type engine.repl.Command[]
M.list = {
  { name = "bench", takes = "CODE", text = "run CODE for two seconds: median and spread",
    run = bench },
  { name = "prof", takes = "CODE", text = "run CODE once: which functions its instructions are of",
    run = prof },
}

return M
