--- What a test in Lua prints while the terminal has a live region.
local support = dofile("tests/e2e/support.lua")
local tmux = dofile("tests/tools/tmux.lua")

--- Waits for files that the spec makes; MORE is what it prints behind the first one.
local TEST = [==[
local clnrm = require("clnrm")
local function wait(name)
  while not io.open(name) do
    clnrm.task.sleep(20)
  end
end
clnrm.test("talks", function()
  wait("go1")
  MORE
  wait("go2")
  io.write("whole\n", "last words")
  clnrm.expect(1):equals(1)
end)
]==]

describe("print in a Lua test", function()
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

  local function start(more, options)
    support.write(dir .. "/x.clnrm.lua", (TEST:gsub("MORE", (more:gsub("%%", "%%%%")))))
    screen = tmux.open(dir)
    screen:type(('"$CLNRM" run -j1 %s; echo "exit=$?"'):format(options or ""))
    screen:wait(options and "Starting 1" or "0/1 .-talks")
    support.write(dir .. "/go1", "")
  end

  --- Waits until the region was drawn again behind a text: its clock has gone on.
  local function redrawn(wanted)
    local first = screen:wait(wanted):match("Running %[([%d:]+)%]")
    return screen:wait(function(got)
      local now = got:match("Running %[([%d:]+)%]")
      return now and now ~= first
    end)
  end

  it("stands above the region, a line when it is whole, and loses nothing", function()
    start([[for i = 1, 5 do print("said " .. i, "and") end; io.write("half ")]])
    local got = redrawn("said 5")
    assert.matches("said 1 +and\nsaid 2 +and\nsaid 3 +and\nsaid 4 +and\nsaid 5 +and\n"
      .. "[^%w\n]+\n +Running %[[^\n]*0/1[^\n]*\n[^\n]*talks", got)
    assert.equal(1, select(2, got:gsub("Running %[", "")), got)
    assert.is_nil(got:find("half", 1, true), got)
    support.write(dir .. "/go2", "")
    got = screen:wait("exit=0")
    assert.matches("said 5 +and\nhalf whole\n", got)
    assert.equal(1, select(2, got:gsub("last words", "")), got)
    assert.is_nil(got:find("Running [", 1, true), got)
  end)

  it("shows what would move the cursor as text, and colours as colours", function()
    start([[print("\27[31mred\27[0m \27[2J\27[Hhome\rback")]])
    local got = redrawn("home")
    assert.matches("\nred ␛%[2J␛%[Hhome␍back\n[^%w\n]+\n +Running", got)
    support.write(dir .. "/go2", "")
    screen:wait("exit=0")
  end)

  it("does so on a terminal without a region, too", function()
    start([[print("\27[2J\27[Hhome")]], "--progress none")
    assert.matches("\n␛%[2J␛%[Hhome\n", screen:wait("home"))
    support.write(dir .. "/go2", "")
    screen:wait("exit=0")
  end)

  it("is as it was written where there is no terminal", function()
    support.write(dir .. "/x.clnrm.lua", (TEST:gsub("MORE", [[io.write("\27[2J ha", "lf ")]])))
    support.write(dir .. "/go1", "")
    support.write(dir .. "/go2", "")
    local got = support.run({ "run", "x.clnrm.lua" }, { cwd = dir })
    assert.equal("\27[2J half whole\nlast words", got.err)
  end)
end)
