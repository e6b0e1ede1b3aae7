--- Commands of the REPL that measure, or give the terminal away.
local support = dofile("tests/e2e/support.lua")
local tmux = dofile("tests/tools/tmux.lua")

describe("a command of clnrm repl", function()
  local dir, screen

  before_each(function()
    dir = support.tempdir()
    screen = tmux.open(dir, { width = 100, height = 50, env = { EDITOR = "sed -i s/20/30/" } })
    screen:type('clear; "$CLNRM" repl; echo "exit=$?"')
    screen:wait("clnrm%[1%]>")
  end)

  after_each(function()
    screen:press("C-d")
    pcall(screen.wait, screen, "exit=0")
    screen:close()
    support.remove(dir)
  end)

  --- Types a line and waits for a prompt below what it gives.
  local function enter(text, wanted)
    screen:type(text)
    return screen:wait((wanted or "") .. "[^\n]*\nclnrm%[%d+%]>\n+$")
  end

  it("measures how long code takes", function()
    enter(":bench 1 + 1", "median [%d.]+ [nu]s, half of them [%d.]+ %a+ to [%d.]+ %a+, fastest "
      .. "[%d.]+ %a+; %d+ samples of %d+ runs each")
    enter(":bench error('no')", "T702.*")
    enter(":bench", "there is no code")
    enter(":bench for", "P040.*")
    for _, name in ipairs({ "bench", "prof" }) do
      screen:type((":%s print('go %s') while true do end"):format(name, name))
      screen:wait(("\ngo %s\n"):format(name))
      screen:press("C-c")
      screen:wait("interrupted\nclnrm%[%d+%]>\n+$")
    end
  end)

  it("tells where the instructions of code go", function()
    enter("function spin() for i = 1, 1e6 do end end", "end")
    enter(":prof spin()", "own +all  function\n *[%d.]+%% +100.0%%  repl%[1%]:1 spin\n.*"
      .. "looks, one each 1000 instructions")
    enter(":prof 1", "too few instructions")
    enter(":prof error('boom')", "T702%]: boom.*")
    enter(":prof error({})", "error%[T702.*")
  end)

  it("runs commands of the shell, and tests", function()
    enter(":sh echo from the shell; exit 3", "\nfrom the shell\nexit 3")
    enter("!pwd", "\n/[^\n]*")
    enter(":sh", "needs a command.*")
    support.write(dir .. "/a.clnrm.toml", '[meta]\nname = "a"\n[[scenario]]\nname = "this one"\n'
      .. '[[scenario.steps]]\nname = "s"\ncommand = "true"\n[[scenario]]\nname = "other"\n'
      .. '[[scenario.steps]]\nname = "s"\ncommand = "false"\n')
    enter(":run this one", "1 run: 1 passed")
    enter(":run a.clnrm.toml", "2 run: 1 passed, 1 failed.*\nexit 1")
    enter(":run -q --only other", "1 run: 1 failed.*\nexit 1")
  end)

  it("stops where a breakpoint is, in tests that it runs", function()
    support.write(dir .. "/b.clnrm.lua", 'local clnrm = require("clnrm")\n'
      .. 'clnrm.test("b", function(t)\n  local here = 1\n  assert(here == 1)\nend)\n')
    enter(":break b.clnrm.lua:4")
    screen:type(":run b.clnrm.lua")
    screen:wait("> 4│   assert%(here == 1%)\n.*pdb%[1%]>")
    screen:type("continue")
    screen:wait("1 run: 1 passed[^\n]*\nclnrm%[%d+%]>\n+$")
  end)

  it("offers names of images, and finds lines by a pattern", function()
    support.write(dir .. "/i.clnrm.toml", '[room]\nimage = "zz-only.example/one:1"\n')
    screen:tmux("send-keys", "-l", 'x = { image = "zz-')
    screen:press("Tab")
    screen:wait('image = "zz%-only%.example/one:1\n*$')
    screen:press("C-u")
    enter("40 + 2", "= 42")
    enter("'forty'", "forty")
    enter(":hist /^4.* [+] \\d$/", "\n  40 %+ 2")
    enter(":hist /(/", "error: ")
  end)

  it("loads files again, and edits lines", function()
    support.write(dir .. "/f.lua", "local base = 20")
    enter(":load f.lua", "f.lua")
    support.write(dir .. "/f.lua", "local base = 40")
    enter(":reload", "\nf.lua")
    enter("base", "= 40")
    enter("20 + 1", "= 21")
    enter(":edit", "\n30 %+ 1\n%[3%] = 31")
    enter(":edit 2", "\n30 %+ 1\n%[4%] = 31")
    enter(":edit 1", "not changed")
    enter(":edit 99", "there is no line '99'")
    enter(":doc clnrm.open", "Opens a room.*")
  end)
end)
