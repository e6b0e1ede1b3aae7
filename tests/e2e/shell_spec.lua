--- clnrm shell: commands and terminals in rooms that are kept.
local support = dofile("tests/e2e/support.lua")
local tmux = dofile("tests/tools/tmux.lua")

local LOOK = [[id; pwd; env | grep -v '^\(_\|PWD\|OLDPWD\|SHLVL\|PASSWORD\)=' | sort
grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status; ulimit -a; ls /project]]

local FILE = ([==[
[meta]
name = "shells"
[secrets]
PASSWORD = {}
[room]
env = { WHO = "room" }
[services.web]
command = "echo up; exec sleep 600"
env = { WHO = "web" }
wait = { log = "up" }

[[scenario]]
name = "looks around"
[[scenario.steps]]
name = "looks"
command = '''(LOOK) > /room/looked.txt'''
[[scenario.steps]]
name = "starts"
service = "web"
command = "echo in web > /tmp/of-web; echo $PASSWORD"

[[scenario]]
name = "looks away"
[[scenario.steps]]
name = "x"
command = "true"
]==]):gsub("LOOK", function()
  return LOOK
end)

describe("clnrm shell", function()
  local dir, env, run_id

  local function clnrm(argv)
    return support.run(argv, { cwd = dir, env = env })
  end

  setup(function()
    dir = support.tempdir()
    env = { XDG_STATE_HOME = dir, PASSWORD = "ysecrety" }
    support.write(dir .. "/a.clnrm.toml", FILE)
    local got = clnrm({ "run", "--keep", "-f", "events" })
    run_id = got.out:match('"run_id":"(%x+)"')
    assert(got.code == 0, got.err .. got.out)
  end)

  teardown(function()
    clnrm({ "reap" })
    support.remove(dir)
  end)

  it("runs a command as a step is run: its user, variables, directory, rights, limits", function()
    local function of_web(...)
      return clnrm({ "shell", run_id .. ":looks-around", "web", "--", ... })
    end
    local got, looked = of_web("sh", "-c", LOOK), of_web("cat", "/room/looked.txt").out
    assert.equal(0, got.code, got.err)
    assert.matches("Seccomp:%s2", looked)
    assert.equal(looked, got.out)
    got = of_web("env")
    assert.is_nil(got.out:find("PASSWORD", 1, true))
    assert.matches("secrets of the room are not set: 1 variable", got.err)
    assert.equal("", support.sh("grep -rl ysecrety . | grep -v a.clnrm.toml", { cwd = dir }).out)
  end)

  it("runs one in the place of a service", function()
    local got = clnrm({ "shell", run_id:sub(1, 6) .. ":looks-ar", "web", "--", "sh", "-c",
      "cat /tmp/of-web; echo $WHO" })
    assert.equal("in web\nweb\n", got.out, got.err)
  end)

  it("ends as the command does, and reads commands where there is no terminal", function()
    assert.equal(5, clnrm({ "shell", "latest:looks-around", "--", "sh", "-c", "exit 5" }).code)
    assert.equal(143, clnrm({ "shell", "latest:looks-around", "--", "sh", "-c",
      "kill $$; sleep 9" }).code)
    local got = support.sh([[
printf 'echo one\necho two >&2\nexit 3\n' | "$CLNRM" shell -q latest:looks-ar]], { cwd = dir,
      env = { XDG_STATE_HOME = dir, CLNRM = support.clnrm } })
    assert.equal(3, got.code)
    assert.equal("one\n", got.out)
    assert.equal("two\n", got.err)
    got = clnrm({ "shell", "latest:looks-around", "--", "no-such-program" })
    assert.equal(6, got.code)
    assert.matches("no%-such%-program: command not found", got.err)
  end)

  it("leaves nothing behind that a command has started", function()
    clnrm({ "shell", "latest:looks-around", "--", "sh", "-c", "sleep 4321 >/dev/null 2>&1 &" })
    local got = clnrm({ "shell", "latest:looks-around", "--", "ps", "axo", "args" })
    assert.is_nil(got.out:find("sleep 4321", 1, true))
    assert.is_truthy(got.out:find("sleep 600", 1, true), got.out)
  end)

  it("finds a room by the beginning of its name, and says which there are", function()
    local got = clnrm({ "shell", run_id .. ":looks", "--", "true" })
    assert.equal(2, got.code)
    assert.matches("means 2 rooms", got.err)
    assert.matches(run_id .. ":a.clnrm.toml:looks-around", got.err, 1, true)
    assert.matches(run_id .. ":a.clnrm.toml:looks-away", got.err, 1, true)
    got = clnrm({ "shell", run_id .. ":nothing", "--", "true" })
    assert.equal(2, got.code)
    assert.matches("there is no room '" .. run_id .. ":nothing'", got.err, 1, true)
    assert.matches(run_id .. ":looks-away", got.err, 1, true)
    got = clnrm({ "shell", "latest:looks-aw", "nobody", "--", "true" })
    assert.equal(2, got.code)
    assert.matches("has no service 'nobody'", got.err, 1, true)
    got = clnrm({ "shell" })
    assert.equal(0, got.code)
    assert.matches("kept " .. run_id .. ":looks-away  (sandbox, ", got.out, 1, true)
  end)

  it("has a terminal, of its size, where Ctrl-C is of the room", function()
    local terminal <close> = setmetatable({ t = tmux.open(dir, { width = 91, height = 23,
      env = { XDG_STATE_HOME = dir } }) }, { __close = function(one)
      one.t:close()
    end })
    local t = terminal.t
    t:type("stty -g > before; $CLNRM shell latest:looks-around")
    t:wait("[$#] *\n*$")
    t:type("tty; stty size; echo term=$TERM")
    t:wait("/dev/pts/%d+%s+23 91%s+term=%w")
    t:resize(77, 20)
    t:type("echo size $(stty size)")
    t:wait("size 20 77")
    t:type("sh -c 'echo began; exec sleep 300'; echo status=$?")
    t:wait("\nbegan") -- else the shell may take the key before the command is in front
    t:press("C-c")
    t:wait("%^C")
    t:type("echo still here")
    t:wait("\nstill here")
    -- a second one has to wait its turn
    local got = clnrm({ "shell", "latest:looks-around", "--", "true" })
    assert.equal(6, got.code)
    assert.matches("is another clnrm shell in it", got.err)
    t:type("exit 7")
    t:wait("READY")
    t:type("echo code=$?; stty -g | cmp - before && echo as before")
    t:wait("code=7%s+as before")
    assert.equal(0, clnrm({ "shell", "latest:looks-around", "--", "true" }).code)
  end)
end)
