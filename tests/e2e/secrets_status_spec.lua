--- SIGUSR1 shows what a step printed last: no secret, nor the part of one that is printed so far.
local support = dofile("tests/e2e/support.lua")

describe("what SIGUSR1 shows of a secret", function()
  local dir

  before_each(function()
    dir = support.tempdir()
  end)
  after_each(function()
    support.remove(dir)
  end)

  --- Runs a step that prints and stays, asks until its line is told; returns that line.
  local function last_line(command)
    support.write(dir .. "/s.clnrm.toml", ('[meta]\nname = "s"\n[secrets]\nPW = true\n[[steps]]\n'
      .. "name = 'x'\ncommand = '''%s; exec sleep 61.5'''\n"):format(command))
    local got = support.sh(("set -m; %s run s.clnrm.toml -f events >out 2>err & pid=$!; "
      .. "for i in $(seq 600); do grep -q step_begin out && break; sleep 0.05; done; "
      .. "for i in $(seq 600); do kill -USR1 $pid; sleep 0.1; grep -q '\"last\"' out && break; "
      .. "done; kill -INT $pid; wait $pid; cat out err"):format(support.quote(support.clnrm)),
      { cwd = dir, env = { PW = "correct-horse-battery" } })
    local last = got.out:match('"last":"([^"]*)"')
    assert.is_string(last, got.out)
    return last
  end

  it("is masked, in a line that is over", function()
    assert.equal("pw ***", last_line("echo pw $PW"))
  end)

  it("is masked as far as it is printed, and the line is told to go on", function()
    assert.equal("pw ***…", last_line("printf 'pw %.14s' $PW"))
  end)

  it("is masked where a long output begins to be shown", function()
    local last = last_line("printf '%06000d%s%02038d' 7 $PW 7") -- ten bytes of it are shown
    assert.matches("^…%*%*%*0", last)
  end)

  it("is masked in what a step had printed when it was killed", function()
    support.write(dir .. "/s.clnrm.toml", '[meta]\nname = "s"\n[secrets]\nPW = true\n[[steps]]\n'
      .. 'name = "x"\ntimeout = "500ms"\ncommand = "printf %.14s $PW; exec sleep 61.5"\n')
    for _, format in ipairs({ "human", "events", "junit" }) do
      local got = support.run({ "run", "-vv", "s.clnrm.toml", "-f", format },
        { cwd = dir, env = { PW = "correct-horse-battery" } })
      assert.equal(1, got.code, got.out)
      assert.is_nil((got.out .. got.err):find("correct", 1, true), got.out)
    end
  end)

  it("is masked in what checks and Lua tests tell of an output that was cut in it", function()
    local function leaks(text, file)
      support.write(dir .. "/" .. file, text)
      for _, format in ipairs({ "human", "events", "junit", "json" }) do
        local got = support.run({ "run", "-vv", file, "-f", format },
          { cwd = dir, env = { PW = "correct-horse-battery" } })
        assert.equal(1, got.code, got.out .. got.err)
        local at = (got.out .. got.err):find("correct", 1, true)
          or (got.out .. got.err):find("rse-battery", 1, true)
        if at then
          return (got.out .. got.err):sub(math.max(1, at - 60), at + 60)
        end
      end
    end
    local head = '[meta]\nname = "s"\n[secrets]\nPW = true\n[[steps]]\nname = "x"\n'
    local checks = 'expect.stdout.equals = "z"\nexpect.stdout.contains = "z"\n'
      .. 'expect.stdout.lines = ["z"]\nexpect.stdout.matches = "^z"\n'
      .. 'expect.stdout.json = { "$.a" = 1 }\n'
    assert.is_nil(leaks(head .. 'timeout = "500ms"\n' .. checks
      .. 'command = "printf \'a\\n%.14s\' $PW; exec sleep 61.5"\n', "killed.clnrm.toml"))
    assert.is_nil(leaks(head .. checks .. 'command = "printf \'a\\n%.14s\' $PW; kill -9 $$"\n',
      "signal.clnrm.toml"))
    assert.is_nil(leaks([[
local clnrm = require("clnrm")
clnrm.test("s", function(t)
  local pw = t:secret("PW")
  local result = t.room:exec({ "sh", "-c", "printf 'a\\n%.14s' \"$1\"; kill -9 $$", "sh", pw })
  clnrm.expect(result.stdout):equals("z")
end)
]], "lua.clnrm.lua"))
  end)
end)
