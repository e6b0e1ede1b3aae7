--- Lint rule L013: a timeout that another one comes before.
local function timeout_of(checked)
  local value = checked and checked.value
  return value and (value.timeout or value.metadata and value.metadata.value.timeout)
end

local function file_timeout(cx)
  local root = cx.nodes.file[1].checked.value
  return timeout_of(root.meta) or timeout_of(root.test)
end

return {
  code = "L013",
  name = "timeout-never-reached",
  severity = "warning",
  needs = {
    words = { "timeout" },
    facts = { { "step.timeout" }, { "scenario.timeout", "scenario.timeout_ms", "meta.timeout" } },
  },
  docs = {
    summary = "A timeout that is never reached",
    why = [[
The deadline of the scenario or of the file is over before that of the step: the step's own never
does anything, and its failure is told as that of the whole.]],
    bad = [==[
[[scenario]]
name = "slow"
timeout = "10s"
[[scenario.steps]]
name = "wait"
command = ["ls"]
timeout = "1m"
]==],
    good = [==[
[[scenario]]
name = "slow"
timeout = "2m"
[[scenario.steps]]
name = "wait"
command = ["ls"]
timeout = "1m"
]==],
  },
  tests = {
    ok = { '[[steps]]\nname = "a"\ncommand = ["ls"]\ntimeout = "1h"\n' },
    bad = {
      { code = 'meta.timeout = 5\n[[steps]]\nname = "a"\ncommand = ["ls"]\ntimeout = "6s"\n',
        at = { 5, 11 } },
    },
  },
  visit = {
    step = function(cx, step)
      local own = step.checked.value.timeout
      if not own then
        return
      end
      local owner = step.owner.kind == "scenario" and step.owner.checked.value or {}
      local outer = owner.timeout or owner.timeout_ms
      local whole = file_timeout(cx)
      local least = math.min(outer or math.huge, whole or math.huge)
      if least < own then
        cx:report({
          node = step,
          key = "timeout",
          message = ("the deadline of the %s comes first, after %g s"):format(
            least == outer and "scenario" or "file", least / 1000),
          help = "make one of the two fit the other",
        })
      end
    end,
  },
}
