local editor = require("core.editor")
local support = dofile("tests/e2e/support.lua")
local tmux = dofile("tests/tools/tmux.lua")

--- Tells every event of an editor; `l` begins a line, and Tab completes a name.
local PROGRAM = [==[
local editor, task, term = require("core.editor"), require("core.task"), require("core.term")
assert(term.guard())
local e <close> = assert(editor.open())
e:remember("print('from before')")
BEFORE
e:line("> ")
while true do
  local kind, text, cursor = e:next()
  if kind == "complete" then
    e:answer(text:sub(1, cursor):find("clo$") and "se" or "", "close  closed\n")
  else
    print(("%s %q"):format(kind, text or ""))
    if kind ~= "line" then
      break
    end
    e:remember(text)
    e:line("> ")
  end
end
e:close()
io.stdout:flush()
]==]

describe("core.editor", function()
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

  --- Starts the program; returns when its prompt is there.
  local function start(before)
    support.write(dir .. "/p.lua", (PROGRAM:gsub("BEFORE", before or "")))
    screen = tmux.open(dir)
    screen:type('"$CLNRM" lua p.lua; echo "exit=$?"')
    screen:wait("\n>")
  end

  --- Expects the program to be over and the terminal to be as a shell wants it.
  local function expect_restored()
    screen:wait("exit=0")
    screen:type("stty -a | tr ' ' '\\n' | grep -x -e -icanon -e icanon -e echo -e -echo | xargs; :")
    screen:wait("\nicanon echo\n")
  end

  it("needs a terminal", function()
    local out = support.sh('clnrm lua p.lua < /dev/null', { cwd = dir })
    assert.equal(2, out.code) -- there is no such file yet
    support.write(dir .. "/p.lua", "print(select(2, require('core.editor').open()).code)")
    assert.equal("ENOTTY\n", support.sh("clnrm lua p.lua", { cwd = dir }).out)
    assert.is_function(editor.open)
  end)

  it("gives what was typed and edited, and the end", function()
    start()
    screen:press("-l", "ab")
    screen:press("Left")
    screen:press("-l", "é")
    screen:press("Enter")
    screen:wait('line "aéb"')
    screen:press("C-d")
    screen:wait('end ""')
    expect_restored()
  end)

  it("walks through its history and searches in it", function()
    start()
    screen:type("first")
    screen:wait('line "first"')
    screen:press("C-r")
    screen:press("-l", "from")
    screen:wait("> print%('from before'%)")
    screen:press("Enter")
    screen:wait('line "print%(\'from before\'%)"')
    screen:press("Up", "Up")
    screen:wait("> first\n+$")
    screen:press("Enter")
    screen:wait('line "first".*line "first"')
    screen:press("C-d")
    expect_restored()
  end)

  it("completes while it waits for the answer", function()
    start()
    screen:press("-l", "clo")
    screen:press("Tab")
    screen:wait("close  closed\n> close")
    screen:press("Enter")
    screen:wait('line "close"')
    screen:press("C-d")
    expect_restored()
  end)

  it("takes a paste whole, with its newlines", function()
    start()
    screen:tmux("set-buffer", "for i = 1, 2 do\n\tprint(i)\nend")
    screen:tmux("paste-buffer", "-p")
    screen:wait("for i = 1, 2 do\n +print%(i%)\nend")
    screen:press("Enter")
    screen:wait('line "for i = 1, 2 do\\\n\\9print%(i%)\\\nend"' )
    screen:press("C-d")
    expect_restored()
  end)

  it("lets tasks go on while a line is typed, and shows above it", function()
    start([[
      task.spawn(function()
        for i = 1, 3 do
          task.sleep(30)
          e:show("beat " .. i .. "\n")
        end
      end)
    ]])
    screen:press("-l", "abc")
    screen:wait("beat 1\nbeat 2\nbeat 3\n> abc")
    screen:press("Enter")
    screen:wait('line "abc"')
    screen:press("C-d")
    expect_restored()
  end)

  it("leaves a line, also one that is searched, and begins another", function()
    start([[
      task.spawn(function()
        while not io.open("leave") do
          task.sleep(20)
        end
        e:leave()
      end)
    ]])
    screen:press("C-r")
    screen:press("-l", "zz")
    screen:wait("zz")
    support.write(dir .. "/leave", "")
    screen:wait('left ""')
    expect_restored()
  end)

  it("follows a terminal that is resized, and gives it back while it is stopped", function()
    start([[
      local signals = require("core.signal").open("SIGWINCH", "SIGTSTP")
      task.spawn(function()
        while true do
          local name = signals:next()
          if not name then
            return
          elseif name == "SIGWINCH" then
            e:resize()
          else
            e:suspend()
            signals:stop_self("SIGTSTP")
            e:resume()
          end
        end
      end)
    ]])
    screen:press("-l", "some words that are longer than the narrow screen")
    screen:wait("narrow screen")
    screen:resize(30, 12)
    screen:wait("\n> some words that are longer t\nhan the narrow screen\n+$")
    screen:press("C-z")
    screen:wait("Stopped")
    screen:type("clear; stty -a | tr ' ' '\\n' | grep -x -e -icanon -e icanon | xargs; fg")
    screen:wait("icanon\n.*> some words that are longer t\nhan the narrow screen\n+$")
    screen:press("Enter")
    screen:wait('narrow screen"')
    screen:press("C-d")
    screen:wait('end ""')
  end)

  it("is over with its terminal", function()
    start()
    local pid = screen:tmux("display", "-p", "#{pane_pid}"):match("%d+")
    local child = io.popen("pgrep -P " .. pid .. " clnrm"):read("n")
    screen:close()
    screen = nil
    for _ = 1, 1500 do
      if not os.execute(("kill -0 %d 2>/dev/null"):format(child)) then
        return
      end
      require("core.task").sleep(20)
    end
    error("the program is still there")
  end)
end)
