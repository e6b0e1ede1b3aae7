--- Family T: test verdicts.  See engine.codes for the form of a page.
---
--- T00x: how the command ended.  T1xx: its output.  T2xx: its duration.  T3xx: files.  T4xx: a
--- check that could not be evaluated.  T5xx: there is no evidence, or it is not to be trusted.
--- T6xx: services.  T7xx: tests in Lua.  T8xx: snapshots and secrets.
--- T9xx: faults.
---@type engine.codes.Family
local M = {
  letter = "T",
  title = "Test verdicts",
  codes = {
    T001 = {
      title = "Another exit code than expected",
      text = [[
The command ended with an exit code that the step does not expect. Without `expected_exit_code` a
step expects 0. What the shell reports is what is judged: of `false; true` it reports `true`, of a
pipeline its last command; write `set -e` or `set -o pipefail` (bash) where an earlier failure
counts.]],
    },
    T002 = {
      title = "Killed by a signal",
      text = [[
The command did not exit: a signal ended it, such as SIGSEGV (it crashed) or SIGKILL (out of
memory, or somebody killed it). A signal is no exit code; `should_fail` does not accept it.]],
    },
    T003 = {
      title = "It should fail, and did not",
      text = "The step says `should_fail = true`, and its command ended with exit code 0.",
    },
    T004 = {
      title = "The command could not start",
      text = [[
There is no such program in the room, it may not be executed, or the step's working directory does
not exist. A room shows the host's programs below /usr and /opt, and the project at /project. This
is a failure also with `should_fail`: nothing ran that could have failed.]],
    },
    T005 = {
      title = "Killed at its deadline",
      text = [[
The step ran longer than its timeout (30 s, unless it says another) and was killed with all its
processes. The message shows what it had printed until then.]],
    },
    T006 = {
      title = "The time of the scenario or of the file is up",
      text = [[
`timeout` of a scenario counts for all its steps together, that of a file for all its scenarios.
The step that ran was killed; those behind it were not begun.]],
    },
    T007 = {
      title = "The shell could not find or start a command",
      text = [[
A command that is text is run by `sh -c`, which exits with 127 when it does not find a program and
with 126 when it may not execute one. Nothing ran that could have failed, so neither `should_fail`
nor `expect_failure` takes these codes; a step that means them names the code.]],
    },
    T101 = {
      title = "No match",
      text = [[
The regular expression (PCRE2) is found nowhere in the output. It is searched in all of it: `^`
and `$` mean its beginning and end, with `(?m)` in front each line's. `(?i)` in front ignores
case. Output on stderr is another thing than output on stdout.]],
    },
    T102 = {
      title = "A match that must not be",
      text = "The output matches an expression that must not match.",
    },
    T103 = {
      title = "The text is not in the output",
      text = "The output does not contain the text, byte for byte. The nearest place is shown.",
    },
    T104 = {
      title = "The text is in the output",
      text = "The output contains a text that it must not contain.",
    },
    T105 = {
      title = "Not the expected text",
      text = [[
The output, or the file, is not exactly the text that is expected: every byte counts. Most
commands end their output with a newline, so the expected text ends with `\n` as well.]],
    },
    T106 = {
      title = "Another beginning or end",
      text = "The output does not start, or does not end, with the text.",
    },
    T107 = {
      title = "Other lines",
      text = [[
The output has another number of lines, or other lines. A newline ends a line; the last line needs
none.]],
    },
    T108 = {
      title = "Other JSON",
      text = [[
The output is no JSON, the path leads nowhere, or another value is there. Values compare by type:
`"1"` is not `1`; `1` and `1.0` are the same number.]],
    },
    T201 = {
      title = "It took another time",
      text = "The command ran longer, or shorter, than `expect.duration_ms` says.",
    },
    T301 = {
      title = "A file that is missing, or that must not be",
      text = [[
The file was looked for after the step. A relative path starts at the step's working directory
(/room, unless it says another).]],
    },
    T302 = {
      title = "Another mode",
      text = "The permission bits of the file are others.",
    },
    T303 = {
      title = "Another SHA-256",
      text = "The content of the file has another SHA-256.",
    },
    T401 = {
      title = "A check that could not be evaluated",
      text = [[
What the check looks at could not be seen: the file cannot be read, or is a directory. The verdict
is `error`: nothing that was not looked at can pass.]],
    },
    T402 = {
      title = "The output was cut",
      text = [[
The output is longer than what is kept of it. Whether a text is *not* in it, or what all of it is,
cannot be said then. Let the step print less, or write to a file and check a part of it.]],
    },
    T403 = {
      title = "The regular expression took too long",
      text = [[
Searching spent its time budget, mostly by backtracking: nested repeats such as `(a+)+` try each
way to split a text. Make the expression simpler, or the output shorter.]],
    },
    T404 = {
      title = "The regular expression cannot be used",
      text = "It does not compile, or the output is too long for it.",
    },
    T405 = {
      title = "Something was not measured",
      text = [[
What the check looks at was not in the result. Of a container without clnrm's agent (another
processor's image, see docs/docker.md) the engine tells a signal N as exit code 128 + N: whether a
command with `should_fail` failed so, or was killed, is then not known. Else this is a bug of the
backend.]],
    },
    T408 = {
      title = "A value could not be captured",
      text = [[
`capture` takes a value for later steps from what a step printed, and there was none: the output
is empty, the expression or the path leads to nothing, or the value cannot be given to a program
(a NUL character, more than 64 KiB). An empty or a wrong value would let the later steps test
something else.]],
    },
    T501 = {
      title = "The end of the command was not seen",
      text = [[
There was no exit status, or a part of the output was lost on its way. The end of a stream is no
exit status: nothing is known about the test.]],
    },
    T502 = {
      title = "The room's agent was tampered with",
      text = [[
The program that runs the steps inside the room said something that it never says. A step may have
tried to write to its descriptors. Whatever the step claims, the verdict is `error`.]],
    },
    T503 = {
      title = "There is nothing to judge",
      text = [[
A step without a check, a scenario without a step, or a step that was left out although nothing
failed before it. A test that looks at nothing must not be green.]],
    },
    T504 = {
      title = "A step did not pass",
      text = "The scenario has the verdict of its worst step; the step's own messages say why.",
    },
    T505 = {
      title = "It passed, though it was expected to fail",
      text = [[
`expect_failure = true` says that the scenario is known to fail. It passed: the bug is gone, or
the scenario does not show it any more. Take `expect_failure` away.]],
    },
    T506 = {
      title = "A step passed only on a later attempt",
      text = [[
The step has `retry`. It failed, and passed when it was tried again: the scenario is `flaky`,
which is neither a pass nor a failure. Below the message stands what the earlier attempts came to.
What was changed in the room by them was there when the step passed.]],
    },
    T507 = {
      title = "What the test requires is not there",
      text = [[
`requires` names what the place must offer in which the test runs: isolation, limits, an engine. It
does not, so the test was not run. Without `--strict` such a test is skipped, with the reason; it
never passes. `clnrm doctor` shows what rooms have here.]],
    },
    T508 = {
      title = "A test that expects nothing",
      text = [[
With `--strict` a test must expect something that its file says: a key of `expect`, an expected
text, an exit code. That commands end with 0 holds also where nobody has thought about it; write
`expected_exit_code = 0` where it is just that.]],
    },
    T510 = {
      title = "A hook failed",
      text = [[
A command of `[hooks]` did not exit with 0 in its time, or a Lua module raised an error, failed a
check or took too long. What it was to prepare is not there, or
what it was to take away still is: the scenario is in error. Of after_all, whose scenarios have
their verdicts already, the file is.]],
    },
    T520 = {
      title = "An assertion does not hold",
      text = [[
A rule that `[assertions]` names was asked when the scenario was over, and said no; the message says
what was seen instead. The rules: docs/assertions.md.]],
    },
    T521 = {
      title = "An assertion could not be evaluated",
      text = [[
What the rule asks about was not seen, the rule gave neither true nor false, or it raised an error.
Nothing is known then, which is no pass.]],
    },
    T601 = {
      title = "A service was not ready in time",
      text = [[
One of the conditions under `wait`, or the `health_check`, did not come true before its `timeout`
(30 s unless it says another; verdict `timeout`). Below the message stand what the last probe saw
and the last lines that the service printed. A port counts only when a process of the service
itself holds it.]],
    },
    T602 = {
      title = "A service ended before it was ready",
      text = [[
Its process exited, or crashed, while it was waited for, or its test stopped it. A service stays in
the foreground: a command that puts itself into the background and returns has ended. For a command
that is to end, such as a migration, write `kind = "task"`.]],
    },
    T603 = {
      title = "A service ended by itself",
      text = [[
It was ready, and then its process exited or crashed although nobody had asked it to stop. A step
that was running was killed: what it would have said of a service that is not there is no verdict.
The test fails even when all its checks had held before. A service that is gone, or about to be,
when clnrm wants to stop it has ended by itself, too; so has one that dies of another signal than
those clnrm sent (a crash while it shuts down).]],
    },
    T604 = {
      title = "A task did not succeed",
      text = [[
A service with `kind = "task"` or `"init"` must exit with 0 (or with the code of `wait.exit`) before
what depends on it may start. It ended otherwise.]],
    },
    T605 = {
      title = "A port is held by another process",
      text = [[
Something answers on the port, but it is not of this service: another service, or a process that
a step left behind. The service itself could not have bound it. Give each its own port.]],
    },
    T606 = {
      title = "A service could not be started",
      text = [[
There is no such program in the room, it may not be executed, or one of the service's files or
volumes could not be put in its place.]],
    },
    T607 = {
      title = "A health check failed",
      text = [[
The command of `health_check` ended with another exit code than 0, `retries` times in a row, after
the `start_period` was over. Below the message stands what it printed last.]],
    },
    T608 = {
      title = "A service asks for what this machine cannot give",
      text = [[
A limit that cannot be enforced here, a program of a service module that is not installed, or a
template that could not be made. What is asked for is never left out: the verdict is `error`. The
message says what is missing.]],
    },
    T609 = {
      title = "A service was used, and nobody saw it ready",
      text = [[
A step needed a service, and nothing was seen of it that says that it was ready. This is a bug of
clnrm; the test has no verdict because of it.]],
    },
  },
}

for _, part in ipairs({ "t_fault", "t_lua", "t_snapshot" }) do
  for code, page in pairs(require("engine.codes." .. part)) do
    M.codes[code] = page
  end
end

return M
