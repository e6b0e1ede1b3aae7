--- Lint rule L402: a key that says what holds anyway.

-- What holds without these comes from elsewhere: the settings, the service of a step, a module.
local ELSEWHERE = { timeout = true, workdir = true, image = true }

local function judge(cx, node)
  for _, spec in ipairs(node.checked.order) do
    local value = node[spec.name]
    local is_fixed = spec.default ~= nil and not ELSEWHERE[spec.name]
    if is_fixed and value == spec.default and type(value) ~= "table" then
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
The key has the value that holds without it. Off unless it is selected: some like to see it. It is
not told of `timeout`, `workdir` and `image`: without them the settings, or a service, say what
holds.]],
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
    ok = {
      '[[steps]]\nname = "a"\ncommand = ["ls"]\nshould_fail = true\n',
      '[[steps]]\nname = "a"\ncommand = ["ls"]\ntimeout = "30s"\nworkdir = "/room"\n',
    },
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
