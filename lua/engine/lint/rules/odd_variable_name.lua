--- Lint rule L026: a variable that no shell can read.
local function judge(cx, node)
  for _, pair in ipairs(node.checked.value.env or {}) do
    local name = pair[1]
    if not name:find("^[%a_][%w_]*$") then
      cx:report({
        node = node,
        key = "env",
        message = ("no shell can read a variable named `%s`"):format(name),
        help = "letters, digits and _",
      })
    end
  end
end

return {
  code = "L026",
  name = "odd-variable-name",
  severity = "warning",
  -- What fits has no such name.
  needs = { words = { "env" }, facts = {} },
  docs = {
    summary = "A variable whose name no shell can read",
    why = [[
The names of variables are letters, digits and `_`. The kernel hands down others as well, but
`$NAME` of a shell cannot name them, and some shells drop them.]],
    bad = [==[
[[steps]]
name = "say"
command = ["ls"]
env = { "build-id" = "1" }
]==],
    good = [==[
[[steps]]
name = "say"
command = ["ls"]
env = { BUILD_ID = "1" }
]==],
  },
  tests = {
    ok = { '[room]\nenv = ["A_1=x"]\n' },
    bad = { { code = '[room]\nenv = ["1A=x"]\n', at = { 3, 7 } } },
  },
  visit = {
    room = judge,
    service = judge,
    step = judge,
  },
}
