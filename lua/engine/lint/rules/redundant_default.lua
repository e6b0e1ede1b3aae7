--- Lint rule L402: a key that says what holds anyway.
local function judge(cx, node)
  for _, spec in ipairs(node.checked.order) do
    local value = node[spec.name]
    if spec.default ~= nil and value == spec.default and type(value) ~= "table" then
      cx:report({
        node = node,
        key = spec.name,
        at = "key",
        message = ("`%s` = %s holds anyway"):format(node.checked.spelt[spec.name], tostring(value)),
        help = "take it out",
        fix = cx:remove(node, spec.name),
      })
    end
  end
end

return {
  code = "L402",
  name = "redundant-default",
  severity = "warning",
  default = false,
  fix = "safe",
  docs = {
    summary = "A key with its default",
    why = [[
The key has the value that holds without it. Off unless it is selected: some like to see it.]],
    bad = [==[
[[steps]]
name = "list"
command = ["ls"]
should_fail = false
]==],
    good = [==[
[[steps]]
name = "list"
command = ["ls"]
]==],
  },
  tests = {
    ok = { '[[steps]]\nname = "a"\ncommand = ["ls"]\nshould_fail = true\n' },
    bad = {
      {
        code = '[[steps]]\nname = "a"\nretry = 0 # none\nexpected_exit_code = 0\n'
          .. 'command = ["ls"]\n',
        count = 2,
        fixed = '[[steps]]\nname = "a"\nretry = 0 # none\ncommand = ["ls"]\n',
      },
    },
  },
  visit = {
    step = judge,
    scenario = judge,
    service = judge,
    room = judge,
  },
}
