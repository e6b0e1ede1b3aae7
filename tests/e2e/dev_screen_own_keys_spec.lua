--- Keys that a project gives to the full screen, in .clnrm/dev.lua.
local screens = dofile("tests/tools/dev_screen.lua")
local support = dofile("tests/e2e/support.lua")

local WIDE = { width = 110, height = 26 }

describe("a key of .clnrm/dev.lua", function()
  local screen

  before_each(function()
    screen = screens.new()
    screen:tests("cli", { "is wrong: false" })
    os.execute("mkdir -p " .. screen.dir .. "/p/.clnrm")
  end)

  after_each(function()
    screen:close()
  end)

  local function start(text, options)
    support.write(screen.dir .. "/p/.clnrm/dev.lua", text)
    return screen:start(options, { width = WIDE.width, height = WIDE.height })
  end

  it("calls its function with the chosen test, and stands in the help", function()
    start([[
      clnrm.dev.key("B", "tells the test", function(screen)
        local test = screen.test
        screen:tell(("%s of %s:%d is %s"):format(test.name, test.file, test.line, test.verdict))
      end)]])
    screen:press("B")
    screen:wait("\n is wrong of cli%.clnrm%.toml:3 is fail")
    screen:press("?", "NPage", "NPage")
    screen:wait("│ B        tells the test")
  end)

  it("may run tests, and a command on the terminal", function()
    start([[
      clnrm.dev.key("R", "runs", function(screen)
        if screen:run("echo in front; read x; test $x = yes") then
          screen:rerun("failed")
        end
      end)]])
    screen:press("R")
    screen:wait("in front")
    screen.terminal:type("yes")
    screen:wait("● watching 1 file +run #2 ")
  end)

  it("may fail, or compute for ever, and the screen goes on", function()
    start([[
      clnrm.dev.key("E", "raises", function() error("on purpose") end)
      clnrm.dev.key("L", "computes", function() while true do end end)]])
    screen:press("E")
    screen:wait("\n E: %.clnrm/dev%.lua:1: on purpose")
    screen:press("L")
    screen:wait("\n L: [^\n]*endless loop")
    screen:press("f")
    screen:wait("● watching 1 file +run #2 ")
  end)

  it("may raise what is never said, and the screen goes on", function()
    start([[
      local never = setmetatable({}, { __tostring = function() while true do end end })
      clnrm.dev.key("E", "raises", function() error(never) end)]])
    screen:press("E")
    screen:wait("\n E: [^\n]*endless loop")
    screen:press("f")
    screen:wait("● watching 1 file +run #2 ")
  end)

  it("may compute while other keys are taken", function()
    start([[
      local is_done = false
      clnrm.dev.key("L", "computes", function(screen)
        while not is_done do end
        screen:tell("it was told to end")
      end)
      clnrm.dev.key("D", "ends that", function() is_done = true end)]])
    screen:press("L", "D")
    screen:wait("\n it was told to end")
  end)

  it("ends with the screen, and nothing of it is told on the shell", function()
    start([[
      clnrm.dev.key("L", "computes", function() while true do end end)
      print("keys are there")]])
    screen:wait("\n keys are there")
    screen:press("L", "q")
    local shown = screen:expect_restored("exit=1")
    assert.is_nil(shown:find("a task failed", 1, true), shown)
  end)

  it("is none where the key is the screen's own", function()
    start([[
      clnrm.dev.key("Z", "is there", function(screen) screen:tell("Z was pressed") end)
      clnrm.dev.key("q", "never quits", function() end)]])
    screen:wait("dev%.lua:2: clnrm%.dev%.key: 'q' is the screen's own: ends the loop")
    screen:press("Z")
    screen:wait("\n Z was pressed")
    screen:press("q")
    screen:expect_restored("exit=1")
  end)

  it("is none in a file that cannot be compiled, nor with --no-overrides", function()
    start("clnrm.dev.key(")
    screen:wait("%.clnrm/dev%.lua:1: ")
    screen:press("q")
    screen:wait("exit=1")
    screen.terminal:close()
    start("error('is not loaded')", "--no-overrides")
    screen:press("f")
    screen:wait("● watching 1 file +run #2 ")
    assert.is_nil(screen.terminal:screen():find("is not loaded", 1, true))
  end)
end)
