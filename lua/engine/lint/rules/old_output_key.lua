--- Lint rule L605: an expectation of the output by its older key.
local spelling = require("engine.lint.spelling")
local toml = require("core.toml")

local KEYS = {
  expected_output_regex = "expect.stdout.matches",
  expected_output_regex_not = "expect.stdout.not_matches",
  expected_output_contains = "expect.stdout.contains",
  expected_output_regex_stderr = "expect.stderr.matches",
  expected_output_regex_not_stderr = "expect.stderr.not_matches",
  expected_output_contains_stderr = "expect.stderr.contains",
}

--- Whether a dotted key can stand beside what the step expects already.
local function is_free(cx, raw, path)
  local stream, check = path:match("^expect%.(%w+)%.([%w_]+)$")
  local expect = raw.expect
  if expect == nil then
    return true
  elseif toml.type(expect) ~= "table" or spelling.is_inline(cx, raw, "expect") then
    return false
  end
  local offset = cx.positions:table(expect)
  local is_header = cx.text:sub(offset + 1, offset + 1) == "["
  local own = expect[stream]
  local is_table = toml.type(own) == "table"
  return not is_header and (own == nil
    or is_table and own[check] == nil and not spelling.is_inline(cx, expect, stream))
end

return {
  code = "L605",
  name = "old-output-key",
  severity = "warning",
  default = false,
  fix = "safe",
  needs = { words = { "expected_output_" } },
  docs = {
    summary = "expected_output_… instead of expect.stdout",
    why = [[
`expected_output_regex` and its likes are what `expect.stdout` and `expect.stderr` say, where the
others of their kind stand.]],
    bad = [==[
[[steps]]
name = "say"
command = "echo hello"
expected_output_contains = "hello"
]==],
    good = [==[
[[steps]]
name = "say"
command = "echo hello"
expect.stdout.contains = "hello"
]==],
  },
  tests = {
    bad = {
      {
        code = '[[steps]]\nname = "a"\ncommand = ["ls"]\nexpected_output_regex = ["a"] # re\n'
          .. 'expect.stdout.lines = 1\nexpected_output_contains_stderr = "b"\n',
        count = 2,
        fixed = '[[steps]]\nname = "a"\ncommand = ["ls"]\nexpect.stdout.matches = ["a"] # re\n'
          .. 'expect.stdout.lines = 1\nexpect.stderr.contains = "b"\n',
      },
      { code = '[[steps]]\nname = "a"\ncommand = ["ls"]\nexpected_output_contains = "x"\n'
        .. "expect = 2025-01-01\n", count = 1 }, -- a date is a table of Lua, too
      { code = '[[steps]]\nname = "a"\ncommand = ["ls"]\nexpected_output_contains = "x"\n'
        .. "expect.stdout = 2025-01-01\n", count = 1 },
      { code = 'steps = [{ name = "a", command = ["ls"], expected_output_contains = "x" }]\n',
        fixed = 'steps = [{ name = "a", command = ["ls"], expect.stdout.contains = "x" }]\n' },
      { code = '[[steps]]\nname = "a"\ncommand = ["ls"]\nexpected_output_contains = "x"\n'
        .. '[steps.expect.stderr]\nequals = ""\n' },
    },
  },
  visit = {
    step = function(cx, step)
      local raw = step.checked.raw
      for _, old in ipairs(cx.positions:keys(raw)) do
        local path = KEYS[old]
        if path then
          cx:report({
            node = step,
            key = old,
            at = "key",
            message = ("`%s` is written `%s`"):format(old, path),
            fix = is_free(cx, raw, path) and spelling.rename(cx, raw, old, path) or nil,
            fix_message = ("write `%s`"):format(path),
          })
        end
      end
    end,
  },
}
