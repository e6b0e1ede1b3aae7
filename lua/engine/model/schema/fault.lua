--- Schema of [[fault]].
local common = require("engine.model.types.common")
local duration = require("engine.model.duration")
local of = require("engine.model.schema.service_types")
local record = require("engine.model.record")
local types = require("engine.model.types")

local key = record.key

local ANY_TIME = types.duration({ zero = true })

--- Reads a moment: a time, or a step.
local function check_at(_, value, cx, t, k)
  local side, step
  if type(value) == "string" then
    side, step = value:match("^(%a+):(.+)$")
  end
  if side == "before" or side == "after" then
    return { [side] = step, text = value }
  elseif side then
    return common.refuse(cx, t, k, ("is no moment: %s"):format(cx:quote(value)),
      'expected "2s", "before:STEP" or "after:STEP"')
  end
  local ms = ANY_TIME:check(value, cx, t, k)
  return ms and { ms = ms, text = duration.format(ms) }
end

local MOMENT = { check = check_at, expects = "a time, or a step" }
local AT = types.either(MOMENT.expects, { integer = MOMENT, string = MOMENT }, '"2s"')

local CLOCK = "no backend can: what a room shows as the time of day is the machine's own, and its "
  .. "kernel has no other one to give"

local M = record.new({
  title = "[[fault]]",
  sample = '{ kind = "pause", service = "db" }',
  intro = [=[
```toml
[[fault]]
kind = "net_delay"
service = "db"
delay = "300ms"
at = "before:read it"
for = "5s"
```

A fault is really made to a service while the steps run, and healed. What cannot be made, and a
fault whose moment never came, is an error. See [faults](../chaos.md).
]=],
  keys = {
    key("kind", types.one_of({
      "kill", "stop", "pause", "net_delay", "net_loss", "net_bandwidth", "net_partition",
      "disk_full", "memory", "cpu",
    }, '"pause"', { "clock_skew" }), "What happens.",
      { required = true, unenforced = { clock_skew = CLOCK } }),
    key("service", types.name('"db"'),
      "To which service.", { required = true }),
    key("at", AT,
      'When: a time after the steps of the scenario begin, "before:STEP" or "after:STEP".',
      { default = "0s", tried = { "when", "after", "before" } }),
    key("for", types.duration(), "How long; without it until the scenario's steps are over.",
      { tried = { "duration", "lasts" } }),
    key("scenario", types.name('"rolls back"'),
      "Only in this scenario; else in each that needs the service and has the step."),
    key("optional", types.boolean(),
      "It is no error when its moment never comes: the steps are over before.",
      { default = false }),
    key("signal", types.one_of({ "SIGKILL", "SIGTERM", "SIGINT", "SIGQUIT", "SIGABRT" }),
      "Of `kill`: what it is killed by.", { default = "SIGKILL" }),
    key("delay", types.duration(), "Of `net_delay`: what a round trip takes longer.",
      { sample = '"300ms"', tried = { "latency" } }),
    key("loss", types.number(0.001, 0.99, "0.2"), "Of `net_loss`: the share that is lost.",
      { sample = "0.2" }),
    key("seed", types.integer(0), "Of `net_loss`: the same number loses the same pieces.",
      { default = 1 }),
    key("bandwidth", of.size(), "Of `net_bandwidth`: bytes a second, on each way.",
      { sample = '"64k"', tried = { "rate" } }),
    key("path", types.argument({
      expects = "an absolute path",
      sample = '"/data"',
      test = function(value)
        return value:sub(1, 1) ~= "/" and "is not absolute" or nil
      end,
    }),
      "Of `disk_full`: a directory of a tmpfs of the service; by default its working directory."),
    key("memory_mb", types.integer(1, 1 << 24), "Of `memory`: its limit meanwhile, in MiB."),
    key("cpu_millicores", types.integer(10, 1000000),
      "Of `cpu`: its limit meanwhile; 1000 is one processor."),
  },
})

return record.list(M)
