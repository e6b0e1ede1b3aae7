--- What runs now, as the rows of a live region: pure, from the events of a run.
---
---      Running [00:00:12] ███████▌······ 71/128  8 running · 1 failed · 1 flaky
---              [  11.9s] tests/load.clnrm.toml › 1k clients  step 3/4 "ramp"
---              … and 6 more                                 t status · q stop · p pause
local bar = require("engine.ui.bar")
local line = require("engine.ui.line")
local show = require("engine.ui.show")
local style = require("engine.ui.style")
local words = require("engine.report.words")

local M = {}

M.ROWS_MAX = 8 -- running scenarios that are shown
M.PULLS_MAX = 3 -- images that come
M.WIDTH_MIN = 20 -- columns; a narrower screen has no live region

local INDENT, NARROW = 13, 56 -- columns before the time of a row; below NARROW there are none
local WIDTH_MAX = 200

---@class engine.ui.Live
---@field total integer
---@field done integer
---@field running table<string, engine.ui.LiveRow> by the id of the scenario
---@field order engine.ui.LiveRow[] the oldest first
---@field counts table<string, integer> by verdict
---@field paused boolean
---@field stopping? string
---@field pulls? engine.docker.Progress
---@field pulls_at? number
local Live = {}
Live.__index = Live

---@class engine.ui.LiveRow
---@field event table  its scenario_begin
---@field began number
---@field total? integer steps that it has
---@field steps table<integer, string> that run now, by number
---@field last? integer the number of the step that began last
---@field services table<string, boolean> that come up now
---@field attempt? integer
---@field of? integer
---@field waits? string what it waits for

local handlers = {}

function handlers.run_begin(self, e)
  self.total, self.files = words.total(e), e.files
end

function handlers.scenario_begin(self, e)
  local row = { event = e, began = e.at_ms or 0, total = e.steps, steps = {}, services = {} }
  self.running[e.id] = row
  self.order[#self.order + 1] = row
end

function handlers.scenario_end(self, e)
  local row = self.running[e.id]
  self.running[e.id] = nil
  for i, other in ipairs(self.order) do
    if other == row then
      table.remove(self.order, i)
      break
    end
  end
  self.done = self.done + 1
  self.counts[e.verdict] = (self.counts[e.verdict] or 0) + 1
end

function handlers.file_error(self, e)
  local name = e.verdict or "error"
  self.counts[name] = (self.counts[name] or 0) + 1
end

--- Handles an event of a scenario that runs.
local function of_row(fn)
  return function(self, e)
    local row = self.running[e.id]
    if row then
      fn(row, e)
    end
  end
end

handlers.step_begin = of_row(function(row, e)
  row.steps[e.step], row.last = e.name, e.step
end)

handlers.step_end = of_row(function(row, e)
  row.steps[e.step] = nil
  if row.last == e.step then
    row.last = next(row.steps)
  end
end)

handlers.service_begin = of_row(function(row, e)
  row.services[e.service] = true
end)

handlers.service_ready = of_row(function(row, e)
  row.services[e.service] = nil
end)

handlers.service_failed = handlers.service_ready
handlers.service_end = handlers.service_ready

handlers.attempt_begin = of_row(function(row, e)
  row.attempt, row.of = e.attempt, e.of
  row.steps, row.services, row.last = {}, {}, nil
end)

handlers.slow = of_row(function(row)
  row.is_slow = true
end)

function handlers.paused(self)
  self.paused = true
end

function handlers.continued(self)
  self.paused = false
end

function handlers.stopping(self, e)
  self.stopping = e.why
end

--- Takes an event.
---@param e table
function Live:on_event(e)
  local handler = handlers[e.event]
  if handler then
    handler(self, e)
  end
end

--- Says what was seen of the awaited services just now: the last probe's own result.
---@param awaits table<string, string> by the id of the scenario
function Live:set_waits(awaits)
  for id, row in pairs(self.running) do
    row.waits = awaits[id]
  end
end

--- Takes the images that come just now.
---@param pulls? engine.docker.Progress
---@param now number in milliseconds, as its pulls have it
function Live:set_pulls(pulls, now)
  self.pulls, self.pulls_at = pulls and pulls.list[1] and pulls or nil, now
end

local function clock_text(ms)
  local s = math.floor(ms / 1000)
  return ("[%02d:%02d:%02d]"):format(s // 3600, s // 60 % 60, s % 60)
end

local COUNTED = {
  { "fail", "failed", "red bold" },
  { "timeout", "timed out", "red bold" },
  { "policy", "broke a policy", "red bold" },
  { "error", "in error", "red bold" },
  { "infra", "without verdict", "red bold" },
  { "flaky", "flaky", "yellow bold" },
}

--- Adds the parts that fit into `room` columns, between dots.
local function fit_parts(look, parts, room)
  local dot, out = look.utf8 and " · " or ", ", ""
  for _, part in ipairs(parts) do
    local lead = out == "" and "" or dot
    room = room - show.width(lead) - show.width(part[1])
    if room < 0 then
      break
    end
    out = out .. lead .. style.paint(look.color, part[2], part[1])
  end
  return out
end

local function count_parts(self)
  local parts = {}
  if self.stopping then
    parts[1] = { "stopping", "yellow bold" }
  elseif self.paused then
    parts[1] = { "paused", "yellow bold" }
  end
  for _, entry in ipairs(COUNTED) do
    local n = self.counts[entry[1]] or 0
    if n > 0 then
      parts[#parts + 1] = { n .. " " .. entry[2], entry[3] }
    end
  end
  table.insert(parts, self.paused and 2 or 1, { #self.order .. " running", "dim" })
  return parts
end

--- The bar has a third of the screen at most.
local function bar_width(width)
  return width >= 48 and math.min(28, width // 4) or 0
end

--- Draws the row of the run as a whole.
---@param look engine.ui.Look
---@param now number milliseconds since the run began
---@return string
function Live:summary_row(look, now)
  local count = self.total and ("%d/%d"):format(self.done, self.total) or tostring(self.done)
  local head, width = clock_text(now), math.min(look.width, WIDTH_MAX)
  if width < INDENT + #head + 1 + #count then
    return show.fit(look, head .. " " .. count, width)
  end
  local room = width - INDENT - #head - 1 - #count
  local text = line.word(look, "Running", "cyan bold")
    .. " " .. style.paint(look.color, "dim", head)
  local columns = self.total and bar_width(width) or 0
  if columns > 0 then
    local drawn = bar.draw(look, self.done, self.total, columns)
    text, room = text .. " " .. style.paint(look.color, "cyan", drawn), room - columns - 1
  end
  local counts = fit_parts(look, count_parts(self), room - 2)
  return text .. " " .. count .. (counts ~= "" and "  " .. counts or "")
end

--- Says what a scenario does: the step that runs, or what it waits for.
local function doing(look, row)
  local services = {}
  for name in pairs(row.services) do
    services[#services + 1] = name
  end
  local text
  if row.last then
    local number = row.total and row.total > 0 and row.last .. "/" .. row.total or row.last
    text = ('step %s "%s"'):format(number, show.safe(look, tostring(row.steps[row.last])))
    local more = -1
    for _ in pairs(row.steps) do
      more = more + 1
    end
    text = more > 0 and text .. " +" .. more or text
  elseif row.waits then
    text = "waits for " .. show.safe(look, row.waits)
  elseif services[1] then
    table.sort(services)
    text = "starts " .. show.safe(look, table.concat(services, ", "))
  end
  if row.attempt and row.attempt > 1 then
    text = ("try %d/%d%s"):format(row.attempt, row.of or row.attempt, text and "  " .. text or "")
  end
  return text
end

local function running_row(look, row, now)
  local width = math.min(look.width, WIDTH_MAX)
  local indent = width >= NARROW and INDENT or 0
  local time = ("[%7.1fs]"):format((now - row.began) / 1000)
  local room = width - indent - #time - 1
  local place = line.scenario(look, row.event)
  local what = doing(look, row)
  local tail = ""
  if what and room >= 32 then
    local most = math.max(room // 3, room - show.width(place) - 2)
    tail = show.fit(look, what, math.min(most, room - 12))
    room = room - show.width(tail) - 2
  end
  place = show.fit(look, place, room)
  local gap = tail ~= "" and 2 or 0
  return (" "):rep(indent) .. style.paint(look.color, row.is_slow and "yellow bold" or "dim", time)
    .. " " .. place .. (" "):rep(gap) .. style.paint(look.color, "cyan", tail)
end

local function last_row(look, more, hint)
  local width = math.min(look.width, WIDTH_MAX)
  local indent = width >= NARROW and INDENT or 0
  local text = more > 0 and ("%s and %d more"):format(look.utf8 and "…" or "...", more) or ""
  local left = width - indent - show.width(text)
  if hint and left >= show.width(hint) + 2 then
    local gap = text ~= "" and math.max(2, math.min(44, left - show.width(hint)) - #text) or 0
    text = text .. (" "):rep(gap) .. hint
  end
  return text ~= "" and (" "):rep(indent) .. style.paint(look.color, "dim", text) or nil
end

--- Draws the region: no row is wider than the screen, no more rows than `height`.
---@param look engine.ui.Look
---@param now number     milliseconds since the run began
---@param height integer rows that may be used
---@param hint? string   what the keys do
---@return string[] # without newlines; empty where there is no room
---@nodiscard
function Live:rows(look, now, height, hint)
  if look.width < M.WIDTH_MIN or height < 1 then
    return {}
  end
  local out = {}
  if height >= 6 then
    out[1] = style.paint(look.color, "dim", show.rule(look))
  end
  out[#out + 1] = self:summary_row(look, now)
  local most = math.min(M.PULLS_MAX, height - #out - 1)
  for _, row in ipairs(self.pulls and most > 0
    and require("engine.ui.pulls").image_rows(self.pulls, look, self.pulls_at, most) or {}) do
    out[#out + 1] = row
  end
  local shown = math.min(#self.order, M.ROWS_MAX)
  if #out + shown + 1 > height then
    shown = math.max(0, math.min(shown, height - #out - 1))
  end
  for i = 1, shown do
    out[#out + 1] = running_row(look, self.order[i], now)
  end
  if #out < height then
    out[#out + 1] = last_row(look, #self.order - shown, hint)
  end
  return out
end

--- Makes the state of a run that has not begun.
---@return engine.ui.Live
---@nodiscard
function M.new()
  local self = { total = 0, done = 0, running = {}, order = {}, counts = {}, paused = false }
  return setmetatable(self, Live)
end

return M
