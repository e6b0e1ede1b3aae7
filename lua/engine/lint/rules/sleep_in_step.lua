--- Lint rule L301: a step that waits for a time instead of for something.
local commands = require("engine.lint.commands")

local function judge(cx, node)
  local what = commands.pause(commands.of(node))
  local only = commands.of(node) and commands.of(node).argv
  local is_timed = node.kind == "step" and (node.timeout ~= nil or node.expect ~= nil)
  if what and not (only and (is_timed or node.parallel or #(node.siblings or {}) < 2)) then
    cx:report({
      node = node,
      key = node.kind == "step" and "command" or "run",
      message = ("`%s` waits for a time, not for what is to happen"):format(what),
      help = "wait of a service, retry of a step, or a loop that looks",
    })
  end
end

return {
  code = "L301",
  name = "sleep-in-step",
  severity = "warning",
  needs = { words = { "sleep" } },
  docs = {
    summary = "A pause instead of a wait",
    why = [[
A pause is too long on a fast machine and too short on a slow one. Wait for what is to happen:
`wait` and `health_check` of a service, a loop that looks, `retry` of the step.]],
    bad = [==[
[[steps]]
name = "ask"
command = "sleep 2; ls /"
]==],
    good = [==[
[[steps]]
name = "ask"
command = "ls /"
retry = 3
retry_delay = "500ms"
]==],
  },
  tests = {
    ok = {
      '[[steps]]\nname = "a"\ncommand = "until test -f x; do sleep 0.1; done"\n',
      '[[steps]]\nname = "a"\ncommand = ["sleep", "5"]\ntimeout = "1s"\n',
      '[[steps]]\nname = "a"\ncommand = "sleep 5 & wait"\n',
    },
    bad = {
      { code = '[[scenario]]\nname = "a"\nrun = "./start; sleep 3; ./ask"\n', at = { 4, 7 } },
      { code = '[[steps]]\nname = "a"\ncommand = ["sleep", "5"]\n[[steps]]\nname = "b"\n'
        .. 'command = ["ls"]\n', at = { 4, 11 } },
    },
  },
  visit = {
    step = judge,
    scenario = judge,
  },
}
