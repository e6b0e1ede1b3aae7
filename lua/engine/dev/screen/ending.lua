--- What the full screen leaves on the terminal when it is over: what stands.
local fs = require("core.fs")
local line = require("engine.ui.line")
local lines = require("engine.report.human.lines")
local refusal = require("engine.dev.refusal")
local show = require("engine.ui.show")
local style = require("engine.ui.style")
local verdicts = require("engine.verdict")
local words = require("engine.report.words")

---@class engine.dev.screen.ending
local M = {}

local NAMED_MAX = 20 -- tests and files that are not good

--- Lists the tests that are not good, and the files that cannot be read.
local function bad_lines(cx, state)
  local list, look = {}, cx.out
  for _, path in ipairs(state.order) do
    local file = state.files[path]
    if file.broken then
      list[#list + 1] = line.format(look, "ERROR", "red bold", nil, show.safe(look, file.file),
        lines.codes(file.broken))
    end
    for _, id in ipairs(file.tests) do
      local test = state.tests[id]
      if test.verdict and not verdicts.is_good(test.verdict) then
        local word, colors = table.unpack(line.words[test.verdict])
        list[#list + 1] = line.format(look, word, colors, test.duration_ms,
          line.scenario(look, test, true), lines.codes(test.failures or {}))
      end
    end
  end
  return list
end

--- Says what a pause has held back until the end.
---@param look engine.ui.Look
---@param loop engine.dev.Loop
---@return string? text nil: nothing
---@nodiscard
function M.held(look, loop)
  local held = require("engine.dev.orders").held_back(loop)
  return held[1] and ("saves of %s were held back, and nothing was run of them"):format(
    require("engine.dev.screen.words").paths(look, held, fs.getcwd() or "/")) or nil
end

--- Tells what stands, as the end of a run does.
---@param cx engine.cli.Context
---@param loop engine.dev.Loop as it ended
---@param view engine.dev.screen.View
function M.tell(cx, loop, view)
  local state, look = loop.state, cx.out
  local counts, unknown = state:counts()
  look.width = require("core.term").width(1)
  cx.out:write(style.paint(look.color, "dim", show.rule(look)) .. "\n")
  local bad = bad_lines(cx, state)
  local parts = words.summary(counts, {}, unknown > 0 and unknown or nil)
  cx.out:write(line.wrapped(look, "Stands", #bad == 0 and "green bold" or "red bold", nil, parts))
  for i = 1, math.min(#bad, NAMED_MAX) do
    cx.out:write(bad[i])
  end
  if #bad > NAMED_MAX then
    cx.out:write(line.format(look, "", "dim", nil, ("and %d more"):format(#bad - NAMED_MAX)))
  end
  local refused = state.refusal
  if refused and state.order[1] then
    local what = refusal.first(refused)
    cx.out:write(line.wrapped(look, "Refused", "red bold", nil, {
      refused.message .. (what and ": " .. show.safe(look, what) or "") }))
  end
  local held = M.held(look, loop)
  if held then
    cx.out:write(line.wrapped(look, "Held", "yellow bold", nil, { held }))
  end
  local cycles = state.cycle and state.cycle.number or 0
  cx.out:write(line.format(look, "", "dim", nil, ("%s in this loop"):format(
    words.count(cycles, "run"))))
  if #state.order == 0 then -- nothing was ever read: what was said of it is not lost
    for _, text in ipairs(view.caught) do
      cx.err:write(text .. "\n")
    end
  end
end

return M
