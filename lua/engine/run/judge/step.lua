--- The judge of a step: what was observed of a command goes in, a verdict comes out.
---
--- Pure.  Each rule is one function of `M.rules`; the specs take each away in turn and show the lie
--- that it stops.
---@class engine.run.judge.step
local evaluate = require("engine.run.evaluate")
local findings = require("engine.run.judge.findings")
local lost = require("engine.lost")
local matchers = require("engine.expect.matchers")
local show = require("engine.expect.show")

local M = {}

local finding = findings.new

---@class engine.run.Output what a step wrote to one stream
---@field text string   what was kept: all of it, or head and tail
---@field bytes integer all that was written
---@field cut integer   bytes between head and tail that were not kept
---@field seam integer  length of the head, when something was cut

---@class engine.run.FileSeen
---@field kind? "file"|"directory"|"link"|"other"|"absent"
---@field mode? integer
---@field size? integer
---@field content? string the first bytes of it, when a check reads it
---@field sha256? string
---@field error? core.Error why it could not be looked at

---@class engine.run.Observed of one step
---@field error? core.Error it did not run, or nobody saw how it ended
---@field exit_code? integer
---@field signal? integer
---@field may_be_signal? boolean the exit code is 128 + N, and nobody tells it from a signal's
---@field timed_out boolean
---@field timeout_ms? integer the deadline that was set
---@field timeout_of? "step"|"scenario"|"file"
---@field duration_ms number
---@field stdout engine.run.Output
---@field stderr engine.run.Output
---@field files? table<string, engine.run.FileSeen>
---@field leaked? string[] processes that outlived it
---@field death? engine.service.Failure of a service that it needed; it was killed then
---@field rusage? table

---@class engine.run.Result of one check
---@field check engine.model.Check
---@field ok boolean? nil: could not be evaluated
---@field message? string
---@field detail? engine.expect.Detail
---@field actual? any

--- Evaluates all checks of a step, in their order.
---@param step engine.model.Step
---@param observed engine.run.Observed
---@return engine.run.Result[]
function M.evaluate(step, observed)
  return evaluate.all(step, observed)
end

-- Rules of a step.  Each returns a list of findings, or nothing.  The rules of `M.evidence`
-- come first; when one of them finds something, nothing that follows has a meaning.

local COULD_NOT_START = {
  COMMAND_NOT_FOUND = "T004",
  EACCES = "T004",
  ENOEXEC = "T004",
  ENOENT = "T004",
  ENOTDIR = "T004",
  E2BIG = "T004",
  ELIMIT = "T004",
  ELOOP = "T004",
  ENAMETOOLONG = "T004",
}

--- The key that cannot be kept, by what refuses it.
local AT = { ["container.user"] = "user", ["room.unwatched"] = "command" }

local rules = {}

--- It ran: nothing went wrong before, or instead of, its end.
function rules.ran(step, observed)
  local err = observed.error
  local is_gone = err ~= nil and (err.code == "EAGENT" or err.code == "ESRCH")
  if err == nil or is_gone and observed.death ~= nil then -- which tells why
    return nil
  end
  local code, text = err.code, tostring(err.message or err)
  if COULD_NOT_START[code] then
    local directory = text:match("^(.*) %(chdir%)$")
    local message = directory and "the working directory cannot be entered: " .. directory
    return { finding("fail", "T004", message or "the command could not start: " .. text, {
      detail = { help = err.detail and err.detail.help },
      at = directory and step.places and step.places.workdir and "workdir" or "command",
    }) }
  elseif code == "EPOLICY" then
    local help = err.detail and err.detail.help
    return { finding("error", "H009", text, { detail = { help = help }, at = AT[err.op] }) }
  elseif code == "EPROTO" then
    return { finding("error", "T502", "the room's agent was tampered with: " .. text) }
  elseif code == "ECANCELED" then
    return { finding("infra", "V003", "the run was stopped while the step ran") }
  elseif code == "EOOM" then
    return { finding("fail", "H010", "the room ended with the step: " .. text) }
  end
  local told = lost.of(err)
  return { finding(told.verdict, told.code, told.message, { detail = { help = told.help } }) }
end

--- The services that it needs lived as long as it did; else it was killed, whatever it says.
function rules.service(_, observed)
  local death = observed.death
  if death == nil then
    return nil
  end
  return { finding(death.verdict, death.code, death.message, { service = death }) }
end

local function is_count(value, max)
  return math.type(value) == "integer" and value >= 0 and value <= max
end

--- Its exit status was seen, once: a code or a signal.  The end of a stream is no exit status.
function rules.exit_status(_, observed)
  local code, signal = observed.exit_code, observed.signal
  local is_code = is_count(code, 255) and signal == nil
  local is_signal = code == nil and is_count(signal, 64) and signal > 0
  if is_code or is_signal then
    return nil
  end
  return { finding("infra", "T501", "no exit status of the command was seen") }
end

local function is_whole(output)
  return type(output) == "table"
    and type(output.text) == "string"
    and is_count(output.bytes, math.maxinteger)
    and is_count(output.cut, math.maxinteger)
    and #output.text + output.cut == output.bytes
    and (output.cut == 0 or is_count(output.seam, #output.text))
end

--- Every byte of its output is there or is known to be cut.
function rules.output(_, observed)
  local list = {}
  for _, name in ipairs({ "stdout", "stderr" }) do
    if not is_whole(observed[name]) then
      list[#list + 1] = finding("infra", "T501", "a part of " .. name .. " was lost on its way")
    end
  end
  return list
end

--- How long it took is a number.
function rules.duration(_, observed)
  local ms = observed.duration_ms
  if type(ms) == "number" and ms == ms and ms >= 0 and ms < math.huge then
    return nil
  end
  return { finding("infra", "T501", "how long the command took was not measured") }
end

--- What it had is the step's own timeout, or what others left of the time of all of them.
local function words_of_timeout(observed)
  local of = observed.timeout_of or "step"
  if of ~= "step" then
    return ("the command was killed at the timeout of its %s"):format(of), of
  end
  local ms = observed.timeout_ms
  local limit = ms and (ms >= 1000 and ("%.10g s"):format(ms / 1000) or ms .. " ms")
  local text = limit and " of " .. limit or ""
  return ("the command was killed at the timeout%s (%s)"):format(text, of), of
end

--- It ended by itself before its deadline, whatever it exited with when it was killed.
function rules.deadline(step, observed)
  if observed.timed_out == false then
    return nil
  end
  local message, of = words_of_timeout(observed)
  return {
    finding("timeout", of == "step" and "T005" or "T006", message, {
      at = of == "step" and step.places and step.places.timeout and "timeout" or "command",
      detail = { label = "killed at its deadline" },
    }),
  }
end

local NOT_STARTED = { [126] = "start", [127] = "find" } -- what `sh -c` exits with then

local function is_asked_for(step, code)
  for _, check in ipairs(step.checks) do
    if check.subject == "exit_code" and check.matcher == "equals" then
      local expected = type(check.expected) == "table" and check.expected or { check.expected }
      for _, wanted in ipairs(expected) do
        if wanted == code then
          return true
        end
      end
    end
  end
  return false
end

--- A shell had something to run, unless the step asks for the very code that says it had not:
--- what was never run has not failed as it should.
function rules.found(step, observed)
  local code = observed.exit_code
  local what = step.shell ~= nil and NOT_STARTED[code]
  if not what or is_asked_for(step, code) then
    return nil
  end
  local message = ("the shell could not %s a command (exit %d)"):format(what, code)
  local help = ("if that is what is meant: expected_exit_code = %d"):format(code)
  return { finding("fail", "T007", message, { at = "command", detail = { help = help } }) }
end

--- Each of its checks was evaluated, its exit status is one of them, and nothing else was.
function rules.evaluated(step, _, results)
  local sees_exit, complete = false, #results == #step.checks and #results > 0
  for i, check in ipairs(step.checks) do
    complete = complete and results[i] ~= nil and results[i].check == check
    sees_exit = sees_exit or check.subject == "exit_code"
  end
  if complete and sees_exit then
    return nil
  end
  local what = #step.checks == 0 and "the step has nothing to check"
    or not sees_exit and "the exit status is not checked"
    or ("%d of %s were evaluated"):format(#results, show.count(#step.checks, "check"))
  return { finding("error", "T503", what) }
end

--- Each check that could be evaluated holds.
function rules.held(_, _, results)
  local list = {}
  for _, result in ipairs(results) do
    if result.ok == false then
      local check, detail = result.check, result.detail
      local code = detail and detail.code or matchers[check.matcher].code
      if check.subject == "exit_code" and not (detail and detail.code) then
        code = "T001"
      end
      local fields = { check = check, detail = detail, actual = result.actual }
      list[#list + 1] = finding("fail", code, result.message, fields)
    end
  end
  return list
end

--- Each check could be evaluated.
function rules.clear(_, _, results)
  local list = {}
  for _, result in ipairs(results) do
    if result.ok ~= true and result.ok ~= false then
      local detail = result.detail
      local fields = { check = result.check, detail = detail, actual = result.actual }
      local message = "the check could not be evaluated: " .. tostring(result.message)
      list[#list + 1] = finding("error", detail and detail.code or "T401", message, fields)
    end
  end
  return list
end

local function all_hold(results)
  for _, result in ipairs(results) do
    if result.ok ~= true then
      return false
    end
  end
  return true
end

--- Each value that it is to leave for later steps was found; whether it is asked does not matter
--- once a check says that the step went wrong.
function rules.captured(step, _, results)
  local list = {}
  for i, capture in ipairs(all_hold(results) and step.capture or list) do
    local one = results.captured and results.captured[i]
    local found = one and one.capture == capture and type(one.value) == "string"
    if not found then
      local verdict, code = "error", "T503"
      local message = ("the value of %s was not looked for"):format(show.value(capture.name))
      if one and one.problem then
        verdict, code = one.verdict, one.code
        message = ("there is no value for %s: %s"):format(show.value(capture.name), one.problem)
      end
      list[#list + 1] = finding(verdict, code, message,
        { check = { subject = capture.stream, pos = capture.pos } })
    end
  end
  return list
end

--- Rules by name; those that look for evidence, and those that look at the checks.
M.rules = rules
M.evidence = {
  "ran", "service", "exit_status", "output", "duration", "deadline", "found", "evaluated",
}
M.checks = { "held", "clear", "captured" }

--- What is asked of a command of a Lua test, whose end the test itself checks.
M.script_evidence = { "ran", "service", "exit_status", "output", "duration" }

local NONE = {}

--- Finds the rules of evidence for a step.  That a command of a Lua test could not start, or was
--- given up by the test, is for the test to judge; that its room was lost is not.
local function evidence_of(step, observed)
  if not step.by_script or #step.checks > 0 then
    return M.evidence
  end
  local code = observed.error and observed.error.code
  return (COULD_NOT_START[code] or code == "ECANCELED") and NONE or M.script_evidence
end

--- Decides about a step whose checks were evaluated.
---@param step engine.model.Step
---@param observed engine.run.Observed
---@param results engine.run.Result[]
---@return engine.run.Judgement
---@nodiscard
function M.decide(step, observed, results)
  local list = {}
  findings.apply_first(evidence_of(step, observed), rules, list, step, observed, results)
  if #list == 0 then
    findings.apply(M.checks, rules, list, step, observed, results)
  end
  return { verdict = findings.worst(list), findings = list, results = results }
end

--- Judges a step.
---@param step engine.model.Step
---@param observed engine.run.Observed
---@return engine.run.Judgement
---@nodiscard
function M.judge(step, observed)
  return M.decide(step, observed, M.evaluate(step, observed))
end

return M
