--- Each exit code is produced by a command, and the list of help is just what was produced.
local support = dofile("tests/e2e/support.lua")

local run, sh = support.run, support.sh

describe("exit codes", function()
  local dir
  local seen = {} ---@type table<integer, boolean>

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    support.remove(dir)
  end)

  --- Expects a code from a shell command in `dir`.
  local function expect(code, command, opts)
    opts = opts or {}
    opts.cwd = dir
    local got = sh(command, opts)
    assert.equal(code, got.code, command .. "\n" .. got.out .. got.err)
    seen[code] = true
    return got
  end

  it("0: all passed", function()
    support.write(dir .. "/a.clnrm.toml", support.HELLO)
    expect(0, "clnrm run")
    expect(0, "clnrm validate; clnrm list && clnrm doctor")
  end)

  it("1: a test failed, in every format", function()
    support.write(dir .. "/a.clnrm.toml", support.HELLO)
    support.write(dir .. "/b.clnrm.toml", support.FAILING)
    for _, format in ipairs({ "human", "json", "junit", "events" }) do
      expect(1, "clnrm run -f " .. format)
    end
    support.write(dir .. "/c.lua", "error('x')")
    expect(1, "clnrm c.lua")
  end)

  it("2: the input is wrong", function()
    support.write(dir .. "/a.clnrm.toml", support.HELLO)
    support.write(dir .. "/b.clnrm.toml", support.HELLO:gsub("command", "comand"))
    expect(2, "clnrm run")
    expect(2, "clnrm validate")
    expect(2, "clnrm list")
    expect(2, "clnrm run no-such-file.toml")
    expect(2, "clnrm run -k '(' a.clnrm.toml")
    expect(2, "clnrm run --report junit=nowhere/x.xml a.clnrm.toml")
    expect(2, "clnrm rnu")
  end)

  it("2 stands over 1 and 0", function()
    support.write(dir .. "/a.clnrm.toml", support.HELLO)
    support.write(dir .. "/b.clnrm.toml", support.FAILING)
    support.write(dir .. "/c.clnrm.toml", "x = 1")
    local got = expect(2, "clnrm run")
    assert.matches("3 run: 1 passed, 1 failed, 1 in error", got.out)
  end)

  it("3: a bug, here in an override; told in one sentence with the way out", function()
    support.write(dir .. "/a.clnrm.toml", support.HELLO)
    support.write(dir .. "/clnrm.toml", "")
    local file = dir .. "/.clnrm/override/engine/report/human.lua"
    support.write(file, [[
      local human = require("builtin.engine.report.human")
      require("engine.override")(human, "summary", function()
        error("the override is broken")
      end)
      return human
    ]])
    local got = expect(3, "clnrm run")
    assert.matches("clnrm: internal error: [^\n]*human.lua:3: the override is broken\n", got.err)
    assert.matches("overridden: engine.report.human by " .. file:gsub("%p", "%%%0"), got.err)
    assert.matches("%-%-no%-overrides", got.err)
    assert.matches("report it", got.err)
    assert.is_nil(got.err:find("stack traceback", 1, true))
    assert.matches("stack traceback", expect(3, "clnrm run --trace").err)
    expect(0, "clnrm run --no-overrides")
    support.write(file, "syntax error")
    expect(3, "clnrm run")
  end)

  it("4: nothing ran", function()
    local got = expect(4, "clnrm run")
    assert.matches("%*%.clnrm%.toml", got.err)
    expect(4, "clnrm list; exit $?")
    expect(4, "clnrm validate")
    support.write(dir .. "/a.clnrm.toml", support.HELLO)
    got = expect(4, "clnrm run -k hallo")
    assert.matches("did you mean 'hello'", got.err)
    expect(4, "clnrm run --tag nothing")
    expect(4, "clnrm run --only 'x*' -f junit")
  end)

  it("5: a rerun passed, and earlier failures stand", function()
    support.write(dir .. "/clnrm.toml", "")
    support.write(dir .. "/a.clnrm.toml", support.FAILING)
    support.write(dir .. "/b.clnrm.toml", support.FAILING)
    local state = "export XDG_STATE_HOME=$PWD; "
    expect(1, state .. "clnrm run")
    support.write(dir .. "/a.clnrm.toml", (support.FAILING:gsub('"false"', '"true"')))
    local got = expect(5, state .. "clnrm run --failed a.clnrm.toml")
    assert.matches("Outstanding 1 scenario that did not pass before, not run now", got.out)
  end)

  it("6: no room can be made, with the exact setting", function()
    support.write(dir .. "/a.clnrm.toml", support.HELLO)
    local off = "unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec \"$0\" \"$@\"'"
    if sh("unshare -Ur true").code ~= 0 then
      pending("this machine lets nobody unshare")
      return
    end
    local got = expect(6, off .. ' "$CLNRM" run')
    assert.matches("user%.max_user_namespaces", got.out)
    assert.matches("1 without verdict", got.out)
    got = expect(6, off .. ' "$CLNRM" doctor')
    assert.matches("try: sudo sysctl %-w user%.max_user_namespaces=%d+", got.out)
  end)

  it("6: what came out could not be written down", function()
    support.write(dir .. "/a.clnrm.toml", support.HELLO)
    local got = expect(6, "clnrm run >/dev/full")
    assert.matches("standard output: no space left on device", got.err)
    expect(6, "clnrm run >&-")
    expect(6, "clnrm version >/dev/full")
    expect(6, "clnrm run --report json=$(printf 'a%.0s' $(seq 300))")
  end)

  it("124: the deadline of the run passed", function()
    support.write(dir .. "/a.clnrm.toml", support.SLOW)
    local got = expect(124, "clnrm run --deadline 300ms")
    assert.matches("Stopped by the deadline of the run", got.out)
  end)

  for name, code in pairs({ HUP = 129, INT = 130, TERM = 143 }) do
    it(code .. ": stopped by SIG" .. name .. ", and reports are written", function()
      support.write(dir .. "/a.clnrm.toml", support.SLOW)
      local got = expect(code, ([[
        $CLNRM run --report junit=r.xml --report json=r.json >out & pid=$!
        until grep -q Starting out; do sleep 0.05; done
        sleep 0.3; kill -%s $pid; wait $pid; code=$?
        cat out; exit $code
      ]]):format(name))
      assert.matches("Stopped by SIG" .. name, got.out)
      assert.matches("</testsuites>\n$", support.read(dir .. "/r.xml"))
      assert.matches('"exit_code":' .. code, support.read(dir .. "/r.json"))
    end)
  end

  it("goes on under nohup when the terminal goes", function()
    support.write(dir .. "/a.clnrm.toml", (support.SLOW:gsub('"20"', '"1"')))
    expect(0, [[
      nohup $CLNRM run >out 2>&1 & pid=$!
      until grep -q Starting out; do sleep 0.05; done
      sleep 0.2; kill -HUP $pid; wait $pid
    ]])
    assert.matches("1 run: 1 passed", support.read(dir .. "/out"))
  end)

  it("141: nobody reads any more", function()
    for i = 1, 30 do
      support.write(("%s/%d.clnrm.toml"):format(dir, i), support.HELLO)
    end
    local got = expect(141, "clnrm run | head -1; exit ${PIPESTATUS[0]}")
    assert.matches("Starting 30 scenarios", got.out)
    assert.equal("", got.err)
    expect(141, "exec python3 -c 'import os, subprocess, sys\nr, w = os.pipe(); os.close(r)\n"
      .. 'code = subprocess.run([sys.argv[1], "list"], stdout=w).returncode\n'
      .. [[sys.exit(128 - code if code < 0 else code)' "$CLNRM"]])
    support.write(dir .. "/s.lua", "for i = 1, 1e5 do print(i) end")
    expect(141, "clnrm s.lua | head -1; exit ${PIPESTATUS[0]}")
  end)

  it("are those that help lists", function()
    local text = run({ "help", "exit-codes" }).out
    local listed, count = {}, 0
    for code, meaning in text:gmatch("\n +(%d+)  ([^\n]+)") do
      assert.is_nil(meaning:find("not in this build", 1, true))
      listed[tonumber(code)] = true
      count = count + 1
    end
    assert.same(listed, seen)
    assert.is_true(count >= 10)
    assert.matches("3 > 2 > 6 > 1 > 5 > 4 > 0", text)
  end)
end)
