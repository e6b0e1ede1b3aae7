--- Family T, second part: the verdicts of Lua tests, T701 and on.
---@type table<string, engine.codes.Page>
return {
  T701 = {
    title = "An assertion failed",
    text = [[
A plain `assert` of a Lua test got false or nil. Of `assert(a == b)`, and of `~=`, `<`, `<=`, `>`
and `>=`, both sides are shown with their source and their value. `==` of two tables asks whether
they are the same table: `clnrm.expect(a):equals(b)` compares what is in them.]],
  },
  T702 = {
    title = "The test raised an error",
    text = [[
Something in the test, or in a function that it calls, raised an error that nothing caught. The
place is the innermost line of your own files; `--trace` shows the engine's as well. The verdict is
`error`: the test did not get to say whether what it tests is right.

It is also told of a task of a `clnrm.task.group()` that raised, or still ran when the test ended,
without anybody waiting for it: what it would have found is not known. Wait for each group, with
`group:wait()` or `local group <close> = clnrm.task.group()`.]],
  },
  T703 = {
    title = "A failed check was caught",
    text = [[
An expectation or an assertion failed inside a `pcall` (or a coroutine) of the test, which went on.
The test fails all the same: what was expected was not so. Where a failure is what is tested, use
`clnrm.expect(fn):raises(…)`.]],
  },
  T704 = {
    title = "The test checked nothing",
    text = [[
The test's function returned, and no `clnrm.expect(…)` and no `assert` was evaluated. A test that
looks at nothing must not be green. An `assert` of literals, or of a value that is neither true nor
false, such as `assert(result.exit_code)`, is no evidence: compare it. With `--strict` the verdict
is `error`. Checks of hooks and of fixtures are no evidence: they would be the same for a test that
looks at nothing.]],
  },
  T705 = {
    title = "An expectation without a matcher",
    text = [[
`clnrm.expect(value)` alone checks nothing; a matcher must follow:
`clnrm.expect(value):is_true()`. It also happens when a matcher is left out behind `.no` or
`:eventually{…}`.]],
  },
  T706 = {
    title = "A teardown failed",
    text = [[
The teardown of a fixture, or an `after_each` or `after_all`, raised an error. What it was to clean
up may be left, so no test that depended on it passes.]],
  },
  T707 = {
    title = "A setup failed",
    text = [[
The setup of a fixture, or a `before_each` or `before_all`, raised an error or failed a check. The
test did not begin, or could not go on: the verdict is `error`.]],
  },
  T708 = {
    title = "The test called t:fail",
    text = "The test says itself that it failed, and why.",
  },
  T710 = {
    title = "Not the expected value",
    text = [[
`equals` compares by content: tables are equal when their entries are, `1` equals `1.0`, `"1"` is
not `1`, nan equals nan. What differs is shown by its path: `-` is expected, `+` was seen.]],
  },
  T711 = {
    title = "The value is not in the table",
    text = "`contains` looks for an entry of the table whose value equals the expected one.",
  },
  T712 = {
    title = "A number outside its bounds",
    text = "`lt`, `le`, `gt`, `ge` or `approx` does not hold.",
  },
  T713 = {
    title = "A key is missing",
    text = "`has_keys` needs each of the keys to be there, with a value that is not nil.",
  },
  T714 = {
    title = "Another length",
    text = [[
`has_length` counts the bytes of a text, and all entries of a table, whatever their keys; of a table
with `__len` it takes what `#` says.]],
  },
  T715 = {
    title = "Another kind of value",
    text = [[
`is_true` and `is_false` hold of `true` and `false` alone, not of what counts as true in an `if`;
`is_nil` of nil. `is_type` takes the names of Lua's types, and `integer` and `float`.]],
  },
  T716 = {
    title = "No error, or another one",
    text = [[
`raises` calls the function. A text is a regular expression (PCRE2) that is searched in the error's
message; a table names fields that the raised value must have, such as `{ code = "ENOENT" }`.]],
  },
  T717 = {
    title = "An own matcher does not hold",
    text = "A matcher that the file made by `clnrm.matcher` said false (or, behind `.no`, true).",
  },
  T718 = {
    title = "It holds, and must not",
    text = [[
`.no` negates the next matcher. Of a matcher that takes several things (`has_keys`, `contains`,
`matches`, `json` with lists) it says that none of them may hold.]],
  },
  T719 = {
    title = "The matcher cannot look at this value",
    text = [[
A matcher of texts was asked about a table, or any about nil: that fails, negated or not. So a
misspelt field is seen: `expect(result.stdot).no:contains("error")` is no pass.]],
  },
}
