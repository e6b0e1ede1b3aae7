--- The end of a run: why it stopped, the sum, what failed once more, what to do next.
local levels = require("engine.report.human.levels")
local line = require("engine.ui.line")
local show = require("engine.ui.show")
local style = require("engine.ui.style")
local words = require("engine.report.words")

local M = {}

local LEAKS_MAX = 10 -- that are named below the sum

local function stopped_line(o, why)
  return line.format(o, "Stopped", "yellow bold", nil, show.safe(o, words.stopped(why)))
end

--- Names what outlived tests, where no line above did.
local function leak_lines(o, leaks, more)
  local out, steps = {}, require("engine.report.human.steps")
  for _, one in ipairs(leaks) do
    local text = show.safe(o, steps.leak_words(one.leak, one.times))
    out[#out + 1] = line.format(o, "leaked", "yellow", nil, text .. "  " .. one.place)
  end
  if more > 0 then
    out[#out + 1] = line.format(o, "", "dim", nil, ("and %d more"):format(more))
  end
  return table.concat(out)
end

--- Keeps what outlived a test for the sum.
---@param kept { list: table[], more: integer }
---@param o engine.ui.Look
---@param record engine.report.Record
function M.keep_leaks(kept, o, record)
  if not record.leaks then
    return
  end
  for _, one in ipairs(require("engine.report.human.steps").fold_leaks(record.leaks)) do
    if #kept.list < LEAKS_MAX then
      one.place = line.scenario(o, record)
      kept.list[#kept.list + 1] = one
    else
      kept.more = kept.more + one.times
    end
  end
  kept.more = kept.more + (record.leaks_more or 0)
end

--- Renders a hint: a word in 12 columns, a command.
local function hint(o, name, command)
  return "   " .. style.paint(o.color, "dim", ("%-12s"):format(name)) .. "   "
    .. style.paint(o.color, "cyan", show.safe(o, command)) .. "\n"
end

--- Tells the command that runs again what failed, and what it lacks.
local function rerun_lines(o)
  local command, note = o.show.rerun, o.show.rerun_note
  local out = (command or note) and "\n" or ""
  if command then
    out = out .. hint(o, "rerun failed", command)
  end
  if note then
    local parts = {}
    for word in show.safe(o, note):gmatch("%S+") do
      parts[#parts + 1] = word
    end
    out = out .. line.wrapped(o, "note", "dim", nil, parts)
  end
  return out
end

local function mib(kb)
  return ("%.1f MiB"):format(kb / 1024)
end

--- Renders what the pool of rooms did.
local function pool_line(o, pool)
  local parts = {
    ("%s made, %.0f ms each,"):format(words.count(pool.made, "room"), pool.made_ms),
    ("%d taken:"):format(pool.taken),
    ("%d were ready"):format(pool.ready),
  }
  for _, count in ipairs({ { pool.again, "used again" }, { pool.dirty, "not clean" },
    { pool.dead, "dead" }, { pool.wasted, "not needed" } }) do
    if count[1] > 0 then
      parts[#parts] = parts[#parts] .. ","
      parts[#parts + 1] = ("%d %s"):format(count[1], count[2])
    end
  end
  parts[#parts] = parts[#parts] .. ";"
  parts[#parts + 1] = ("waited %.3f s"):format(pool.wait_ms / 1000)
  return line.wrapped(o, "pool", "dim", nil, parts)
end

--- Renders what the run took, for -v: as far as it was measured.
---@param o engine.ui.Look
---@param e table the run_end event
---@return string
function M.statistics(o, e)
  local workers, memory, out = e.workers, e.memory, {}
  if workers then
    local parts = { ("%d at once at most,"):format(workers.peak or 0) }
    parts[#parts + 1] = words.count(workers.rooms or 0, "room") .. ","
    parts[#parts + 1] = ("busy %.3f s"):format((workers.busy_ms or 0) / 1000)
    local slots = (workers.peak or 0) * (e.duration_ms or 0)
    if slots > 0 and workers.busy_ms then
      parts[#parts + 1] = ("(%.0f %%)"):format(100 * workers.busy_ms / slots)
    end
    out[#out + 1] = line.wrapped(o, "workers", "dim", nil, parts)
  end
  out[#out + 1] = e.pool and pool_line(o, e.pool)
  if memory then
    local text = ("%s of clnrm now, %s at most"):format(mib(memory.rss_kb or 0),
      mib(memory.peak_kb or 0))
    out[#out + 1] = line.format(o, "memory", "dim", nil, text)
  end
  return table.concat(out)
end

--- Renders the end of a run.
---@param o engine.report.HumanOptions
---@param e table the run_end event
---@param finals string[] the lines of what is told again
---@param more integer lines that are not in `finals`
---@param marks table<string, integer>
---@param leaks? { list: table[], more: integer }
---@return string
function M.render(o, e, finals, more, marks, leaks)
  local out = { style.paint(o.color, "dim", show.rule(o)) .. "\n" }
  if e.interrupted then
    out[#out + 1] = stopped_line(o, e.interrupted)
  end
  local colors = e.exit_code == 0 and "green bold" or "red bold"
  local parts = words.summary(e.counts, marks, e.not_run)
  if (marks.quarantined or 0) > 0 then
    parts[#parts] = parts[#parts] .. ","
    parts[#parts + 1] = marks.quarantined .. " of them quarantined"
  end
  out[#out + 1] = line.wrapped(o, "Summary", colors, e.duration_ms, parts)
  table.move(finals, 1, #finals, #out + 1, out)
  if more > 0 then
    out[#out + 1] = line.format(o, "", "dim", nil, ("and %d more"):format(more))
  end
  if leaks and o.verbose == 0 then
    out[#out + 1] = leak_lines(o, leaks.list, leaks.more)
  end
  if (e.outstanding or 0) > 0 then
    local what = words.count(e.outstanding, "scenario") .. " that did not pass before, not run now"
    out[#out + 1] = line.format(o, "Outstanding", "yellow bold", nil, what)
  end
  for _, text in ipairs(e.pool and e.pool.not_closed or {}) do
    out[#out + 1] = line.wrapped(o, "pool", "yellow", nil, { "a room that nobody took is not gone:",
      text })
  end
  if o.verbose >= 1 then
    out[#out + 1] = M.statistics(o, e)
  end
  if M.has_failed(e.counts) then
    out[#out + 1] = rerun_lines(o)
  end
  return table.concat(out)
end

--- Says whether anything failed that could be run again.
function M.has_failed(counts)
  for name, n in pairs(counts) do
    if levels.is_bad(name) and n > 0 then
      return true
    end
  end
  return false
end

return M
