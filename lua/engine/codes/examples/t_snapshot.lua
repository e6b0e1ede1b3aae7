--- Examples of family T, third part: snapshots and secrets.
local TEST = "cat >s.clnrm.toml <<'EOF'\nmeta.name = \"s\"\n[[steps]]\nname = \"hi\"\n"
  .. "command = [\"echo\", \"%s\"]\nexpect.stdout.snapshot = \"greeting\"\nEOF\n"
local NEW = TEST:format("hi")
local ACCEPT = "clnrm run -q s.clnrm.toml >/dev/null\nclnrm snapshots accept -q\n"
local SECRET = "cat >s.clnrm.toml <<'EOF'\nmeta.name = \"s\"\n[secrets]\nDB_PASSWORD = true\n"
  .. "[[steps]]\nname = \"given\"\ncommand = 'test -n \"$DB_PASSWORD\"'\nEOF\n"
local RUN = "clnrm run s.clnrm.toml\n"

---@type table<string, engine.codes.Example>
return {
  T801 = {
    lang = "sh",
    bad = NEW .. ACCEPT .. TEST:format("ho") .. RUN,
    good = NEW .. ACCEPT .. RUN,
  },
  T802 = { lang = "sh", bad = NEW .. RUN, good = NEW .. ACCEPT .. RUN },
  T803 = {
    lang = "sh",
    bad = NEW .. "mkdir -p snapshots/s.clnrm.toml/s\n"
      .. "echo hi >snapshots/s.clnrm.toml/s/greeting.snap\n" .. RUN,
    good = NEW .. ACCEPT .. RUN,
  },
  T804 = {
    lang = "sh",
    bad = "cat >s.clnrm.lua <<'EOF'\nlocal clnrm = require(\"clnrm\")\n"
      .. 'clnrm.test("s", function()\n  for _ = 1, 2 do\n    clnrm.expect(1):snapshot("n")\n'
      .. "  end\nend)\nEOF\nclnrm run -q s.clnrm.lua >/dev/null\nclnrm snapshots accept -q\n"
      .. "clnrm run s.clnrm.lua\n",
    good = NEW .. ACCEPT .. RUN,
  },
  T811 = {
    lang = "sh",
    bad = SECRET .. RUN,
    good = SECRET .. "export DB_PASSWORD=correct-horse\n" .. RUN,
  },
  T812 = {
    lang = "sh",
    bad = SECRET .. "export DB_PASSWORD=abc\n" .. RUN,
    good = SECRET .. "export DB_PASSWORD=correct-horse\n" .. RUN,
  },
}
