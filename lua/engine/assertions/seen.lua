--- What rules of [assertions] are shown of a scenario: plain values, and only what was observed.
local M = {}

---@class clnrm.assertions.Seen
---@field name string
---@field file string
---@field duration_ms number         of its steps, the start of services among them
---@field isolation? table<string, string> what its room really had
---@field allowed_hosts string[]     that its policy lets it reach
---@field inherited string[]         variables of the environment that its room was given
---@field published string[]         ports of it that were open to the machine
---@field steps clnrm.assertions.Step[] those that were run, in their order
---@field services string[]          those that it needed

---@class clnrm.assertions.Step
---@field name string
---@field verdict string
---@field exit_code? integer
---@field signal? integer
---@field timed_out boolean
---@field duration_ms? number
---@field stdout_bytes? integer
---@field stderr_bytes? integer
---@field max_rss_kb? integer
---@field leaked string[]            processes that outlived it
---@field earlier_attempts integer

--- Notes of a step what rules are shown; nothing of its outputs is kept.
---@param observed engine.run.Observed
---@return table
function M.note(observed)
  return {
    exit_code = observed.exit_code,
    signal = observed.signal,
    timed_out = observed.timed_out or false,
    duration_ms = observed.duration_ms,
    stdout_bytes = observed.stdout and observed.stdout.bytes,
    stderr_bytes = observed.stderr and observed.stderr.bytes,
    max_rss_kb = observed.rusage and observed.rusage.max_rss_kb,
  }
end

local function step_of(entry)
  local step = {
    name = entry.step.name,
    verdict = entry.judgement.verdict,
    leaked = table.move(entry.leaked or {}, 1, #(entry.leaked or {}), 1, {}),
    earlier_attempts = entry.attempts and #entry.attempts or 0,
    timed_out = false,
  }
  for key, value in pairs(entry.noted or {}) do
    step[key] = value
  end
  return step
end

local function isolation_of(cx)
  local room = cx.entry.room
  if not room or not room.isolation then
    return nil
  end
  local out = {}
  for part, value in pairs(room.isolation) do
    out[part] = tostring(value)
  end
  return out
end

--- Lists the ports of the file's services that are open to the machine.
local function published(cx)
  local list, needed = {}, {}
  for _, name in ipairs(cx.scenario.services or list) do
    needed[name] = true
  end
  for _, service in ipairs(cx.scenario.suite.services or list) do
    for _, port in ipairs(needed[service.name] and service.ports or {}) do
      if port.host then
        list[#list + 1] = ("%d of %s"):format(port.port, service.name)
      end
    end
  end
  return list
end

--- Names the hosts that a policy lets a room reach.
local function allowed(policy)
  local list = {}
  for _, host in ipairs(policy and policy.hosts or list) do
    list[#list + 1] = host.name
  end
  return list
end

--- Describes a scenario that is over.
---@param cx engine.run.Context
---@return clnrm.assertions.Seen
function M.of(cx)
  local scenario, steps = cx.scenario, {}
  for i, entry in ipairs(cx.course.steps) do
    steps[i] = step_of(entry)
  end
  local room = scenario.suite.room or {}
  local function copy(list)
    return table.move(list or {}, 1, #(list or {}), 1, {})
  end
  return {
    name = scenario.name,
    file = scenario.file,
    duration_ms = cx.course.duration_ms,
    isolation = isolation_of(cx),
    allowed_hosts = allowed(scenario.policy),
    inherited = copy(room.inherit_env),
    published = published(cx),
    steps = steps,
    services = copy(scenario.services),
  }
end

return M
