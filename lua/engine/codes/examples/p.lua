--- Examples of family P: test files that cannot be read.  See engine.codes.examples for the form.
local STEP = '[[steps]]\nname = "say"\ncommand = ["echo", "hi"]\n'

---@type table<string, engine.codes.Example>
return {
  P000 = { none = "a file is refused before it is read (E003); only core.toml tells it" },
  P001 = { bad = STEP .. "# caf\xe9\n", good = STEP .. "# café\n" },
  P002 = {
    bad = '[[steps]]\nname = "a\1b"\ncommand = ["true"]\n',
    good = '[[steps]]\nname = "a\\u0001b"\ncommand = ["true"]\n',
  },
  P003 = { bad = "# one\r# two\n" .. STEP, good = "# one\r\n# two\r\n" .. STEP },
  P004 = {
    lang = "sh",
    bad = "iconv -f UTF-8 -t UTF-16 hello.clnrm.toml > wide.clnrm.toml\n"
      .. "clnrm run wide.clnrm.toml\n",
    good = "clnrm run hello.clnrm.toml\n",
  },
  P005 = {
    bad = "[vars]\ndeep = " .. ("["):rep(130) .. ("]"):rep(130) .. "\n" .. STEP,
    good = STEP,
  },
  P006 = {
    lang = "sh",
    bad = "(echo '[[steps]]'; echo 'name = \"say\"'; printf 'command = [\"echo\"'\n"
      .. " yes ', \"x\"' | head -n 50001 | tr -d '\\n'; echo ']') > long.clnrm.toml\n"
      .. "clnrm run long.clnrm.toml\n",
    good = "clnrm run hello.clnrm.toml\n",
  },
  P007 = {
    lang = "sh",
    bad = "(head -c 70000 /dev/zero | tr '\\0' a; echo ' = 1'; cat hello.clnrm.toml)"
      .. " > key.clnrm.toml\n"
      .. "clnrm run key.clnrm.toml\n",
    good = "clnrm run hello.clnrm.toml\n",
  },
  P009 = {
    lang = "sh",
    bad = "(cat hello.clnrm.toml; seq -f 'wrong%g = 1' 101) > many.clnrm.toml\n"
      .. "clnrm run many.clnrm.toml\n",
    good = "clnrm run hello.clnrm.toml\n",
  },
  P010 = { bad = STEP .. '= "a"\n', good = STEP .. 'description = "a"\n' },
  P011 = { bad = "[[steps]]\nname\n", good = STEP },
  P012 = { bad = STEP .. "stdin =\n", good = STEP .. 'stdin = "yes"\n' },
  P013 = {
    bad = '[[steps]]\nname = "a" command = ["true"]\n',
    good = '[[steps]]\nname = "a"\ncommand = ["true"]\n',
  },
  P014 = { bad = '[[steps]\nname = "a"\ncommand = ["true"]\n', good = STEP },
  P015 = {
    bad = '[[steps]]\nname = "say"\ncommand = ["echo" "hi"]\n',
    good = STEP,
  },
  P016 = {
    bad = STEP .. 'env = { A = "1" B = "2" }\n',
    good = STEP .. 'env = { A = "1", B = "2" }\n',
  },
  P017 = { none = "test files are read as TOML 1.1, which allows it; only core.toml tells it" },
  P018 = { none = "test files are read as TOML 1.1, which allows it; only core.toml tells it" },
  P019 = { bad = STEP .. 'stdin = "yes\n', good = STEP .. 'stdin = "yes"\n' },
  P020 = { bad = STEP .. 'stdin = """\nyes\n', good = STEP .. 'stdin = """\nyes\n"""\n' },
  P021 = {
    bad = '[[steps]]\nname = "digits"\ncommand = ["echo", "\\d+"]\n',
    good = "[[steps]]\nname = \"digits\"\ncommand = [\"echo\", '\\d+']\n",
  },
  P022 = {
    bad = '[[steps]]\nname = "half \\uD800"\ncommand = ["true"]\n',
    good = '[[steps]]\nname = "whole \\U0001F600"\ncommand = ["true"]\n',
  },
  P023 = { bad = STEP .. "expected_exit_code = 00\n", good = STEP .. "expected_exit_code = 0\n" },
  P024 = {
    bad = STEP .. "timeout = 99999999999999999999\n",
    good = STEP .. "timeout = 99\n",
  },
  P025 = {
    bad = "[vars]\nday = 2025-02-30\n" .. STEP,
    good = STEP,
  },
  P026 = {
    bad = '[[steps]]\nname = say\ncommand = ["true"]\n',
    good = '[[steps]]\nname = "say"\ncommand = ["true"]\n',
  },
  P027 = { bad = STEP .. '"""stdin""" = "a"\n', good = STEP .. '"stdin" = "a"\n' },
  P030 = {
    bad = '[[steps]]\nname = "a"\nname = "b"\ncommand = ["true"]\n',
    good = '[[steps]]\nname = "a"\ncommand = ["true"]\n',
  },
  P031 = {
    bad = '[room]\nproject = "ro"\n[room]\nenv = { A = "1" }\n' .. STEP,
    good = '[room]\nproject = "ro"\nenv = { A = "1" }\n' .. STEP,
  },
  P032 = {
    bad = STEP .. 'stdin = "a"\nstdin.text = "b"\n',
    good = STEP .. 'stdin = "a"\n',
  },
  P033 = {
    bad = '[room]\nenv = { A = "1" }\nenv.B = "2"\n' .. STEP,
    good = '[room]\nenv = { A = "1", B = "2" }\n' .. STEP,
  },
  P034 = {
    bad = STEP .. '[steps]\nname = "b"\ncommand = ["true"]\n',
    good = STEP .. '[[steps]]\nname = "b"\ncommand = ["true"]\n',
  },
  P040 = {
    lang = "lua",
    bad = 'local clnrm = require("clnrm"\n',
    good = 'local clnrm = require("clnrm")\nclnrm.test("adds", function()\n'
      .. "  clnrm.expect(1 + 1):equals(2)\nend)\n",
  },
  P041 = {
    lang = "sh",
    bad = "printf '\\033Lua' > compiled.clnrm.lua\nclnrm run compiled.clnrm.lua\n",
    good = "clnrm run hello.clnrm.toml\n",
  },
  P101 = { bad = STEP .. "expected_exit_cod = 1\n", good = STEP .. "expected_exit_code = 0\n" },
  P102 = { bad = STEP .. 'expected_exit_code = "0"\n', good = STEP .. "expected_exit_code = 0\n" },
  P103 = { bad = '[room]\nproject = "rw"\n' .. STEP, good = '[room]\nproject = "copy"\n' .. STEP },
  P104 = {
    bad = '[[steps]]\ncommand = ["true"]\n',
    good = '[[steps]]\nname = "s"\ncommand = ["true"]\n',
  },
  P105 = {
    bad = STEP .. "exit_code = 0\nexpected_exit_code = 0\n",
    good = STEP .. "expected_exit_code = 0\n",
  },
  P106 = {
    bad = STEP .. "expect.stdout.matches = '('\n",
    good = STEP .. "expect.stdout.not_matches = '\\('\n",
  },
  P107 = { bad = STEP .. 'timeout = "10 seconds"\n', good = STEP .. 'timeout = "10s"\n' },
  P108 = {
    bad = '[[steps]]\nname = "json"\ncommand = ["echo", \'{"a": 1}\']\n'
      .. 'expect.stdout.json = { "a" = 1 }\n',
    good = '[[steps]]\nname = "json"\ncommand = ["echo", \'{"a": 1}\']\n'
      .. 'expect.stdout.json = { "$.a" = 1 }\n',
  },
  P109 = {
    bad = STEP .. "expect.duration_ms = { lt = 10, gt = 20 }\n",
    good = STEP .. "expect.duration_ms = { gt = 0, lt = 20000 }\n",
  },
  P110 = { bad = '[meta]\nname = "x"\n', good = '[meta]\nname = "x"\n' .. STEP },
  P111 = {
    bad = '[[scenario]]\nname = "s"\n',
    good = '[[scenario]]\nname = "s"\nrun = ["true"]\n',
  },
  P112 = {
    bad = STEP .. "expect.stdout = {}\n",
    good = STEP .. 'expect.stdout = { contains = "hi" }\n',
  },
  P113 = {
    bad = STEP .. 'service = "db"\n',
    good = STEP,
  },
  P114 = {
    bad = '[services.a]\ncommand = ["sleep", "60"]\ndepends_on = ["b"]\n'
      .. '[services.b]\ncommand = ["sleep", "60"]\ndepends_on = ["a"]\n' .. STEP,
    good = '[services.a]\ncommand = ["sleep", "60"]\n'
      .. '[services.b]\ncommand = ["sleep", "60"]\ndepends_on = ["a"]\n' .. STEP,
  },
  P116 = {
    bad = '[[steps]]\nname = "nul"\ncommand = ["echo", "a\\u0000b"]\n',
    good = '[[steps]]\nname = "nul"\ncommand = ["printf", \'a\\0b\']\n',
  },
  P120 = {
    bad = "[otel]\nexporter = \"otlp\"\n" .. STEP,
    good = STEP,
  },
  P121 = {
    bad = '[services.web]\ncommand = ["sleep", "60"]\nwait = { port = 80, log = "ready" }\n'
      .. STEP,
    good = '[services.web]\ncommand = ["sh", "-c", "echo ready; exec sleep 60"]\n'
      .. 'wait = [{ log = "ready" }, { cmd = ["true"] }]\n' .. STEP,
  },
  P122 = {
    bad = '[services.web]\ncommand = ["sleep", "60"]\nvolumes = ["../other:/other"]\n' .. STEP,
    good = '[services.web]\ncommand = ["sleep", "60"]\nvolumes = [".:/here:ro"]\n' .. STEP,
  },
  P123 = {
    bad = "[services.web]\nports = [8000]\n" .. STEP,
    good = '[services.web]\nports = [8000]\ncommand = ["sleep", "60"]\n' .. STEP,
  },
  P124 = {
    bad = '[services.web]\ncommand = ["sleep", "60"]\nuser = "root"\n' .. STEP,
    good = '[services.web]\ncommand = ["sleep", "60"]\nuser = "room"\n' .. STEP,
  },
  P125 = {
    lang = "sh",
    bad = "mkdir services\necho 'return 1' > services/kv.lua\n"
      .. "(echo '[services.kv]'; echo 'plugin = \"kv\"'; cat hello.clnrm.toml) > kv.clnrm.toml\n"
      .. "clnrm run kv.clnrm.toml\n",
    good = "mkdir services\n"
      .. "echo 'return { spec = function() return { command = { \"sleep\", \"60\" } } end }'"
      .. " > services/kv.lua\n"
      .. "(echo '[services.kv]'; echo 'plugin = \"kv\"'; cat hello.clnrm.toml) > kv.clnrm.toml\n"
      .. "clnrm run kv.clnrm.toml\n",
  },
  P126 = {
    bad = '[services.web]\ncommand = ["sleep", "60"]\n'
      .. 'files = [{ path = "/room/a", from = "missing.txt" }]\n' .. STEP,
    good = '[services.web]\ncommand = ["sleep", "60"]\n'
      .. 'files = [{ path = "/room/a", content = "text" }]\n' .. STEP,
  },
  P127 = {
    lang = "sh",
    bad = [=[
mkdir assertions
echo 'return { value = "true" }' > assertions/is_mine.lua
printf '[assertions]\nis_mine = true\n' >> hello.clnrm.toml
clnrm run hello.clnrm.toml
]=],
    good = [=[
mkdir assertions
echo 'return { value = "true", check = function() return true end }' > assertions/is_mine.lua
printf '[assertions]\nis_mine = true\n' >> hello.clnrm.toml
clnrm run hello.clnrm.toml
]=],
  },
  P128 = {
    lang = "sh",
    bad = "echo 'return 1' > seed.lua\n"
      .. "(echo '[hooks]'; echo 'before_each = \"seed.lua\"'; cat hello.clnrm.toml)"
      .. " > seeded.clnrm.toml\nclnrm run seeded.clnrm.toml\n",
    good = "echo 'return function(t) t.room:put(\"/room/seed\", \"1\") end' > seed.lua\n"
      .. "(echo '[hooks]'; echo 'before_each = \"seed.lua\"'; cat hello.clnrm.toml)"
      .. " > seeded.clnrm.toml\nclnrm run seeded.clnrm.toml\n",
  },
  P129 = {
    lang = "sh",
    bad = "(echo '[hooks]'; echo 'before_all = { command = [\"true\"], on = \"host\" }'\n"
      .. " cat hello.clnrm.toml) > host.clnrm.toml\nclnrm run host.clnrm.toml\n",
    good = "(echo '[hooks]'; echo 'before_all = { command = [\"true\"], on = \"host\" }'\n"
      .. " cat hello.clnrm.toml) > host.clnrm.toml\n"
      .. "clnrm run --allow host-hooks host.clnrm.toml\n",
  },
  P160 = {
    bad = '[[steps]]\nname = "use"\ncommand = ["echo", "${id}"]\n'
      .. '[[steps]]\nname = "make"\ncommand = ["echo", "7"]\ncapture = { id = "stdout" }\n',
    good = '[[steps]]\nname = "make"\ncommand = ["echo", "7"]\ncapture = { id = "stdout" }\n'
      .. '[[steps]]\nname = "use"\ncommand = ["echo", "${id}"]\n',
  },
  P140 = {
    lang = "lua",
    bad = 'local clnrm = require("clnrm")\nlocal function adds()\n'
      .. "  clnrm.expect(1 + 1):equals(2)\nend\n",
    good = 'local clnrm = require("clnrm")\nclnrm.test("adds", function()\n'
      .. "  clnrm.expect(1 + 1):equals(2)\nend)\n",
  },
  P142 = {
    lang = "lua",
    bad = 'local clnrm = require("clnrm")\nclnrm.tset("adds", function() end)\n',
    good = 'local clnrm = require("clnrm")\nclnrm.test("adds", function()\n'
      .. "  clnrm.expect(1 + 1):equals(2)\nend)\n",
  },
  P143 = {
    lang = "lua",
    bad = 'local clnrm = require("clnrm")\nclnrm.only("adds", function()\n'
      .. "  clnrm.expect(1 + 1):equals(2)\nend)\n"
      .. 'clnrm.test("more", function()\n  clnrm.expect(1):equals(1)\nend)\n',
    good = 'local clnrm = require("clnrm")\nclnrm.test("adds", function()\n'
      .. "  clnrm.expect(1 + 1):equals(2)\nend)\n",
  },
}
