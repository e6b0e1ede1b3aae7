--- The end of the short reports: the code frames of what failed, and the sum.
local diag = require("engine.diag")
local line = require("engine.ui.line")
local results = require("engine.report.results")
local show = require("engine.ui.show")
local style = require("engine.ui.style")
local subject = require("engine.report.subject")
local words = require("engine.report.words")

local M = {}

local FRAME_WIDTH_MIN, FRAME_WIDTH_MAX = 40, 120

--- Says a verdict in its word and colour, and what the result is about, in one line.
---@param o engine.ui.Look
---@param result engine.report.Result
---@param at_line? boolean with the number of its line
---@return string # with its newline
function M.line(o, result, at_line)
  local entry = line.words[result.verdict] or { result.verdict:upper(), "red bold" }
  local seen, tail = {}, {}
  for _, failure in ipairs(results.is_bad(result) and result.failures or {}) do
    if failure.code and not seen[failure.code] then
      seen[failure.code], tail[#tail + 1] = true, failure.code
    end
  end
  for _, mark in ipairs(result.marks) do
    tail[#tail + 1] = show.safe(o, mark)
  end
  if result.verdict == "flaky" and result.attempts then
    tail[#tail + 1] = ("passed on attempt %d"):format(result.attempts)
  end
  if result.reason then
    tail[#tail + 1] = show.safe(o, result.reason)
  end
  local ms = result.name and result.duration_ms or nil
  local place = subject.place(o, result, at_line and result.line or nil)
  return line.format(o, entry[1], entry[2], ms, place,
    #tail > 0 and table.concat(tail, " ") or nil)
end

--- Renders code frames.
---@param o table of the report
---@param failures engine.diag.Diagnostic[]
---@return string
function M.frames(o, failures)
  return show.inert(diag.render(failures, {
    sources = o.sources,
    width = math.max(FRAME_WIDTH_MIN, math.min(o.width, FRAME_WIDTH_MAX)),
    color = o.color,
    utf8 = o.utf8,
  }))
end

--- Writes the end.
---@param o table of the report
---@param gathered engine.report.Results
function M.write(o, gathered)
  local ending = gathered.ending
  if not ending or #gathered.list == 0 and (ending.not_run or 0) == 0 then
    return -- nothing ran; the command says why
  end
  for _, result in ipairs(gathered:sorted(results.is_bad)) do
    o.write("\n" .. M.line(o, result, true) .. "\n" .. M.frames(o, result.failures))
  end
  local out = { style.paint(o.color, "dim", show.rule(o)) .. "\n" }
  if ending.interrupted then
    out[#out + 1] = line.format(o, "Stopped", "yellow bold", nil,
      show.safe(o, words.stopped(ending.interrupted)))
  end
  out[#out + 1] = line.wrapped(o, "Summary", ending.exit_code == 0 and "green bold" or "red bold",
    ending.duration_ms, words.summary(ending.counts, gathered.marks, ending.not_run))
  o.write(table.concat(out))
end

return M
