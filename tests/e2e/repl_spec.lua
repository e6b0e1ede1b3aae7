--- clnrm repl as a person and as a program use it.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")
local task = require("core.task")
local tmux = dofile("tests/tools/tmux.lua")

describe("clnrm repl without a terminal", function()
  local function sh(command, opts)
    return support.sh(command, opts)
  end

  it("runs lines of standard input and shows what they give", function()
    local got = sh([[printf 'local a = 2\nfor i = 1, 2 do\na = a * 2\nend\na\n_ + 1' | clnrm repl]])
    assert.same({ 0, "8\n9\n", "" }, { got.code, got.out, got.err })
  end)

  it("gives the value of the expression that a line ends in", function()
    local got = sh([[printf 'local q = 5; q\nq + 1\n' | clnrm repl; clnrm -e 'x = 2 x * 3']])
    assert.same({ 0, "5\n6\n6\n", "" }, { got.code, got.out, got.err })
  end)

  it("ends at the first error, with its place", function()
    local got = sh([[printf 'print("a")\nerror("boom")\nprint("b")\n' | clnrm repl]])
    assert.same({ 1, "a\n" }, { got.code, got.out })
    assert.matches("^error%[T702%]: boom\n ┌─ repl%[2%]:1:1\n", got.err)
    got = sh("printf 'for\\n' | clnrm repl -")
    assert.equal(2, got.code)
    assert.matches("^error%[P040%]", got.err)
  end)

  it("obeys commands, but those that need the terminal", function()
    local got = sh([[printf '%s\n' ':time 1+1' ':type {}' 'clnrm.open?' 'x = 1' :env :quit 2 |
      clnrm repl]])
    assert.same({ 0, "" }, { got.code, got.err })
    assert.matches("^2\n[%d.]+ ms\na table\n.*\n +x +1\n$", got.out)
    for line, wanted in pairs({
      [":time error('x')"] = { 1, "T702%]: x" }, [":tme"] = { 2, ":time" },
      ["!ls"] = { 2, ":sh gives the terminal away" }, [":edit"] = { 2, "there is none" },
      [":time = 1"] = { 2, "P040" } }) do
      got = sh(([[printf '%%s\n' "%s" 'print(1)' | clnrm repl -]]):format(line))
      assert.same({ wanted[1], "" }, { got.code, (got.out:gsub("[%d.]+ ms\n", "")) }, line)
      assert.matches(wanted[2], got.err)
    end
    got = sh([[printf ':env\n2\n' | clnrm repl -f json]])
    assert.equal(2, got.code)
    assert.matches('^{"error":{"message":"\':env\' is no Lua.*\n{.*"value":"2"}\n$', got.out)
  end)

  it("shows of a check that is none its error alone", function()
    local got = sh([[printf 'clnrm.expect(1)\n' | clnrm repl; printf 'clnrm.expect(1)\n' |
      clnrm repl -f json]])
    assert.matches("T703", got.err)
    assert.equal(1, json.decode(got.out).n)
    assert.is_nil(json.decode(got.out).value)
  end)

  it("enters a kept room, as a value that runs commands and is left at the end", function()
    local dir = support.tempdir()
    local got = sh([==[cat > a.clnrm.toml <<'EOF'
[meta]
name = "a"
[[steps]]
name = "s"
command = "echo kept > /room/word"
EOF
clnrm run --keep -q >/dev/null
printf '%s\n' ':attach latest' 'room = 1' ':attach latest' room \
  'room:exec("cat word; exit 3").exit_code' '_3' \
  'room:exec({ "cat" }, { stdin = "in" }).stdout' \
  'room:exec("echo $X; sleep 9", { env = { X = "y" }, timeout = "300ms" })' '_6.timed_out' \
  '_6.stdout' 'room:exec("echo err >&2; false").stderr' 'room:close()' room :tree | clnrm repl
echo "code $?"
clnrm shell latest -- cat word; echo 'room:exec({}, 1)' | clnrm repl; clnrm reap -q >/dev/null]==],
      { env = { XDG_STATE_HOME = dir } })
    local out = got.out:gsub("%x%x%x%x%x%x%x%x+:a", "RUN:a"):gsub("  [%d.]+ m?s", "  T")
    assert.matches('room is RUN:a (sandbox): room:exec("id")\n', out, 1, true)
    assert.matches("room is RUN:a again\nclnrm.Attached: RUN:a\n3\n3\n\"in\"\n", out, 1, true)
    assert.matches('\ntrue\n"y␊"\n"err␊"\nclnrm.Attached: RUN:a (left)\n', out, 1, true)
    assert.matches("└ cat word; exit 3  T, exit 3\n", out, 1, true)
    assert.matches("  T, killed at the deadline\n", out, 1, true)
    assert.matches("code 0\nkept\n", out, 1, true) -- its one place was given back
    for line, wanted in pairs({ [":attach"] = "takes RUN[:SCENARIO] [SERVICE]",
        [":attach nobody"] = "there is no room 'nobody'" }) do
      got = sh(("echo '%s' | clnrm repl"):format(line), { env = { XDG_STATE_HOME = dir } })
      assert.same({ 2, "" }, { got.code, got.out })
      assert.matches(wanted, got.err, 1, true)
    end
    support.remove(dir)
  end)

  it("draws and lists what its lines did", function()
    local got = sh([[printf '%s\n' 'r = clnrm.open()' 'r:exec("sleep 0.1; exit 3").exit_code' \
      'x = 1' :spans ':spans 1' :tree | clnrm repl]])
    assert.equal(0, got.code, got.err)
    local masked = got.out:gsub("[%d.]+ m?s%f[%W]", "T"):gsub(" +T", " T"):gsub("█", "#")
      :gsub(" +#+ *", " # ") -- where a bar begins is the machine's
    assert.equal([[
3
[2] r:exec("s…").exit_code # T
  sleep 0.1; exit 3 # T
[1] r = clnrm.open() # T
  room 1 # goes on
[1] r = clnrm.open() T
└ room 1  goes on, made in T
[2] r:exec("sleep 0.1; exit 3").exit_code T
└ sleep 0.1; exit 3 T, exit 3
[3] x = 1 T
]], masked)
    got = sh([[printf '%s\n' ':spans 7' 1 | clnrm repl; echo :spans | clnrm repl;
      echo ':tree x' | clnrm repl]])
    assert.equal("", got.out)
    assert.matches("there is no line '7'.*no line has run yet.*:tree takes nothing", got.err)
  end)

  it("records lines for a test", function()
    local got = sh([[printf '%s\n' 'x = 1' ':record tests/r.clnrm.lua' 'r = clnrm.open()' \
      'r:exec("echo hi").stdout' :stop 'y = 2' | clnrm repl && clnrm run tests/r.clnrm.lua -q;
      cat tests/r.clnrm.lua]])
    assert.equal(0, got.code, got.err)
    assert.matches("wrote tests/r.clnrm.lua: a test with 1 expectation", got.out, 1, true)
    assert.matches('expect%(.-%):equals%("hi\\n"%)', got.out)
    assert.is_nil(got.out:find("x = 1"), got.out)
    for lines, wanted in pairs({
      [":stop"] = "nothing is recorded", [":record"] = "the name of a file is missing",
      [":record a.lua"] = "a file of tests is named",
      ["':record a.clnrm.lua' 1"] = "note: what was recorded for a.clnrm.lua is not written",
      ["':record a.clnrm.lua' 'x = 1' :stop :stop"] = "nothing was written: none of these lines",
      ["':record a.clnrm.lua' :stop"] = "no line was recorded: nothing was written",
      ["':record a.clnrm.lua' ':record b.clnrm.lua'"] = "lines are recorded already, for a.clnrm",
    }) do
      got = sh(([[printf '%%s\n' %s | clnrm repl]]):format(
        lines:find("'") and lines or ("'%s'"):format(lines)))
      assert.matches(wanted, got.err, 1, true)
      assert.equal(wanted:find("^note") and 0 or 2, got.code, lines)
    end
  end)

  it("takes another profile of the settings", function()
    local got = sh([[printf '[profile.odd]\ncli.backend = "sandbox"\n' > clnrm.toml
      printf '%s\n' :profile ':profile odd' :profile 'clnrm.open():exec("true").ok' | clnrm repl
      printf '%s\n' ':profile ood' 'print(1)' | clnrm repl]])
    assert.equal("profile: default (built in)\n"
      .. "profile: odd; rooms are opened with it from here on\nprofile: odd (--profile)\ntrue\n",
      got.out)
    assert.equal(2, got.code)
    assert.matches("E208.*did you mean 'odd'", got.err)
  end)

  it("keeps breakpoints for tests that it runs", function()
    local got = sh([[touch a.lua; printf '%s\n' ':break a.lua:3' ':break a.lua:3' ':break' \
      ':clear a.lua:3' :break | clnrm repl
      for at in b.lua:3 a.toml:3 a.lua; do echo ":break $at" | clnrm repl || echo "$?"; done
      echo ":clear a.lua:3" | clnrm repl]])
    assert.same({ 2, "  a.lua:3\nno breakpoints\n2\n2\n2\n" }, { got.code, got.out })
    for _, wanted in ipairs({ "there is no file b.lua", "a.toml is no file of Lua",
      "'a.lua' is no place: FILE:LINE", "there is none" }) do
      assert.matches(wanted, got.err, 1, true)
    end
  end)

  it("opens rooms that live from line to line, and closes them", function()
    local got = sh([[printf '%s\n' 'local room = clnrm.open()' 'room:put("a", "1")' \
      'room:exec("cat a; id -un").stdout' | clnrm repl]])
    assert.same({ 0, 'true\n"1room␊"\n' }, { got.code, got.out })
  end)

  it("saves a test that runs, or says why there is none", function()
    local got = sh([[printf '%s\n' 'local t = clnrm.open()' 'r = clnrm.open()' 'x, y = 1, 2' \
      'x + y -- three' 'r:exec("cat", { stdin = "hi" }).stdout' 'return #_' 't:exec("true").ok' \
      ':save a.clnrm.lua' | clnrm repl && cat a.clnrm.lua && clnrm run a.clnrm.lua]])
    assert.same({ 0, "" }, { got.code, got.err })
    assert.matches("\nwrote a.clnrm.lua: a test with 4 expectations\n", got.out)
    assert.matches([[
  local t = test:open%(%)
  local r = test:open%(%)
  local x, y = 1, 2
  expect%(x %+ y%):equals%(3%)
  local _5 = r:exec%("cat", { stdin = "hi" }%).stdout
  expect%(_5%):equals%("hi"%)
  expect%(#_5%):equals%(2%)
  expect%(t:exec%("true"%).ok%):equals%(true%)
]], got.out)
    assert.matches("1 run: 1 passed", got.out)
    for text, wanted in pairs({
      ["::a::"] = "nothing was written: as a test they are no Lua: label 'a' already defined",
      ["debug.getinfo(1)"] = "line 1 has 'debug', which tests do not have",
      ["x = 1"] = "nothing was written: none of these lines checks anything",
    }) do
      got = sh(([[printf '%%s\n' '%s' '%s' ':save b.clnrm.lua' | clnrm repl; ls b.*]]):format(text,
        text))
      assert.matches(wanted, got.err, 1, true)
      assert.is_nil(got.out:find("wrote", 1, true))
      assert.not_matches("\nb.clnrm.lua", got.out)
    end
    got = sh([[echo ':save b.clnrm.lua' | clnrm repl; printf '%s\n' 1 2 3 ':save b.clnrm.lua 3-1' |
      clnrm repl; ls]])
    assert.matches("no line has run yet.*there are no lines '3%-1'", got.err)
    assert.not_matches("b.clnrm.lua", got.out)
    got = sh([[printf '%s\n' 'x = 5' 'x * 2' ':save c.clnrm.lua 2' | clnrm repl]])
    assert.equal(2, got.code)
    assert.matches("line 2 has 'x', which none of the lines that are saved gives", got.err)
  end)

  it("runs code and files that the command line names", function()
    local got = sh([[echo 'local x, y = 20, 1' > f.lua
      clnrm -e 'a = 1' -e 'a + 1'; clnrm repl -i f.lua -e 'x + y' </dev/null
      echo 'x * 2' | clnrm -i f.lua; echo 'n' | clnrm repl -e 'n = 7' -; clnrm -e 'error("x")'
      echo "code $?"]])
    assert.equal("2\n21\n40\n7\ncode 1\n", got.out)
    got = sh("clnrm repl -i nothing.lua </dev/null")
    assert.equal(2, got.code)
    assert.equal(2, sh("clnrm repl f.lua").code)
  end)

  it("tells programs in JSON, and goes on after an error", function()
    local got = sh([[printf '1 + 1\nerror("x")\n{1, 2}\nx = 1\n' | clnrm repl -f json]])
    local list = {}
    for line in got.out:gmatch("[^\n]+") do
      list[#list + 1] = assert(json.decode(line))
    end
    assert.equal(1, got.code)
    assert.same({ 1, true, "2" }, { list[1].n, list[1].ok, list[1].value })
    assert.same({ false, "T702", "x" }, { list[2].ok, list[2].error.code, list[2].error.message })
    assert.same({ "{ 1, 2 }", 4 }, { list[3].value, #list })
  end)

  it("lets tasks go on while it waits for a line", function()
    local got = sh([[mkfifo in; clnrm repl < in > shown & exec 3> in
      printf '%s\n' 'g = clnrm.task.group()' 'n = 0' \
        'function f() while n < 3 do n = n + 1; clnrm.task.sleep(1) end print("done") end' \
        'x = g:spawn(f)' >&3
      until grep -q done shown; do sleep 0.05; done
      echo 'n' >&3; exec 3>&-; wait $!; cat shown]])
    assert.matches("done\n3\n$", got.out)
  end)

  it("ends with a signal also while it shows a value that never says what it is", function()
    local got = sh([[for format in human json; do
  echo 'setmetatable({}, { __tostring = function() io.stderr:write("on ") while 1 do end end })' |
    timeout --preserve-status -s TERM 2 "$CLNRM" repl -f $format; echo "$?"
done]])
    assert.same({ '143\n{"interrupted":true,"ms":0,"n":1,"ok":false}\n143\n',
      "on interrupted\non " }, { got.out, got.err })
  end)

  it("ends with a signal, also in an endless loop, and closes its rooms", function()
    for _, code in ipairs({ "while true do end", "while true do pcall(error) end",
      'clnrm.task.sleep("10m")', 'room:exec("exec sleep 600")' }) do
      local got = sh(([[mkfifo in; "$CLNRM" repl < in > shown 2>&1 & pid=$!; exec 3> in
        printf '%%s\n' 'room = clnrm.open()' 'print("go")' '%s' >&3
        until grep -q go shown; do sleep 0.05; done; kill -INT $pid; wait $pid
        echo "code $?"]]):format((code:gsub("'", "'\\''"))))
      assert.equal("code 130\n", got.out, code)
    end
    for name, code in pairs({ TERM = 143, HUP = 129 }) do
      local got = sh(([[mkfifo in; "$CLNRM" repl < in > shown 2>&1 & pid=$!; exec 3> in
        printf '%%s\n' 'print("go")' 'while true do end' >&3
        until grep -q go shown; do sleep 0.05; done; kill -%s $pid; wait $pid
        echo "code $?"]]):format(name))
      assert.equal(("code %d\n"):format(code), got.out)
    end
  end)
end)

describe("clnrm repl at a terminal", function()
  local dir, screen

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    if screen then
      screen:close()
      screen = nil
    end
    support.remove(dir)
  end)

  local function start(options, o)
    screen = tmux.open(dir, o)
    screen:type('"$CLNRM" repl ' .. (options or "") .. '; echo "exit=$?"')
    screen:wait("clnrm%[1%]>")
  end

  --- Types a line and waits for a prompt below what it gives.
  local function enter(text, wanted)
    screen:type(text)
    return screen:wait((wanted or "") .. "[^\n]*\nclnrm%[%d+%]>\n+$")
  end

  --- Waits until a process has taken its signals: two of a kind that wait are one.
  local function await_no_signal(pid)
    for _ = 1, 3000 do
      local file = io.open(("/proc/%d/status"):format(pid))
      local status = file and file:read("a") or "ShdPnd:\t0"
      if file then
        file:close()
      end
      if status:match("ShdPnd:%s*0+%f[%X]") then
        return
      end
      task.sleep(20)
    end
    error("a signal is still pending")
  end

  --- Expects the modes of the terminal as a shell wants them.
  local function expect_modes()
    screen:type("stty -a | tr ' ' '\\n' | grep -x -e -icanon -e icanon -e echo -e -echo | xargs; :")
    screen:wait("\nicanon echo\n")
  end

  it("shows values by their number, goes on in the next line, gives the terminal back", function()
    start()
    enter("local a = 20", "local a = 20")
    enter("a + 1", "%[2%] = 21")
    enter("nil, 'x'", '%[3%] = nil, "x"')
    screen:type("for i = 1, 2 do")
    screen:wait("┆>\n+$")
    enter("print(i + _2) end", "22\n23")
    enter("error('boom')", "error%[T702%]: boom.*explain")
    screen:press("C-d")
    screen:wait("exit=0")
    expect_modes()
  end)

  it("leaves a line at Ctrl-C, interrupts what runs, and goes on", function()
    start()
    screen:press("-l", "not this")
    screen:wait("not this")
    screen:press("C-c")
    screen:wait("not this%^C\nclnrm%[1%]>\n+$")
    for n, code in ipairs({ "while true do end", "while true do pcall(error) end",
      "clnrm.task.sleep('10m')", "clnrm.open():exec('exec sleep 600')" }) do
      screen:type(("print('go %d') %s"):format(n, code))
      screen:wait(("\ngo %d\n"):format(n))
      screen:press("C-c")
      screen:wait(("interrupted\nclnrm%%[%d%%]>\n+$"):format(n + 1))
    end
    enter("6 * 7", "= 42")
  end)

  it("interrupts a value that never says what it is, and goes on", function()
    start()
    enter("v = setmetatable({}, { __tostring = function() print('in') while true do end end })")
    for _, line in ipairs({ "v", ":env" }) do
      screen:type(line)
      screen:wait(line .. "\nin\n+$")
      screen:press("C-c")
      screen:wait("interrupted\nclnrm%[%d%]>\n+$")
    end
    enter("1 + 1", "%] = 2")
  end)

  it("ends at the third Ctrl-C within a function of C, which nothing else ends", function()
    start()
    screen:type("print('go'); (('a'):rep(40)):find(('.-'):rep(30) .. 'b')")
    screen:wait("\ngo\n")
    local pane = screen:tmux("display", "-p", "#{pane_pid}"):match("%d+")
    local pid = io.popen("pgrep -P " .. pane .. " clnrm"):read("n")
    for n = 1, 3 do
      screen:press("C-c")
      screen:wait(("%^C"):rep(n))
      await_no_signal(pid)
    end
    screen:wait("exit=130")
    expect_modes()
  end)

  for what, code in pairs({
    ["an endless loop"] = "while true do end",
    ["a function of C"] = "(('a'):rep(40)):find(('.-'):rep(30) .. 'b')",
  }) do
    it("ends with its terminal, also in " .. what, function()
      start()
      screen:type("io.open('pid', 'w'):write(io.open('/proc/self/stat'):read('n')):close()")
      screen:wait("\nclnrm%[2%]>\n+$")
      local pid = support.read(dir .. "/pid")
      screen:type("print('go'); " .. code)
      screen:wait("\ngo\n")
      screen:close()
      screen = nil
      local got = support.sh(("for i in $(seq 3000); do kill -0 %s 2>/dev/null || exit 0; "
        .. "sleep 0.02; done; kill -9 %s; exit 1"):format(pid, pid))
      assert.equal(0, got.code)
    end)
  end

  it("completes, explains and searches", function()
    start()
    enter("room = clnrm.open()", "open%(%)")
    screen:press("-l", "room:exe")
    screen:press("Tab")
    screen:press("-l", "('echo hi').stdout")
    screen:press("Enter")
    screen:wait('%[2%] = "hi␊"')
    enter("room.put?", "Writes a file.*Example.*")
    enter("local function twice(n) return n * 2 end", "twice")
    enter("twice??", "\nlocal function twice%(n%) return n %* 2 end")
    enter(":type room", "\nclnrm.Room\n?")
    enter(":tme 1", "did you mean ':time'")
    enter(":env", "room +clnrm.Room\n +twice +function")
    enter(":reset", ":reset")
    enter("room", "\nclnrm%[%d+%]> room")
  end)

  it("saves lines as a test that passes", function()
    start()
    enter("room = clnrm.open()", "open")
    enter("room:exec('echo hi').stdout", "= \"hi␊\"")
    enter("error('no')", "T702.*")
    enter(":save t/hi.clnrm.lua", "wrote [^\n]*: a test with 1 expectation; 1 line left out")
    enter(":save t/hi.clnrm.lua", "is there already")
    enter(":save t/two.clnrm.lua 2-9", "there are 1 to 3")
    assert.equal(0, support.run({ "run", "t" }, { cwd = dir }).code)
  end)

  it("takes a paste as one input, also a large one and one of no text", function()
    start()
    screen:tmux("set-buffer", "local n = 0\nfor i = 1, 3 do\n\tn = n + i\nend\nreturn n")
    screen:tmux("paste-buffer", "-p")
    screen:wait("return n\n+$")
    enter("", "%[1%] = 6")
    support.write(dir .. "/big", "x = [[" .. ("0123456789abcdef\n"):rep(1 << 16) .. "]]")
    screen:tmux("load-buffer", dir .. "/big")
    screen:tmux("paste-buffer", "-p")
    screen:wait("]]\n+$")
    enter("", "]]\n?")
    enter("#x", ("= %d"):format(17 << 16))
    screen:tmux("set-buffer", "y = '\1\27[2J\127\195('")
    screen:tmux("paste-buffer", "-p")
    enter("", "")
    enter("6 * 7", "= 42")
  end)

  it("runs a paste that ends in an expression, and at an empty line what is not whole", function()
    start()
    screen:tmux("set-buffer", "local q = 5\nq")
    screen:tmux("paste-buffer", "-p")
    screen:wait("\n[^\n]*q\n+$")
    enter("", "%[1%] = 5")
    enter("local w = q; w * 2", "%[2%] = 10")
    screen:type("q =")
    screen:wait("┆>\n+$")
    enter("", "P040.*unexpected symbol near <eof>.*")
    screen:type("function f()")
    screen:wait("┆>\n+$")
    screen:type("")
    screen:wait("┆>\n[^\n]*┆>\n+$")
    enter("return 7 end", "end")
    enter("f()", "= 7")
  end)

  it("keeps a history between sessions, without secrets", function()
    start()
    enter("!DB_PASSWORD=hunter2 true", "true")
    enter("api_token = 'hunter2'", "hunter2")
    enter("print('first')", "\nfirst\n?")
    screen:press("C-d")
    screen:wait("exit=0")
    screen:type("clear; \"$CLNRM\" repl -q")
    screen:wait("^clnrm%[1%]>\n+$") -- not the one from before
    screen:press("Up")
    screen:wait("> print%('first'%)\n+$")
    screen:press("Up")
    screen:wait('> api_token = "%*%*%*"\n+$')
    screen:press("C-d")
    local found = support.sh("grep -rl hunter2 home; find home -path '*/repl/*' -printf '%m\\n'",
      { cwd = dir })
    assert.equal("600\n", found.out)
  end)

  it("shows what tasks print above the line that is typed", function()
    start()
    enter("g = clnrm.task.group()", "group")
    enter("function f() while not go do clnrm.task.sleep(1) end print('from '..who) end", "end")
    enter("x = g:spawn(f)", "spawn")
    enter("who = 'a task'; go = true", "\nfrom a task")
    enter("1", "= 1")
  end)

  it("stops at Ctrl-Z and goes on, follows the size, and ends with SIGTERM", function()
    start(nil, { width = 80 })
    screen:press("-l", "6 * ")
    screen:wait("6 %*")
    screen:press("C-z")
    screen:wait("Stopped")
    expect_modes()
    screen:type("fg")
    screen:wait("fg\n.*clnrm%[1%]> 6 %*\n+$")
    screen:resize(60, 20)
    screen:press("-l", "7")
    screen:press("Enter")
    screen:wait("%[1%] = 42")
    local pane = screen:tmux("display", "-p", "#{pane_pid}"):match("%d+")
    os.execute(("kill -TERM $(pgrep -P %s clnrm)"):format(pane))
    screen:wait("clnrm%[2%]>\nREADY")
    screen:type('echo "exit=$?"')
    screen:wait("exit=143")
    expect_modes()
  end)

  it("gives the terminal back when it is killed by a signal that it does not handle", function()
    start()
    screen:press("-l", "half a line")
    screen:wait("half a line")
    local pane = screen:tmux("display", "-p", "#{pane_pid}"):match("%d+")
    os.execute(("kill -QUIT $(pgrep -P %s clnrm)"):format(pane))
    screen:wait("exit=131")
    expect_modes()
  end)

  it("is over with its terminal, and so are its rooms", function()
    start()
    enter("room = clnrm.open(); p = room:start('exec sleep 6543')", "6543")
    local pane = screen:tmux("display", "-p", "#{pane_pid}"):match("%d+")
    local pid = io.popen("pgrep -P " .. pane .. " clnrm"):read("n")
    screen:close()
    screen = nil
    for _ = 1, 1500 do
      if not os.execute(("kill -0 %d 2>/dev/null"):format(pid)) then
        return
      end
      task.sleep(20)
    end
    error("it is still there")
  end)
end)
