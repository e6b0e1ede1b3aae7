--- Differences between the sandbox and rooms of engines that are known, each with its reason.
---
--- An entry is about a file, about what is said of one (`message`: then all of that file), or about
--- one kind of difference (`where`, with `left` and `right`).  One that nothing needs is an error,
--- unless it is about what depends on time (`may`).
local why = dofile("tests/differential/reasons.lua")

---@class tests.differential.Exception
---@field why string
---@field file? string    end of the path of a test file
---@field message? string plain part of a failure's message, in the room of the engine
---@field engine? "docker"|"podman" only of this one
---@field rung? string    only where the agent is reached so, or commands are run ("exec")
---@field where? string   pattern of what differs; without it: all of the file
---@field left? any
---@field right? any
---@field may? boolean

local STEP_OF_DEAD = "^step [^:]*: step_end%.|scenario_end%.leaks|scenario_end%.marks"

---@type tests.differential.Exception[]
return {
  { file = "wrong/service_not_enforced.clnrm.toml", why = why.containers },
  { file = "wrong/service_limits.clnrm.toml", why = why.containers },
  { file = "runs_what_is_forbidden.clnrm.toml", why = why.policies },
  { file = "runs_what_it_wrote.clnrm.lua", why = why.policies },
  { file = "reaches_out_and_swallows_it.clnrm.toml", why = why.policies },

  { file = "ends_a_shared_service.clnrm.toml", why = why.own_place },
  { file = "kills_its_service_last.clnrm.lua", why = why.own_place },
  { file = "kills_its_service_last.clnrm.toml", why = why.own_place },
  { file = "service_on_a_held_port.clnrm.toml", why = why.own_loopback },

  { where = "^service [^:]*: service_end%.signal$", left = 15, right = 9, why = why.first_process },
  { file = "aborts_after_the_answer.clnrm.toml", why = why.first_process },
  { file = "service_crashes_and_it_is_expected.clnrm.toml", why = why.first_process },
  { file = "service_is_killed.clnrm.toml", why = why.first_process },
  { file = "kills_the_agent.clnrm.lua", why = why.same_user,
    where = "stderr_bytes$|output|notes|event %d" },
  { file = "kills_the_agent.clnrm.toml", why = why.same_user,
    where = "stderr_bytes$|output|notes|event %d" },

  { file = "service_dies_between_two_steps.clnrm.toml", why = why.one_end, where = STEP_OF_DEAD },
  { file = "service_is_over_at_once.clnrm.toml", why = why.one_end, where = STEP_OF_DEAD },
  { file = "service_opens_its_port_and_dies.clnrm.toml", why = why.one_end, where = STEP_OF_DEAD,
    may = true },
  { file = "service_leaves_the_foreground.clnrm.toml", why = why.one_end,
    where = "leaked|message|notes|probe" },

  { file = "service_dies_and_the_step_should_fail.clnrm.toml", why = why.later, may = true },
  { file = "service_opens_its_port_and_dies.clnrm.toml", why = why.later, may = true },
  { file = "service_start_caught.clnrm.lua", why = why.later, may = true, where = "notes|probe" },
  { rung = "exec", message = "needs clnrm's agent, which is not in", why = why.no_carrier },
  { rung = "exec", file = "scenarios/http_api.clnrm.lua", why = why.no_carrier },
  { rung = "exec", file = "scenarios/signal.clnrm.toml", why = why.codes },
  { rung = "exec", file = "lies/crash.clnrm.toml", why = why.codes },
  { rung = "exec", file = "lies/should_fail_by_signal.clnrm.toml", why = why.codes },
  { rung = "exec", file = "scenarios/daemon.clnrm.toml", why = why.own_session },
  { rung = "exec", file = "lies/traces_the_agent.clnrm.toml", why = why.shell_first },
  { rung = "exec", file = "lies/file_never_comes.clnrm.toml", why = why.slow, may = true,
    where = "message|notes|probe" },
  { rung = "exec", file = "scenarios/wrong_services.clnrm.toml", why = why.slow, may = true,
    where = "message|notes|probe" },
  { rung = "exec", file = "scenarios/more_api.clnrm.lua", why = why.slow, may = true,
    where = "message" },
  { file = "lies/slow_scenario.clnrm.toml", why = why.slow, may = true },

  { file = "slow_service.clnrm.toml", why = why.later, may = true, where = "message|event 2" },
  { file = "outlives_its_time.clnrm.lua", why = why.later, may = true },

  { file = "settings.clnrm.toml", why = why.variables, where = "output%.|stdout_bytes$" },
  { where = "%.log%.", file = "/nginx.clnrm.toml", why = why.servers },
  { where = "%.log%.", file = "/nginx.clnrm.lua", why = why.servers },
  { where = "notes", file = "/nginx.clnrm.toml", why = why.servers },
  { where = "%.log%.", file = "/postgres.clnrm.toml", why = why.servers },
  { where = "%.log%.|actual$|output", file = "/postgres.clnrm.lua", why = why.servers },
  { where = "%.log%.|notes", file = "/redis.clnrm.toml", why = why.servers },
  { where = "notes", file = "/generic.clnrm.toml", why = why.servers, may = true },
  { where = "%.log%.", file = "/redis.clnrm.lua", why = why.servers },
  { file = "examples/room.clnrm.toml", why = why.owners },
}
