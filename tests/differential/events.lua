--- What a run observed, in a form in which two runs of the same files can be compared.
---
--- Of each scenario the events stand in groups: one for each step and attempt, hook and service,
--- and one for the rest.  Within a group their order is the scenario's; between groups it is a
--- matter of microseconds.  What is a time, a number of a process or a description of the room
--- itself is left out.
local hash = require("core.hash")
local json = require("core.json")

local M = {}

---@alias tests.differential.Seen table<string, table<string, table[]>> events by scenario, group

--- Of what no two runs have the same, or no two backends: times, numbers, how the room was made.
local LEFT_OUT = {
  at_ms = true, duration_ms = true, open_ms = true, close_ms = true, ms = true, waited_ms = true,
  worker = true, rusage = true, isolation = true, probes = true, id = true, workers = true,
  memory = true, from = true, wait_ms = true, room = true, container = true,
}

local OF_CONTAINER = "^container:" -- how an artifact and a note of a failure begin that tell of one

--- Events that tell of the run, or of time alone.
local IS_OF_RUN = { run_begin = true, run_end = true, slow = true }

local function plain(text)
  text = text:gsub("%d+%.?%d* m?s%f[%A]", "<time>")
  text = text:gsub("(%(?pid )%d+", "%1<n>")
  text = text:gsub("port %d%d%d%d%d%f[%D]", "port <free>")
  text = text:gsub("%d%d/%a%a%a/%d%d%d%d %d%d:%d%d:%d%d", "<date>")
  text = text:gsub("/tmp/lua_%w+", "<tmp>")
  text = text:gsub("%-%-backend %l+", "--backend <it>")
  return text
end

--- Leaves out of a list of marks what is a time.
local function without_slow(marks)
  local list = {}
  for _, mark in ipairs(marks) do
    list[#list + 1] = mark ~= "slow" and mark or nil
  end
  return list
end

--- Leaves out of the notes of a failure what an engine says of a container.
local function without_container(notes)
  local list = {}
  for _, note in ipairs(notes) do
    list[#list + 1] = not note:find(OF_CONTAINER) and plain(note) or nil
  end
  return list
end

--- Copies a value without what is left out.
local function reduced(value)
  if type(value) == "string" then
    return plain(value)
  elseif type(value) ~= "table" then
    return value
  end
  local copy = {}
  for key, inner in pairs(value) do
    if key == "marks" then
      copy.marks = without_slow(inner)
    elseif key == "notes" then
      copy.notes = without_container(inner)
    elseif not LEFT_OUT[key] then
      copy[key] = reduced(inner)
    end
  end
  if copy.kind == "process" then
    copy.name = nil -- of a leak: one that has not begun its program yet has the name of its parent
  elseif type(copy.leaked) == "table" then
    copy.leaked = #copy.leaked
  end
  if copy.timed_out then -- which processes a deadline finds is a matter of microseconds
    copy.leaked, copy.leaks = nil, nil
  end
  return copy
end

local function group_of(event)
  local attempt = event.attempt and (" of attempt %d"):format(event.attempt) or ""
  if event.step and event.event ~= "snapshot" then
    return ("step %d%s"):format(event.step, attempt)
  elseif event.service then
    return "service " .. event.service
  elseif event.event == "hook" then
    return "hook " .. event.hook .. attempt
  end
  return "scenario"
end

--- Joins the pieces of an output: where they were cut is a matter of time.
local function add_output(events, event)
  local text = event.base64 and assert(hash.unbase64(event.base64)) or event.text or ""
  for _, other in ipairs(events) do
    if other.event == "output" and other.stream == event.stream then
      other.text = other.text .. text
      other.bytes, other.cut = other.bytes + event.bytes, other.cut + event.cut
      return
    end
  end
  events[#events + 1] = { event = "output", stream = event.stream, text = text,
    bytes = event.bytes, cut = event.cut }
end

--- Outputs stand behind all else, stderr behind stdout; the end of a service that did not come up
--- behind its failure, which is told while it is killed.
local function in_order(events)
  local function rank(event)
    return event.event == "output" and (event.stream == "stdout" and 1 or 2) or 0
  end
  for i = 2, #events do
    if events[i].event == "service_failed" and events[i - 1].event == "service_end" then
      events[i], events[i - 1] = events[i - 1], events[i]
    end
  end
  local list, outputs = {}, {}
  for _, event in ipairs(events) do
    if rank(event) > 0 then
      event.text = plain(event.text)
      outputs[#outputs + 1] = event
    else
      list[#list + 1] = event
    end
  end
  table.sort(outputs, function(a, b)
    return rank(a) < rank(b)
  end)
  return table.move(outputs, 1, #outputs, #list + 1, list)
end

--- Reads the events of a run.
---@param text string a JSON object on each line
---@return tests.differential.Seen
---@nodiscard
function M.read(text)
  local seen = {}
  for line in text:gmatch("[^\n]+") do
    local event = assert(json.decode(line))
    local id = event.id or event.file
    local is_bundle = event.event == "artifact" and event.name:find(OF_CONTAINER)
    if not IS_OF_RUN[event.event] and not is_bundle then
      seen[id] = seen[id] or {}
      local name = group_of(event)
      local events = seen[id][name] or {}
      seen[id][name] = events
      if event.event == "output" then
        add_output(events, event)
      else
        events[#events + 1] = reduced(event)
      end
    end
  end
  for _, groups in pairs(seen) do
    for name, events in pairs(groups) do
      groups[name] = in_order(events)
    end
  end
  return seen
end

return M
