--- What a scenario did: its services, its steps, what it logged, and their outputs.
local line = require("engine.ui.line")
local show = require("engine.ui.show")
local style = require("engine.ui.style")
local words = require("engine.report.words")

local M = {}

local INDENT = (" "):rep(13)

--- Errors of a command that never ran.
local NOT_STARTED = {
  COMMAND_NOT_FOUND = true, EACCES = true, ENOEXEC = true, ENOENT = true, ENOTDIR = true,
  E2BIG = true, ELIMIT = true, ELOOP = true, ENAMETOOLONG = true, EPOLICY = true,
}

local function step_words(step)
  if step.timed_out then
    return "killed at its deadline"
  elseif step.signal then
    return "signal " .. step.signal
  elseif step.exit_code then
    return "exit " .. step.exit_code
  end
  local code = step.error and step.error.code
  if code == "ECANCELED" then
    return "stopped"
  end
  return NOT_STARTED[code] and "did not start" or "its end was not seen"
end

--- Shows an output, each line behind a bar.
local function output_lines(o, name, output)
  local bar = style.paint(o.color, "dim", o.utf8 and "│ " or "| ")
  local out = {}
  for text in (output.text:gsub("\n$", "") .. "\n"):gmatch("(.-)\n") do
    out[#out + 1] = INDENT .. bar .. show.safe(o, text) .. "\n"
  end
  local cut = output.cut and output.cut ~= 0 and ", middle left out" or ""
  local head = ("%s (%s%s)"):format(name, words.count(output.bytes, "byte"), cut)
  return INDENT .. style.paint(o.color, "dim", head) .. "\n" .. table.concat(out)
end

local function usage_words(rusage)
  return rusage and ("cpu %.0f ms, peak %.1f MiB"):format(
    (rusage.user_ms or 0) + (rusage.system_ms or 0),
    (rusage.max_rss_kb or 0) / 1024
  )
end

--- Adds one step, or one attempt of it.
local function add_step(o, out, step, has_output)
  local subject = ("%s: %s"):format(show.safe(o, tostring(step.name)), step_words(step))
  if step.attempt and step.of > 1 and (step.attempt > 1 or step.will_retry) then
    subject = ("%s (attempt %d of %d)"):format(subject, step.attempt, step.of)
  end
  out[#out + 1] = line.format(o, "step " .. step.step, "dim", step.duration_ms, subject,
    usage_words(step.rusage))
  for _, stream in ipairs({ "stdout", "stderr" }) do
    local output = step[stream]
    if has_output and output and output.bytes > 0 then
      out[#out + 1] = output_lines(o, stream, output)
    end
  end
end

--- Renders the steps of a scenario.
---@param o engine.ui.Look
---@param record engine.report.Record
---@param has_output boolean
---@return string
function M.steps(o, record, has_output)
  local out = {}
  for _, step in ipairs(record.steps) do
    add_step(o, out, step, has_output)
  end
  for _, hook in ipairs(record.hooks or {}) do
    local what = hook.module and ("%s, %s"):format(show.safe(o, hook.module), hook.verdict)
      or step_words(hook)
    local where = hook.on == "host" and " on the host" or ""
    local subject = ("%s%s: %s"):format(hook.hook, where, what)
    out[#out + 1] = line.format(o, "hook", "dim", hook.duration_ms, subject)
  end
  for _, step in ipairs(record.steps_left_out or {}) do
    local subject = ("%s: left out"):format(show.safe(o, tostring(step.name)))
    out[#out + 1] =
      line.format(o, "step " .. step.step, "dim", nil, subject, show.safe(o, step.reason))
  end
  for _, entry in ipairs(record.log or {}) do
    out[#out + 1] = line.format(o, "log", "dim", nil, show.safe(o, entry.text))
  end
  return table.concat(out)
end

local function service_words(service)
  local failure = service.failure
  if failure then
    return "failed (" .. tostring(failure.code) .. ")"
  elseif service.ready_ms and service.kind ~= "daemon" then
    return "completed"
  elseif service.ready_ms then
    return ("ready (%s)"):format(words.count(service.probes or 0, "probe"))
  end
  return "not awaited"
end

--- Says how a service ended: "stopped: exit 0", "signal 11".
local function end_words(service)
  local how = service.signal and "signal " .. service.signal
    or service.exit_code and "exit " .. service.exit_code
  if not how or service.kind ~= "daemon" and not service.failure then
    return nil
  end
  return service.asked and "stopped: " .. how or how
end

local HEALED = { ["for"] = "over", heal = "healed", ["end"] = "healed at the end" }

--- Says of a fault how it ended, and whether anything was sent meanwhile, where that is counted.
local function fault_words(fault)
  local parts = { HEALED[fault.healed_by] or "not healed" }
  if fault.held_back then
    parts[2] = ("held back %s"):format(words.count(fault.held_back, "piece"))
  end
  return table.concat(parts, ", ")
end

--- Renders the services of a scenario, and the faults that were made to them.
---@param o engine.ui.Look
---@param record engine.report.Record
---@param has_output boolean
---@return string
function M.services(o, record, has_output)
  local out = {}
  for _, service in ipairs(record.services) do
    local subject = ("%s: %s"):format(show.safe(o, service.name),
      show.safe(o, service_words(service)))
    local ms = service.ready_ms or service.duration_ms
    out[#out + 1] = line.format(o, "service", "dim", ms, subject, end_words(service))
    local lines = service.log and service.log.lines or {}
    if has_output and #lines > 0 then
      local text = table.concat(lines, "\n")
      out[#out + 1] = output_lines(o, "log, its end", { text = text, bytes = #text })
    end
  end
  for _, fault in ipairs(record.faults or {}) do
    out[#out + 1] = line.format(o, "fault", "yellow", fault.duration_ms, show.safe(o, fault.what),
      fault_words(fault))
  end
  return table.concat(out)
end

--- Renders what was collected of a scenario; what could not be, and what is kept of a service that
--- failed, in any case.
---@param o engine.report.HumanOptions
---@param record engine.report.Record
---@return string
function M.artifacts(o, record)
  local out = {}
  for _, one in ipairs(record.artifacts or {}) do
    local name = show.safe(o, one.name)
    if one.error then
      out[#out + 1] = line.format(o, "no artifact", "yellow bold", nil, name,
        show.safe(o, one.error))
    elseif o.verbose >= 1 or one.name:find("^container:") then
      out[#out + 1] = line.format(o, "artifact", "dim", nil, show.safe(o, one.path),
        words.count(one.bytes, "byte"))
    end
  end
  return table.concat(out)
end

--- Says what outlived a test: "process sleep, 5 times", "port 8080 of nc", "file data/x".
---@param leak { kind: string, name: string, process?: string }
---@param times? integer
---@return string # not safe to show
function M.leak_words(leak, times)
  local of = leak.process and " of " .. leak.process or ""
  local often = times and times > 1 and (", %d times"):format(times) or ""
  return ("%s %s%s%s"):format(leak.kind, leak.name, of, often)
end

--- Puts together what is called the same.
---@param leaks? { kind: string, name: string, process?: string, step?: string }[]
---@param by_step? boolean and was left by the same step
---@return { leak: table, times: integer }[] in the order of the first of each
---@nodiscard
function M.fold_leaks(leaks, by_step)
  local list, by_key = {}, {}
  for _, leak in ipairs(leaks or {}) do
    local step = by_step and leak.step or ""
    local key = table.concat({ leak.kind, leak.name, leak.process or "", step }, "\0")
    local one = by_key[key]
    if not one then
      one = { leak = leak, times = 0 }
      by_key[key], list[#list + 1] = one, one
    end
    one.times = one.times + 1
  end
  return list
end

--- Renders what outlived a test, and what could not be looked at.
---@param o engine.ui.Look
---@param record engine.report.Record
---@return string
function M.leaks(o, record)
  local out = {}
  for _, one in ipairs(M.fold_leaks(record.leaks, true)) do
    local leak = one.leak
    local tail = leak.step and show.safe(o, "step " .. tostring(leak.step)) or nil
    local text = show.safe(o, M.leak_words(leak, one.times))
    out[#out + 1] = line.format(o, "leaked", "yellow", nil, text, tail)
  end
  if record.leaks_more then
    out[#out + 1] = line.format(o, "", "dim", nil, ("and %d more"):format(record.leaks_more))
  end
  for _, text in ipairs(record.unwatched or {}) do
    out[#out + 1] = line.format(o, "unwatched", "dim", nil, show.safe(o, text))
  end
  return table.concat(out)
end

return M
