--- Odd environments: clnrm works, or says one clear line; the exit code stays right.
local support = dofile("tests/e2e/support.lua")

local sh = support.sh

describe("clnrm run", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/a.clnrm.toml", support.HELLO)
    support.write(dir .. "/b.clnrm.toml", support.FAILING)
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function lines_of(text)
    return select(2, text:gsub("\n", ""))
  end

  --- Expects verdicts as always: one test passes, one fails.
  local function expect_verdicts(command, env, note)
    local got = sh(command, { cwd = dir, env = env })
    assert.equal(1, got.code, command .. "\n" .. got.out .. got.err)
    assert.matches("2 run: 1 passed, 1 failed\n", got.out)
    assert.matches(note or "^$", got.err)
    return got
  end

  it("needs no home, and none that can be written", function()
    local note = "^note: this run is not recorded: [^\n]+\n[^\n]+\n$"
    expect_verdicts("clnrm run", { HOME = false }, note)
    expect_verdicts("clnrm run", { HOME = "" }, note)
    expect_verdicts("clnrm run", { HOME = "relative" }, note)
    expect_verdicts("clnrm run", { HOME = "/nowhere/at all" }, note)
    expect_verdicts("clnrm run", { XDG_CONFIG_HOME = "relative", HOME = "/proc" }, note)
    expect_verdicts("mkdir h && chmod 500 h && HOME=$PWD/h clnrm run; c=$?; rm -r h; exit $c", {},
      "") -- a note, unless root writes there all the same
  end)

  it("needs no variable at all", function()
    local got = sh("env -i $CLNRM run", { cwd = dir })
    assert.equal(1, got.code, got.out .. got.err)
    assert.is_nil(got.out:find("[\27\128-\255]"))
  end)

  it("writes the same bytes of numbers in every locale", function()
    for _, lang in ipairs({ "C", "POSIX", "tr_TR.UTF-8", "fa_IR", "xx_XX.iso8859-1", "\xff" }) do
      local got = expect_verdicts(("env LANG=%s LC_ALL=%s $CLNRM run"):format(lang, lang))
      assert.matches("%[ +%d+%.%d%d%ds%] %(%d/2%) a%.clnrm%.toml [›>]+ hello\n", got.out)
    end
  end)

  it("shows ASCII only where the locale is not UTF-8", function()
    local got = sh("clnrm run", { cwd = dir, env = { LANG = "C" } })
    assert.is_nil(got.out:find("[\128-\255]"))
    assert.matches("a%.clnrm%.toml > hello", got.out)
    assert.matches("a%.clnrm%.toml › hello", sh("clnrm run", { cwd = dir }).out)
  end)

  it("never shows an escape sequence to a pipe, a dumb terminal, or the unwilling", function()
    local function plain(command, env)
      assert.is_nil(sh(command, { cwd = dir, env = env }).out:find("\27", 1, true), command)
    end
    local on_tty = 'script -qec "$CLNRM run" /dev/null </dev/null'
    plain("clnrm run | cat")
    plain(on_tty, { NO_COLOR = "1" })
    plain(on_tty, { TERM = "dumb" })
    plain(on_tty, { TERM = false })
    plain(on_tty, { CI = "1" })
    assert.matches("\27%[", sh(on_tty, { cwd = dir }).out)
    assert.matches("\27%[", sh("clnrm run --color=always", { cwd = dir }).out)
  end)

  it("keeps status lines within any terminal", function()
    for _, columns in ipairs({ 1, 20, 40, 81 }) do
      local got = sh(('script -qec "stty cols %d rows 5; $CLNRM run a.clnrm.toml" /dev/null '
        .. "</dev/null"):format(columns), { cwd = dir, env = { NO_COLOR = "1" } })
      assert.equal(0, got.code)
      local status = got.out:match("[^\n]*PASS[^\r\n]*")
      assert.is_true(require("core.text").width(status) <= math.max(columns, 17), status)
    end
  end)

  it("works with 16 descriptors, or says why not in one line", function()
    local got = sh("ulimit -n 16; clnrm run a.clnrm.toml", { cwd = dir })
    assert.is_true(got.code == 0 or got.code == 6, got.out .. got.err)
    if got.code == 6 then
      assert.matches("too many open files", got.out .. got.err)
    end
    assert.is_nil(got.err:find("internal error", 1, true), got.err)
  end)

  it("starts with few descriptors, or says why not", function()
    for n = 3, 15 do
      local got = sh(("ulimit -n %d; clnrm version"):format(n), { cwd = dir })
      if got.code ~= 0 then
        assert.is_true(lines_of(got.err) >= 1, n .. ": " .. got.err)
      end
    end
  end)

  it("needs no terminal and no standard input", function()
    expect_verdicts("setsid -w $CLNRM run </dev/null")
    expect_verdicts("clnrm run <&-")
  end)

  it("answers for a closed or full standard output", function()
    for _, to in ipairs({ ">&-", ">/dev/full" }) do
      local got = sh("clnrm run a.clnrm.toml " .. to, { cwd = dir })
      assert.equal(6, got.code)
      assert.equal(1, lines_of(got.err))
      assert.matches("^clnrm: standard output: ", got.err)
      got = sh("clnrm run -f json a.clnrm.toml " .. to, { cwd = dir })
      assert.equal(6, got.code)
    end
  end)

  it("is not troubled by a closed standard error", function()
    assert.equal(1, sh("clnrm run 2>&-", { cwd = dir }).code)
    assert.equal(2, sh("clnrm rnu 2>&-", { cwd = dir }).code)
  end)

  it("writes to no wrong file when all three are closed", function()
    local got = sh("clnrm run --report json=r.json a.clnrm.toml <&- >&- 2>&-", { cwd = dir })
    assert.equal(6, got.code)
    local report = support.read(dir .. "/r.json")
    assert.matches('^{"schema":"clnrm.report/1".*"exit_code":0[,}].*\n$', report)
    assert.equal(support.HELLO, support.read(dir .. "/a.clnrm.toml"))
  end)

  it("says so when the working directory is gone", function()
    local got = sh("mkdir gone && cd gone && rmdir ../gone && clnrm run", { cwd = dir })
    assert.equal(2, got.code)
    assert.equal(1, lines_of(got.err))
    assert.matches("working directory", got.err)
  end)

  it("refuses a project file that cannot be read, whatever it is, and looks no further", function()
    support.write(dir .. "/clnrm.toml", "[cli]\njobs = 2\n")
    for name, made in pairs({
      fifo = { "mkfifo fifo/clnrm.toml", "not a regular file" },
      folder = { "mkdir folder/clnrm.toml", "directory" },
      dangling = { "ln -s nowhere.toml dangling/clnrm.toml", "a link to what" },
      device = { "ln -s /dev/zero device/clnrm.toml", "not a regular file" },
      old = { "ln -s nowhere.toml old/cleanroom.toml", "a link to what" },
    }) do
      local got = sh(("mkdir %s && %s && cp a.clnrm.toml %s && cd %s && clnrm run"):format(
        name, made[1], name, name), { cwd = dir })
      assert.equal(2, got.code, name)
      assert.equal(2, lines_of(got.err), got.err)
      assert.matches("project file .*%.toml: .*" .. made[2], got.err)
      assert.equal(0, sh("clnrm run -c none " .. name .. "/a.clnrm.toml", { cwd = dir }).code)
    end
    assert.equal(2, sh("clnrm run -c fifo/clnrm.toml", { cwd = dir }).code)
    assert.equal(2, sh("clnrm run -c /dev/zero", { cwd = dir }).code)
  end)

  it("reads a slow reader's pipe to its end", function()
    for i = 1, 60 do
      support.write(("%s/n%d.clnrm.toml"):format(dir, i), support.FAILING)
    end
    local got = sh("clnrm run -f events | (sleep 0.5; cat) | tail -1; exit ${PIPESTATUS[0]}",
      { cwd = dir })
    assert.equal(1, got.code)
    assert.matches('"event":"run_end"', got.out)
  end)

  it("lets Ctrl-C through while nobody reads", function()
    for i = 1, 300 do
      support.write(("%s/n%d.clnrm.toml"):format(dir, i), support.FAILING)
    end
    local got = sh([[
      mkfifo pipe; sleep 30 <pipe & reader=$!
      $CLNRM run -f events >pipe & pid=$!
      sleep 1; kill -INT $pid; sleep 0.5; kill -INT $pid
      wait $pid; code=$?; kill $reader; exit $code
    ]], { cwd = dir })
    assert.equal(130, got.code, got.err)
  end)
end)
