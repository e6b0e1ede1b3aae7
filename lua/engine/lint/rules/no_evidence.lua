--- Lint rule L001: a scenario in which nothing can fail.
local commands = require("engine.lint.commands")
local value = require("engine.lint.node").value

--- Judges the steps of a scenario, or those of the file itself.
local function judge(cx, owner)
  local steps = owner.step_nodes
  local own = owner.kind == "scenario" and value(owner, "run") and owner or nil
  if #steps == 0 and not own or value(owner, "assertions") or value(owner, "expect") then
    return
  elseif owner.kind == "scenario" and (cx.nodes.expect or cx.nodes.file[1].assertions) then
    return
  elseif cx.nodes.service or cx.nodes.file[1].hooks ~= nil or owner.timeout ~= nil then
    return -- that they come up, or end in time, is evidence
  elseif own and not commands.cannot_fail(commands.of(own)) then
    return
  end
  for _, step in ipairs(steps) do
    local can_fail = step.timeout ~= nil or step.workdir ~= nil or step.user ~= nil
    if can_fail or commands.has_expectation(step)
      or not commands.cannot_fail(commands.of(step)) then
      return
    end
  end
  local at = steps[1] or own
  cx:report({
    node = at,
    key = steps[1] and "command" or "run",
    message = "nothing here can fail, so its success says nothing",
    label = "ends with 0 whatever happens",
    help = "expect something of the output, or run the program under test",
  })
end

return {
  code = "L001",
  name = "no-evidence",
  severity = "warning",
  -- Every step must be one of these; `:` stands where a word of a shell begins.
  needs = { words = { "true", "echo", "printf", "sleep", '":', "':", "/:", ";:", " :", "\t:", "\n:",
    "\\n:", "\\t:", "\\r:", "\\f:" } },
  docs = {
    summary = "Nothing in the scenario can fail",
    why = [[
Every command of it ends with 0 whatever happens (`true`, `echo`, `sleep`), and nothing is expected
besides: the test is green whether the program under test works or not.]],
    bad = [==[
[[steps]]
name = "done"
command = ["echo", "PASS"]
]==],
    good = [==[
[[steps]]
name = "done"
command = ["sh", "-c", "echo PASS"]
expect.stdout.equals = "PASS\n"
]==],
  },
  tests = {
    ok = {
      '[[steps]]\nname = "a"\ncommand = "test -f x"\n',
      '[[steps]]\nname = "a"\ncommand = ["echo", "x"]\nexpect.stdout.lines = 1\n',
      '[services.db]\nplugin = "redis"\n[[steps]]\nname = "a"\ncommand = ["true"]\n',
    },
    bad = {
      { code = '[[scenario]]\nname = "a"\nrun = ["true"]\n', at = { 4, 7 } },
      { code = '[[steps]]\nname = "a"\ncommand = "echo a; echo b"\n', at = { 4, 11 } },
    },
  },
  visit = {
    file = judge,
    scenario = judge,
  },
}
