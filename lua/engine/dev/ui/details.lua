--- What the last run of each test did and printed, as far as it is kept: a view of
--- engine.dev.state.
---
--- engine.dev.state has verdicts; this has steps, services, times and outputs, for who looks at one
--- test. Of each test, and of all, only so much is kept; what was left out is counted.
local lru = require("core.lru")
local was_cut = require("engine.dev.state").was_cut

---@class engine.dev.ui.details
local M = {}

M.OUTPUT_MAX = 128 << 10 -- bytes of the texts of one test
M.ROWS_MAX = 500 -- steps, services and logged lines of one test
M.ALL_MAX = 32 << 20 -- bytes of all tests
local TESTS_MAX = 100000
local ROW_BYTES = 256 -- that one counts besides its texts

---@class engine.dev.ui.Row
---@field kind "room"|"step"|"service"|"hook"|"log"
---@field name string
---@field from_ms number since the begin of the test
---@field to_ms? number
---@field verdict? string
---@field exit_code? integer
---@field signal? string
---@field attempt? integer
---@field command? string
---@field outputs? { stream: string, text: string, bytes: integer, cut: integer? }[]

---@class engine.dev.ui.Detail
---@field began_ms number of its run
---@field ended_ms? number
---@field rows engine.dev.ui.Row[]
---@field left_out integer rows
---@field bytes integer
---@field reason? string why it was skipped
---@field sources? table<string, string> of the code frames of what failed
---@field private file? string
---@field private open table<any, engine.dev.ui.Row>

---@class engine.dev.ui.Details
---@field private running table<string, engine.dev.ui.Detail>
---@field private ended core.lru.Lru
local Details = {}
Details.__index = Details

local function add_row(detail, row, key)
  if #detail.rows >= M.ROWS_MAX then
    detail.left_out = detail.left_out + 1
    return nil
  end
  detail.rows[#detail.rows + 1] = row
  detail.bytes = detail.bytes + ROW_BYTES + #row.name + #(row.command or "")
  if key then
    detail.open[key] = row
  end
  return row
end

--- Cuts a text so that its test keeps to its limit: its begin and its end stay.
local function add_output(detail, row, e)
  local left, text, cut = M.OUTPUT_MAX - detail.bytes, e.text, e.cut or 0
  if #text > left then
    local half = math.max(0, left // 2)
    cut = cut + #text - 2 * half
    text = text:sub(1, half) .. (half > 0 and text:sub(-half) or "")
  end
  detail.bytes = detail.bytes + #text
  row.outputs = row.outputs or {}
  row.outputs[#row.outputs + 1] =
    { stream = e.stream, text = text, bytes = e.bytes, cut = cut > 0 and cut or nil }
end

local function command_of(e)
  local command = e.shell or e.argv and table.concat(e.argv, " ") or nil
  return command and #command > 4096 and command:sub(1, 4096) .. " …" or command
end

local on = {}

function on.room_begin(detail, e, now)
  add_row(detail, { kind = "room", name = "room", from_ms = now - (e.wait_ms or e.open_ms or 0),
    to_ms = now })
end

function on.attempt_begin(detail, _, now)
  add_row(detail, { kind = "log", name = "another attempt", from_ms = now, to_ms = now })
  detail.open = {}
end

function on.step_begin(detail, e, now)
  add_row(detail, { kind = "step", name = e.name, from_ms = now, command = command_of(e),
    attempt = e.attempt }, e.step)
end

function on.output(detail, e)
  local row = detail.open[e.step]
  if row then
    add_output(detail, row, e)
  end
end

function on.step_end(detail, e, now)
  local row = detail.open[e.step]
  if row then
    row.to_ms, row.verdict, row.exit_code, row.signal = now, e.verdict, e.exit_code, e.signal
    row.from_ms = math.max(row.from_ms, now - (e.duration_ms or now))
  end
end

function on.service_begin(detail, e, now)
  add_row(detail, { kind = "service", name = e.service, from_ms = now, command = command_of(e) },
    "service " .. e.service)
end

function on.service_failed(detail, e, now)
  local row = detail.open["service " .. e.service]
  if row then
    row.to_ms, row.verdict = now, e.failure and e.failure.verdict or "fail"
  end
end

function on.service_end(detail, e, now)
  local row = detail.open["service " .. e.service]
  if row then
    row.to_ms, row.exit_code, row.signal = now, e.exit_code, e.signal
    local lines = e.log and e.log.lines
    if lines and lines[1] then
      local text = table.concat(lines, "\n")
      add_output(detail, row, { stream = "log", text = text, bytes = #text })
    end
  end
end

function on.hook(detail, e, now)
  add_row(detail, { kind = "hook", name = "hook " .. e.hook, to_ms = now, verdict = e.verdict,
    from_ms = now - (e.duration_ms or 0), exit_code = e.exit_code, signal = e.signal })
end

function on.log(detail, e, now)
  local row = add_row(detail, { kind = "log", name = "log", from_ms = now, to_ms = now })
  if row then
    add_output(detail, row, { stream = "log", text = e.text, bytes = #e.text })
  end
end

--- Takes an event.
---@param event table
---@param sources? table<string, string> texts of the files, without secrets
function Details:on_event(event, sources)
  local id, now = event.id, event.at_ms
  if event.event == "scenario_begin" then
    self.running[id] = { file = event.file, began_ms = now or 0,
      rows = {}, left_out = 0, bytes = 0, open = {} }
    return
  elseif event.event == "run_end" then
    self.running = {} -- of those that were cut short the run before stands
    return
  end
  local detail, handler = id and self.running[id], on[event.event]
  for _, one in pairs(event.event == "hook" and not detail and self.running or {}) do
    if one.file == event.file then -- it is of the file: its tests that have begun wait for it
      on.hook(one, event, (now or 0) - one.began_ms)
    end
  end
  if detail and handler then
    handler(detail, event, (now or 0) - detail.began_ms)
  elseif detail and event.event == "scenario_end" then
    detail.ended_ms, detail.open, detail.reason = now, nil, event.reason
    detail.sources = event.failures and event.failures[1] and sources or nil
    self.running[id] = nil
    if was_cut(event) then
      return
    end
    self.ended:put(id, detail, detail.bytes + ROW_BYTES)
  end
end

--- Finds what is known of a test; while it runs, what it has done so far.
---@param id string
---@return engine.dev.ui.Detail? detail
---@return boolean is_running
---@nodiscard
function Details:get(id)
  local running = self.running[id]
  return running or self.ended:get(id), running ~= nil
end

--- Makes an empty one.
---@return engine.dev.ui.Details
---@nodiscard
function M.new()
  return setmetatable({
    running = {}, ended = lru.open({ count = TESTS_MAX, bytes = M.ALL_MAX }),
  }, Details)
end

return M
