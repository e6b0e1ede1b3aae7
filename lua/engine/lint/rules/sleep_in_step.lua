--- Lint rule L301: a step that waits for a time instead of for something.
local commands = require("engine.lint.commands")

--- Whether a pause may be what is tested, or the end of all: of a step that is timed, or beside
--- others, and of one that nothing follows.
local function is_meant(node, pause)
  if not pause.is_last or pause.is_all and not pause.is_list then
    return false
  end
  local siblings = node.siblings or {}
  if pause.is_list then
    local is_timed = node.kind == "step" and (node.timeout ~= nil or node.expect ~= nil)
    return is_timed or node.parallel or #siblings < 2
  end
  return node.timeout ~= nil or node.parallel or not siblings[(node.index or 0) + 1]
end

local function judge(cx, node)
  local pause = commands.pause(commands.of(node))
  if pause and not is_meant(node, pause) then
    cx:report({
      node = node,
      key = node.kind == "step" and "command" or "run",
      message = ("`%s` waits for a time, not for what is to happen"):format(pause.what),
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
      '[[steps]]\nname = "a"\ncommand = "echo x && sleep 5"\ntimeout = "1s"\n'
        .. '[[steps]]\nname = "b"\ncommand = ["ls"]\n',
      '[[steps]]\nname = "a"\ncommand = "echo x && sleep 5"\n',
      '[[steps]]\nname = "a"\ncommand = ["sh", "-c", "until ./up; do sleep 1; done"]\n',
      '[[steps]]\nname = "a"\ncommand = "echo sleep 5; man sleep; sleepy 5; ./sleep x; ls"\n',
      '[[steps]]\nname = "a"\ncommand = "./up || sleep 5; timeout 9 ./sleep.sh"\n',
    },
    bad = {
      { code = '[[scenario]]\nname = "a"\nrun = "./start; sleep 3; ./ask"\n', at = { 4, 7 } },
      { code = '[[steps]]\nname = "a"\ncommand = ["sleep", "5"]\n[[steps]]\nname = "b"\n'
        .. 'command = ["ls"]\n', at = { 4, 11 } },
      { code = '[[steps]]\nname = "a"\ncommand = ["sh", "-c", "sleep 5; ls"]\n', at = { 4, 11 } },
      { code = '[[steps]]\nname = "a"\ncommand = ["/bin/bash", "-ec", "ls\\nsleep 5\\nls"]\n' },
      { code = '[[steps]]\nname = "a"\ncommand = "ls && sleep 5"\nexpect.stdout.lines = 1\n'
        .. '[[steps]]\nname = "b"\ncommand = ["ls"]\n', at = { 4, 11 } },
      { code = '[[steps]]\nname = "a"\ncommand = "/bin/sleep 5; ls"\n' },
      { code = '[[steps]]\nname = "a"\ncommand = "ls 2>&1; sleep 5; ls"\n' },
      { code = '[[steps]]\nname = "a"\ncommand = "timeout -k 1 9 sleep 5m; ls"\n' },
      { code = '[[steps]]\nname = "a"\ncommand = "( A=1 exec sleep 1.5 >/dev/null ) && ls"\n' },
      { code = '[[steps]]\nname = "a"\ncommand = "if ls; then sleep 5; else ls; fi"\n' },
      { code = '[[steps]]\nname = "a"\ncommand = ["timeout", "9", "sleep", "5"]\n[[steps]]\n'
        .. 'name = "b"\ncommand = ["ls"]\n', at = { 4, 11 } },
    },
  },
  visit = {
    step = judge,
    scenario = judge,
  },
}
