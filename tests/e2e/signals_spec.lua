--- Signals at random moments: a sample; tests/faults/signals_spec.lua has the long form.
local signals = dofile("tests/tools/signals.lua")

local ROUNDS, WINDOW_MS = 6, 300
local can_run = signals.can_run()

describe("a run that is ended by", function()
  for _, name in ipairs({ "INT", "TERM", "HUP", "KILL", "TWICE", "TSTP" }) do
    it(("SIG%s leaves nothing behind"):format(name), function()
      if not can_run then
        pending("no namespaces of our own on this machine")
        return
      end
      local seed = os.time()
      local rows = signals.check(name, ROUNDS, WINDOW_MS, seed)
      if name == "TSTP" then
        local stopped = 0
        for _, row in ipairs(rows) do
          stopped = stopped + (row.stopped and 1 or 0)
        end
        assert.is_true(stopped > 0)
      end
    end)
  end
end)

describe("a run under way", function()
  local support = dofile("tests/e2e/support.lua")
  local LONG = '[meta]\nname = "x"\n[[scenario]]\nname = "quick"\nrun = ["true"]\n'
    .. '[[scenario]]\nname = "sleeps"\n[[scenario.steps]]\nname = "naps"\n'
    .. 'command = "echo begun; sleep 61.25"\ntimeout = "2m"\n'
    .. '[[scenario]]\nname = "never begun"\nrun = ["true"]\n'
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/x.clnrm.toml", LONG)
  end)

  after_each(function()
    support.remove(dir)
  end)

  --- Starts a run, waits until the second scenario is under way, sends signals.
  local function with_signals(options, kills)
    return support.sh(("set -m; %s run -j 1 --report events=e.ndjson %s >out 2>err & pid=$!; "
      .. "for i in $(seq 600); do pgrep -f 'slee[p] 61.25' >/dev/null && break; "
      .. "sleep 0.05; done; %s; wait $pid; code=$?; cat out; cat err >&2; exit $code")
      :format(support.quote(support.clnrm), options, kills), { cwd = dir })
  end

  it("tells what it is doing when it is asked by SIGUSR1", function()
    local got = with_signals("", "kill -USR1 $pid; sleep 0.3; kill -INT $pid")
    assert.equal(130, got.code, got.err)
    assert.matches("sleeps", got.out)
    assert.matches("naps", got.out)
  end)

  it("says of each test what became of it when it is interrupted", function()
    local got = with_signals("", "kill -INT $pid")
    assert.equal(130, got.code, got.err)
    assert.matches("PASS .*quick", got.out)
    assert.matches("ABORT .*sleeps", got.out)
    assert.matches("V003", got.out)
    assert.is_nil(got.out:find("never begun", 1, true))
    assert.matches("SIGINT", got.out)
  end)

  it("ends at the deadline of the run with 124", function()
    local got = support.run({ "run", "-j", "1", "--deadline", "700ms" }, { cwd = dir })
    assert.equal(124, got.code, got.err)
    assert.matches("ABORT .*sleeps", got.out)
  end)
end)

describe("a run whose last line is written", function()
  local support = dofile("tests/e2e/support.lua")
  local AT = {
    ["with it"] = { "run", [[
local base = require("builtin.engine.run")
return {
  execute = function(plan, opts, emit)
    return base.execute(plan, opts, function(event)
      local answer = emit(event)
      if event.event == "run_end" then
        io.popen("%s"):close()
        io.stderr:write("went on\n")
      end
      return answer
    end)
  end,
}
]] },
    ["after its reports"] = { "cli/record", [[
local base = require("builtin.engine.cli.record")
return {
  open = base.open,
  close = function(...)
    local code = base.close(...)
    io.popen("%s"):close()
    io.stderr:write("went on\n")
    return code
  end,
}
]] },
  }
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/clnrm.toml", "")
    support.write(dir .. "/x.clnrm.toml", support.HELLO)
  end)

  after_each(function()
    support.remove(dir)
  end)

  --- Runs a test whose end brings signals to the program, from itself.
  local function signalled(at, kills)
    local module, text = table.unpack(AT[at])
    support.write(("%s/.clnrm/override/engine/%s.lua"):format(dir, module), text:format(kills))
    local got = support.sh("clnrm run --report junit=r.xml", { cwd = dir })
    assert.matches("1 run: 1 passed", got.out, 1, true)
    assert.matches("</testsuites>", support.read(dir .. "/r.xml"), 1, true)
    return got
  end

  for at in pairs(AT) do
    it("ends with the code of a signal that comes " .. at, function()
      for name, code in pairs({ INT = 130, TERM = 143, HUP = 129 }) do
        local got = signalled(at, ("kill -%s $PPID"):format(name))
        assert.same({ code, "went on\n" }, { got.code, got.err })
      end
    end)

    it("has nothing more to tell who asks " .. at, function()
      local got = signalled(at, "kill -USR1 $PPID")
      assert.same({ 0, "went on\n" }, { got.code, got.err })
    end)
  end

  it("ends at the second one at once", function()
    local got = signalled("after its reports",
      "kill -INT $PPID; sleep 0.1; kill -INT $PPID; sleep 0.1")
    assert.same({ 130, "" }, { got.code, got.err })
  end)
end)
