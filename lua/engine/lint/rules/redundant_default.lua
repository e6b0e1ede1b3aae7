--- Lint rule L402: a key that says what holds anyway.

-- What holds without these comes from elsewhere: the settings, the service of a step, a module.
local ELSEWHERE = { timeout = true, workdir = true, image = true }

--- Whether a table holds another spelling of a key: P105, and which of them is meant nobody knows.
local function is_twice(checked, spec)
  local count = checked.raw[spec.name] ~= nil and 1 or 0
  for _, name in ipairs(spec.alias or {}) do
    count = count + (checked.raw[name] ~= nil and 1 or 0)
  end
  return count > 1
end

local function judge(cx, node)
  for _, spec in ipairs(node.checked.order) do
    local value = node[spec.name]
    local is_fixed = spec.default ~= nil and not ELSEWHERE[spec.name]
      and not is_twice(node.checked, spec)
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
      '[[steps]]\nname = "a"\ncommand = ["ls"]\nexpected_exit_code = 0\nexit_code = 3\n',
      '[[steps]]\nname = "a"\ncommand = ["ls"]\nexit_code = 0\nexpected_exit_code = 0\n',
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
