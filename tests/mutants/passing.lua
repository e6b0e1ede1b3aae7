--- Steps that pass, with every matcher on every subject: what the mutants are made from.
---
--- Each is `{ name, step, observed, keep = what a flip of it must be }`; `breaks` lists changes of
--- the text under test that no such check may survive.
local json = require("core.json")

local M = {}

local SHA = ("0123456789abcdef"):rep(4)

local function exit_check(expected)
  return { subject = "exit_code", matcher = "equals", expected = expected or 0, key = "exit_code",
    pos = { line = 1, column = 1, offset = 0, length = 1 } }
end

local function output(text)
  return { text = text, bytes = #text, cut = 0 }
end

local function observed(fields)
  local all = {
    exit_code = 0,
    timed_out = false,
    duration_ms = 12.5,
    stdout = output("Hello, world\nsecond line\n"),
    stderr = output("warning: none\n"),
    files = {},
  }
  for key, value in pairs(fields or {}) do
    all[key] = value
  end
  return all
end

local function case(name, check, fields)
  if check then
    check.key = ("expect.%s.%s"):format(check.subject, check.matcher)
    check.pos = { line = 2, column = 1, offset = 9, length = 1 }
  end
  return {
    name = name,
    step = { name = "s", argv = { "x" }, index = 1, checks = { exit_check(), check } },
    observed = observed(fields),
    subject = check and check.subject or "exit_code",
    matcher = check and check.matcher or "equals",
    path = check and check.path,
  }
end

--- Everything that text can be asked, a text for which it holds, and texts for which it does not.
local TEXT = {
  { "equals", "Hello, world\n", "Hello, world\n",
    { "", "Hello, world", "hello, world\n", "Hello, world\r\n", "Hello, world\n\n", "x" } },
  { "contains", "world", "Hello, world\n",
    { "", "Hello, World\n", "Hello, worl\nd", "wor\0ld" } },
  { "contains", { "Hello", "world" }, "Hello, world\n", { "", "Hello\n", "world\n" } },
  { "not_contains", "ERROR", "all is well\n", { "ERROR", "all is well\nERROR\n", "xERRORx" } },
  { "not_contains", { "ERROR", "FATAL" }, "all is well\n", { "ERROR", "FATAL" } },
  { "matches", "wor(ld|k)", "Hello, world\n", { "", "Hello, wor\n", "WORLD" } },
  { "matches", "^\\d+\\n$", "42\n", { "", "42", "x42\n", "42\nx", "\n" } },
  { "not_matches", "(?i)error", "all is well\n", { "error", "Error\n", "x\nERROR" } },
  { "starts_with", "Hello", "Hello, world\n", { "", "hello", "xHello", "Hell" } },
  { "ends_with", "world\n", "Hello, world\n", { "", "world", "world\n\n", "orld\n" } },
  { "lines", 2, "a\nb\n", { "", "a\n", "a\nb\nc", "a\nb\n\n" } },
  { "lines", { "a", "b" }, "a\nb\n", { "", "a\n", "b\na\n", "a\nb\nc\n", "a\r\nb\n" } },
  { "json", { path = "$.a[0].b", value = 1 }, '{"a":[{"b":1}]}',
    { "", "{}", '{"a":[{"b":2}]}', '{"a":[{"b":"1"}]}', '{"a":[{"b":1}]', '{"a":[{"b":null}]}' } },
  { "json", { path = "$", value = json.array({ "x" }) }, '["x"]',
    { "[]", '["y"]', '["x","x"]', "{}" } },
}

--- Lists the passing cases.
function M.cases()
  local cases = { case("an exit code of 0") }
  local three = case("an exit code of 3")
  three.step.checks[1].expected, three.observed.exit_code = 3, 3
  cases[#cases + 1] = three
  local listed = case("an exit code of a list")
  listed.step.checks[1].expected, listed.observed.exit_code = { 1, 3 }, 3
  cases[#cases + 1] = listed
  local fails = case("a failure that should be")
  fails.step.checks[1].matcher, fails.step.checks[1].expected = "fails", true
  fails.observed.exit_code, fails.matcher = 1, "fails"
  cases[#cases + 1] = fails
  for _, subject in ipairs({ "stdout", "stderr", "file" }) do
    for i, row in ipairs(TEXT) do
      local path = subject == "file" and "out.txt" or nil
      local made = case(("%s %s (%d)"):format(subject, row[1], i),
        { subject = subject, matcher = row[1], expected = row[2], path = path })
      if path then
        made.observed.files[path] = { kind = "file", mode = 420, size = #row[3], content = row[3] }
      else
        made.observed[subject] = output(row[3])
      end
      made.broken_texts = row[4]
      cases[#cases + 1] = made
    end
  end
  for _, subject in ipairs({ "stdout", "stderr" }) do
    local made = case(subject .. " snapshot",
      { subject = subject, matcher = "snapshot", expected = "n" })
    made.observed[subject] = output("one\ntwo\n")
    made.observed.snapshots = { [made.step.checks[2]] = { name = "n", shown = "n", of = subject,
      writes = true, stored = { of = subject, text = "one\ntwo\n" } } }
    made.broken_texts = { "", "one\ntwo", "one\n", "one\r\ntwo\n", "one\ntwo\n\n", "One\n" }
    cases[#cases + 1] = made
  end
  cases[#cases + 1] = case("a duration below", { subject = "duration_ms", matcher = "lt",
    expected = 100 })
  cases[#cases + 1] = case("a duration above", { subject = "duration_ms", matcher = "gt",
    expected = 5 })
  local function file(name, matcher, expected, seen)
    cases[#cases + 1] = case(name, { subject = "file", matcher = matcher, expected = expected,
      path = "f" }, { files = { f = seen } })
  end
  file("a file that exists", "exists", true, { kind = "file", mode = 420, size = 0 })
  file("a file that does not exist", "exists", false, { kind = "absent" })
  file("a file with a mode", "mode", 384, { kind = "file", mode = 384, size = 0 })
  file("a file with a hash", "sha256", SHA, { kind = "file", mode = 420, size = 3, sha256 = SHA })
  return cases
end

M.output = output

return M
