--- Family T, third part: snapshots, T801 and on; secrets, T811 and on.
---@type table<string, engine.codes.Page>
return {
  T801 = {
    title = "Not the stored snapshot",
    text = [[
The output, or the value, is another than the one that was stored (`snapshots/` beside the test
file). What was seen lies beside it as `NAME.snap.new`. If the new one is right, accept it: `clnrm
snapshots review` shows one after the other, `clnrm snapshots accept` takes them without asking.
Then commit the `.snap` file.]],
  },
  T802 = {
    title = "No stored snapshot",
    text = [[
The check compares with a snapshot, and none of that name is stored for this test: it is new, it
was not committed, or the test or the snapshot was renamed. What was never looked at by anybody is
no pass. What was seen is written as `NAME.snap.new`, to be accepted with `clnrm snapshots review`
or `clnrm snapshots accept`; where the variable CI is set, nothing is written. It is also no
failure that `expect_failure` takes.]],
  },
  T803 = {
    title = "A snapshot that cannot be used",
    text = [[
The stored file is damaged, was written by a newer clnrm, is no snapshot at all or lies behind a
link; or what was seen cannot be stored: more than 1 MiB, a function, a table that holds itself.
The verdict is `error`: nothing was compared.]],
  },
  T804 = {
    title = "Two snapshots of one name",
    text = [[
A test compared two things with the same snapshot. Both would be stored in one place, so that one
of them could never be right. Give each a name of its own; in a loop, make it from the item.]],
  },
  T811 = {
    title = "A secret is not given",
    text = [[
The file asks for it under `[secrets]`, or a Lua test with `t:secret`, and neither `--env-file`
nor the environment of clnrm has it (an empty value counts as none). Nothing of the test is run:
with an empty password, it could only say something about another thing than it means to.]],
  },
  T812 = {
    title = "A secret is too short",
    text = [[
A value of less than four bytes cannot be masked without masking half of all output, and a secret
that is shown is none. Give it another value; or, when it is none, write it into the `env` of
`[room]`.]],
  },
}
