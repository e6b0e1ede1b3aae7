--- Lint rule L002: an expectation that everything meets.
local regex = require("core.regex")

local TEXTS = { "", "\n", "x", "error: no such file\n", "1234 \t -+*/", "ÄÖ\nline\n\nline" }

--- Says whether an expression is found in every text: it is found in texts that share nothing.
local function is_everywhere(pattern)
  -- what needs one character that is written plainly is not found in the empty text
  if type(pattern) ~= "string" or pattern:find("^[%w ][%w ]") and not pattern:find("[|*?{]") then
    return false
  end
  local compiled = regex.compile(pattern)
  for _, text in ipairs(compiled and TEXTS or {}) do
    if not compiled:find(text) then -- the empty text is the first: most end there
      return false
    end
  end
  return compiled ~= nil
end

local function tell(cx, t, k, what)
  cx:report({ place = cx:item(t, k), message = what, help = "say what the right answer is" })
end

local function judge_list(cx, list)
  for i = 1, list and #list or 0 do
    if is_everywhere(list[i]) then
      tell(cx, list.t, list.k or i, "the expression is found in every text")
    end
  end
end

local function judge_step(cx, step)
  local value = step.checked.value
  judge_list(cx, value.expected_output_regex)
  judge_list(cx, value.expected_output_regex_stderr)
  local expect = value.expect
  local stdout, stderr = expect and expect.value.stdout, expect and expect.value.stderr
  judge_list(cx, stdout and stdout.value.matches)
  judge_list(cx, stderr and stderr.value.matches)
  local duration = expect and expect.value.duration_ms
  if duration and duration.value.gt == 0 and duration.value.lt == nil then
    tell(cx, duration.raw, "gt", "every step takes more than 0 ms")
  end
end

--- A count that every number meets: at least 0, and nothing else.
local function is_any_count(raw)
  return type(raw) == "table" and raw.gte == 0 and raw.eq == nil and raw.lte == nil
end

local function judge_span(cx, span)
  if is_any_count(span.count) then
    tell(cx, span.checked.raw, "count", "every number of spans is at least 0")
  end
end

local function judge_counts(cx, expect)
  local counts = expect.counts
  for name, bounds in pairs(type(counts) == "table" and counts or {}) do
    if is_any_count(bounds) then
      tell(cx, counts, name, "every number is at least 0")
    end
  end
  local by_name = type(counts) == "table" and counts.by_name
  for name, bounds in pairs(type(by_name) == "table" and by_name or {}) do
    if is_any_count(bounds) then
      tell(cx, by_name, name, "every number is at least 0")
    end
  end
end

return {
  code = "L002",
  name = "vacuous-expectation",
  severity = "warning",
  needs = {
    words = { "matches", "expected_output_regex", "duration_ms", "gte" },
    facts = { "empty expression", "duration.gt" },
  },
  docs = {
    summary = "An expectation that every output meets",
    why = [[
The expression is found in every text, or the bound holds for every number. The check is green
whatever the program does, which is worse than no check: it looks like one.]],
    bad = [==[
[[steps]]
name = "version"
command = ["sh", "-c", "echo 1.2"]
expect.stdout.matches = ".*"
]==],
    good = [==[
[[steps]]
name = "version"
command = ["sh", "-c", "echo 1.2"]
expect.stdout.matches = '^\d+\.\d+$'
]==],
  },
  tests = {
    ok = {
      '[[steps]]\nname = "a"\ncommand = ["ls"]\nexpect.stdout.matches = "^x*$"\n',
      '[[steps]]\nname = "a"\ncommand = ["ls"]\nexpect.duration_ms = { gt = 0, lt = 9 }\n',
      '[expect.counts]\nspans_total = { gte = 1 }\n',
    },
    bad = {
      { code = '[[steps]]\nname = "a"\ncommand = ["ls"]\nexpected_output_regex = ["a", "b*"]\n',
        at = { 5, 31 } },
      { code = '[[steps]]\nname = "a"\ncommand = ["ls"]\nexpect.duration_ms.gt = 0\n',
        at = { 5, 25 } },
      { code = '[expect.counts]\nspans_total = { gte = 0 }\nby_name."a*" = { gte = 0 }\n',
        count = 2 },
      { code = '[[expect.span]]\nname = "a"\ncount = { gte = 0 }\n', at = { 4, 9 } },
    },
  },
  visit = {
    step = judge_step,
    span = judge_span,
    expect = judge_counts,
  },
}
