--- Examples of family T: verdicts of steps and services.  See engine.codes.examples for the form.
local JSON = '[[steps]]\nname = "json"\ncommand = ["echo", \'{"a": 1}\']\n'
local HI = '[[steps]]\nname = "hi"\ncommand = ["echo", "hi"]\n'
local WEB = '[services.web]\ncommand = ["python3", "-m", "http.server", "8080"]\n'

--- A step that prints a text, and what is expected of it.
local function echo(text, expect)
  return ('[[steps]]\nname = "print"\ncommand = ["echo", "%s"]\n%s\n'):format(text, expect)
end

--- A step that writes a file, and what is expected of it.
local function file(expect)
  return '[[steps]]\nname = "write"\ncommand = "umask 022; echo hi > out.txt"\n' .. expect .. "\n"
end

--- A step that runs a command and nothing else.
local function step(command, keys)
  return ('[[steps]]\nname = "step"\ncommand = "%s"\n%s'):format(command, keys or "")
end

local FLOOD = "yes | head -c 70000000"

---@type table<string, engine.codes.Example>
return {
  T001 = { bad = step("exit 2"), good = step("exit 2", "expected_exit_code = 2\n") },
  T002 = {
    bad = step("kill -SEGV $$", "should_fail = true\n"),
    good = step("sh -c 'kill -SEGV $$'; exit 0"),
  },
  T003 = {
    bad = step("true", "should_fail = true\n"),
    good = step("false", "should_fail = true\n"),
  },
  T004 = {
    bad = '[[steps]]\nname = "step"\ncommand = ["no-such-tool"]\n',
    good = '[[steps]]\nname = "step"\ncommand = ["true"]\n',
  },
  T005 = {
    bad = step("sleep 60", 'timeout = "200ms"\n'),
    good = step("sleep 0.1", 'timeout = "1m"\n'),
  },
  T006 = {
    bad = '[[scenario]]\nname = "slow"\ntimeout = "200ms"\nrun = ["sleep", "60"]\n',
    good = '[[scenario]]\nname = "slow"\ntimeout = "1m"\nrun = ["sleep", "0.1"]\n',
  },
  T007 = {
    bad = step("no-such-tool --bad", "should_fail = true\n"),
    good = step("no-such-tool", "expected_exit_code = 127\n"),
  },
  T101 = {
    bad = echo("Applied 4", "expect.stdout.matches = 'applied (\\d+)'"),
    good = echo("Applied 4", "expect.stdout.matches = '(?i)applied (\\d+)'"),
  },
  T102 = {
    bad = echo("1 error", "expect.stdout.not_matches = '\\d errors?'"),
    good = echo("no error", "expect.stdout.not_matches = '\\d errors?'"),
  },
  T103 = {
    bad = echo("hello", 'expect.stdout.contains = "Hello"'),
    good = echo("hello", 'expect.stdout.contains = "hell"'),
  },
  T104 = {
    bad = echo("warning: old", 'expect.stdout.not_contains = "warning"'),
    good = echo("new", 'expect.stdout.not_contains = "warning"'),
  },
  T105 = {
    bad = HI .. 'expect.stdout.equals = "hi"\n',
    good = HI .. 'expect.stdout.equals = "hi\\n"\n',
  },
  T106 = {
    bad = HI .. 'expect.stdout.starts_with = "Hi"\n',
    good = HI .. 'expect.stdout.starts_with = "h"\n',
  },
  T107 = { bad = HI .. "expect.stdout.lines = 2\n", good = HI .. "expect.stdout.lines = 1\n" },
  T108 = {
    bad = JSON .. 'expect.stdout.json = { "$.a" = "1" }\n',
    good = JSON .. 'expect.stdout.json = { "$.a" = 1 }\n',
  },
  T201 = {
    bad = step("sleep 0.2", "expect.duration_ms.lt = 100\n"),
    good = step("sleep 0.2", "expect.duration_ms.gt = 100\n"),
  },
  T301 = {
    bad = file('expect.file."other.txt".exists = true'),
    good = file('expect.file."out.txt".exists = true'),
  },
  T302 = {
    bad = file('expect.file."out.txt".mode = "0600"'),
    good = file('expect.file."out.txt".mode = "0644"'),
  },
  T303 = {
    bad = file(('expect.file."out.txt".sha256 = "%s"'):format(("0"):rep(64))),
    good = file('expect.file."out.txt".sha256 = '
      .. '"98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4"'),
  },
  T401 = {
    bad = step("mkdir out", 'expect.file.out.contains = "hi"\n'),
    good = step("echo hi > out", 'expect.file.out.contains = "hi"\n'),
  },
  T402 = {
    bad = step(FLOOD, 'expect.stdout.not_contains = "error"\n'),
    good = step(FLOOD .. " > out; grep -c error out", "expected_exit_code = 1\n"
      .. 'expect.stdout.equals = "0\\n"\n'),
  },
  T403 = {
    bad = step("head -c 5000 /dev/zero | tr '\\\\0' a; echo '!'",
      "expect.stdout.not_matches = '^(a|aa|a*)+$'\n"),
    good = step("head -c 5000 /dev/zero | tr '\\\\0' a; echo '!'",
      "expect.stdout.not_matches = '^a+$'\n"),
  },
  T404 = { none = "expressions are compiled when the file is read (P106)" },
  T405 = { none = "a bug of clnrm" },
  T408 = {
    bad = step("true", 'capture = { id = "stdout" }\n'),
    good = step("echo 7", 'capture = { id = "stdout" }\n'),
  },
  T501 = { none = "the end of each command is seen, unless clnrm or its agent is broken" },
  T502 = { none = "tests/lies and tests/c/test_agent_attack.c attack the agent" },
  T503 = { none = "a bug of clnrm: every step of a file is run in its place" },
  T504 = { none = "told with the step that it is about, under that step's own code" },
  T505 = {
    bad = '[[scenario]]\nname = "s"\nexpect_failure = true\nrun = ["true"]\n',
    good = '[[scenario]]\nname = "s"\nexpect_failure = true\n[[scenario.steps]]\nname = "hi"\n'
      .. 'command = ["echo", "hi"]\nexpect.stdout.contains = "ho"\n',
  },
  T506 = { none = "a flaky test is good, so that the run ends with 0" },
  T507 = {
    lang = "sh",
    bad = [=[
printf '[meta]\nname = "x"\nrequires = "podman"\n[[steps]]\nname = "s"\n' > x.clnrm.toml
printf 'command = ["echo", "hi"]\nexpect.stdout.contains = "hi"\n' >> x.clnrm.toml
clnrm run --strict x.clnrm.toml
]=],
    good = [=[
printf '[meta]\nname = "x"\nrequires = "sandbox"\n[[steps]]\nname = "s"\n' > x.clnrm.toml
printf 'command = ["echo", "hi"]\nexpect.stdout.contains = "hi"\n' >> x.clnrm.toml
clnrm run --strict x.clnrm.toml
]=],
  },
  T508 = {
    lang = "sh",
    bad = [=[
printf '[meta]\nname = "x"\n[[steps]]\nname = "s"\ncommand = ["true"]\n' > x.clnrm.toml
clnrm run --strict x.clnrm.toml
]=],
    good = "clnrm run --strict hello.clnrm.toml\n",
  },
  T510 = {
    bad = '[hooks]\nbefore_each = ["false"]\n' .. step("true"),
    good = '[hooks]\nbefore_each = ["true"]\n' .. step("true"),
  },
  T520 = {
    bad = "[assertions]\ncontainer_should_have_executed_commands = 2\n" .. step("true"),
    good = "[assertions]\ncontainer_should_have_executed_commands = 1\n" .. step("true"),
  },
  T521 = {
    lang = "sh",
    bad = [=[
mkdir assertions
echo 'return { check = function() end }' > assertions/is_mine.lua
printf '[assertions]\nis_mine = true\n' >> hello.clnrm.toml
clnrm run hello.clnrm.toml
]=],
    good = [=[
mkdir assertions
echo 'return { check = function(_, seen) return #seen.steps == 1 end }' > assertions/is_mine.lua
printf '[assertions]\nis_mine = true\n' >> hello.clnrm.toml
clnrm run hello.clnrm.toml
]=],
  },
  T601 = {
    bad = WEB .. 'wait = { port = 8000, timeout = "500ms" }\n' .. HI,
    good = WEB .. "wait = { port = 8080 }\n" .. HI,
  },
  T602 = {
    bad = '[services.web]\ncommand = ["false"]\nwait = { port = 8080 }\n' .. HI,
    good = WEB .. "wait = { port = 8080 }\n" .. HI,
  },
  T603 = {
    bad = '[services.web]\ncommand = ["sleep", "0.2"]\n' .. step("sleep 30"),
    good = '[services.web]\ncommand = ["sleep", "60"]\n' .. step("sleep 0.3"),
  },
  T604 = {
    bad = '[services.setup]\nkind = "task"\ncommand = ["false"]\n' .. HI,
    good = '[services.setup]\nkind = "task"\ncommand = ["true"]\n' .. HI,
  },
  T605 = {
    bad = '[services.old]\n'
      .. 'command = ["python3", "-u", "-m", "http.server", "-b", "127.0.0.1", "9000"]\n'
      .. 'wait = { log = "Serving HTTP" }\n'
      .. '[services.new]\ncommand = "echo starting; sleep 60"\ndepends_on = ["old"]\n'
      .. 'wait = { port = 9000, timeout = "1s" }\n'
      .. step("true", 'service = "new"\n'),
    good = WEB .. "wait = { port = 8080 }\n" .. step("true", 'service = "web"\n'),
  },
  T606 = {
    bad = '[services.web]\ncommand = ["no-such-server"]\n' .. HI,
    good = '[services.web]\ncommand = ["sleep", "60"]\n' .. HI,
  },
  T607 = {
    bad = WEB .. 'health_check = { cmd = ["false"], interval = "100ms", retries = 2 }\n'
      .. HI,
    good = WEB .. 'health_check = { cmd = ["true"], interval = "100ms", retries = 2 }\n' .. HI,
  },
  T608 = { none = "what cannot be given differs from machine to machine" },
  T609 = { none = "a bug of clnrm: no step runs before its services are ready" },
}
