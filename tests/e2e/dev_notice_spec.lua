--- --bell and --notify of the developer loop. A script in the place of notify-send keeps what a
--- desktop would be told.
local loops = dofile("tests/tools/loop.lua")
local support = dofile("tests/e2e/support.lua")
local tmux = dofile("tests/tools/tmux.lua")

local named = loops.named

describe("notices of the developer loop", function()
  local dir, loop, screen

  before_each(function()
    dir = loops.project({ ["a.clnrm.toml"] = named("a", "true") })
  end)

  after_each(function()
    if screen then
      screen:close()
      screen = nil
    end
    loop = loops.remove(dir, loop)
    os.execute("rm -rf " .. support.quote(dir .. "-bin"))
  end)

  --- Starts with a notify-send that keeps its arguments, each on a line.
  local function start(script, ...)
    support.write(dir .. "-bin/notify-send", "#!/bin/sh\n" .. script)
    os.execute("chmod +x " .. support.quote(dir .. "-bin/notify-send"))
    loop = loops.start(dir, { PATH = dir .. "-bin:" .. os.getenv("PATH"),
      TOLD = dir .. "-bin/told" }, ...)
    loop:cycle()
  end

  local function told()
    return support.read(dir .. "-bin/told") or ""
  end

  --- Saves, waits for the end of the run, and until as much was told.
  local function save(text, lines)
    loop:save("a.clnrm.toml", text)
    loop:cycle()
    for _ = 1, 500 do
      if select(2, told():gsub("\n", "")) >= lines then
        break
      end
      require("core.task").sleep(20)
    end
    return told()
  end

  local KEEPS = '[ "$1" = --version ] || printf "%s\\n" "$@" end >>"$TOLD"\n'

  it("tell the desktop what is not good, and when all is good again", function()
    start(KEEPS, "--notify")
    assert.equal("", told())
    local project = dir:match("[^/]*$")
    local got = save(named("<b>a", "false"), 6)
    assert.equal(("--app-name=clnrm\n--urgency=normal\n--\n%s: 1 failed\n"
      .. "a.clnrm.toml › &lt;b&gt;a\nend\n"):format(project), got)
    got = save(named("a", "true"), 12)
    assert.equal(("--app-name=clnrm\n--urgency=low\n--\n%s: 1 passed\n\nend\n"):format(project),
      got:sub(-#project - 60):match("%-%-app%-name.*$"))
    assert.equal(got, save(named("a2", "true"), 0))
  end)

  it("say that they cannot be had", function()
    start("exit 1", "--notify", "--bell")
    local err = loop.process:stderr()
    assert.matches("warning: %-%-notify: notify%-send is not there, or does not work\n", err)
    assert.matches("warning: %-%-bell: neither standard output nor standard error is a terminal\n",
      err)
  end)

  --- Counts the bells that a terminal gets; `wait` waits for the end of a run.
  local function ring(command, wait)
    os.execute("mkdir -p " .. support.quote(dir .. "-bin"))
    screen = tmux.open(dir)
    screen:tmux("pipe-pane", "-O", "cat >>" .. support.quote(dir .. "-bin/raw"))
    screen:type(command)
    wait(1)
    local function bells()
      return select(2, (support.read(dir .. "-bin/raw") or ""):gsub("\a", ""))
    end
    local before = bells()
    support.write(dir .. "/a.clnrm.toml", named("a", "false"))
    wait(2)
    for _ = 1, 500 do
      if bells() > before then
        break
      end
      require("core.task").sleep(20)
    end
    return bells() - before
  end

  it("ring the bell of a terminal, below the reports and on the full screen", function()
    assert.equal(1, ring("$CLNRM dev --inline --bell", function(n)
      screen:wait(function(text)
        return select(2, text:gsub("Waiting", "")) == n
      end, true)
    end))
    screen:close()
    support.write(dir .. "/a.clnrm.toml", named("a", "true"))
    assert.equal(1, ring("$CLNRM dev --bell", function(n)
      screen:wait(("● watching 1 file +run #%d "):format(n))
    end))
  end)

  it("are no matter of a single run", function()
    for _, option in ipairs({ "--bell", "--notify" }) do
      local got = support.run({ "run", option }, { cwd = dir })
      assert.equal(2, got.code)
      assert.is_truthy(got.err:find(option .. " has an effect only with --watch", 1, true))
    end
  end)
end)
