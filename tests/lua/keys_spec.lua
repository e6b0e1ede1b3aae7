local keys = require("core.keys")
local task = require("core.task")

local clnrm = assert(os.getenv("CLNRM"))

--- Runs Lua on a terminal of its own with `typed` pressed; returns what came out.  What types stays
--- open: `script` would end the session otherwise.
local function on_terminal(typed, text)
  local file = os.tmpname()
  local f = assert(io.open(file, "w"))
  f:write(text)
  f:close()
  local pipe = assert(io.popen(([[exec 2>&1; mkfifo %s.in; exec 3<>%s.in; rm %s.in; printf '%s' >&3;
    timeout 60 script -qec '%s lua %s; stty -a' /dev/null <&3]])
    :format(file, file, file, typed, clnrm, file)))
  local out = pipe:read("a")
  pipe:close()
  os.remove(file)
  return out
end

local GRAB = [[
local keys, task, term = require("core.keys"), require("core.task"), require("core.term")
assert(term.guard())
local k <close> = assert(keys.open(0))
assert(k:grab())
]]

describe("core.keys", function()
  it("needs a terminal", function()
    local file = assert(io.open("/dev/null"))
    local k, err = keys.open(0)
    if k then
      k:close() -- the tests themselves run on a terminal
    else
      assert.equal("ENOTTY", err.code)
    end
    file:close()
    assert.has_error(function()
      keys.open(-1)
    end)
  end)

  it("tells what was pressed, without a newline, and gives the terminal back", function()
    local out = on_terminal("tq", GRAB .. [[
      local got = ""
      while not got:find("tq", 1, true) do
        got = got .. assert(task.timeout(30000, k.next, k))
      end
      print("got " .. got)
    ]])
    assert.matches("got .*tq", out)
    assert.matches(" icanon", out)
    assert.matches(" echo ", out)
  end)

  it("reads nothing after release", function()
    local out = on_terminal("x", GRAB .. [[
      k:release()
      local _, err = task.timeout(100, k.next, k)
      print("nothing: " .. err.code)
      k:close()
      print(pcall(k.next, k))
    ]])
    assert.matches("nothing: ETIMEDOUT", out)
    assert.matches("keys are closed", out)
  end)

  it("ends a wait when it is closed", function()
    local out = on_terminal("", GRAB .. [[
      local waits = task.spawn(function()
        return k:next()
      end)
      task.yield()
      k:close()
      local got, err
      repeat got, err = waits:join() until not got
      print("closed: " .. err.code)
    ]])
    assert.matches("closed: %u+", out)
    assert.is_function(task.yield)
  end)
end)

describe("core.term", function()
  local term = require("core.term")

  it("opens only a terminal anew", function()
    local file = assert(io.popen("true"))
    local fd, err = term.reopen(1000)
    assert.is_nil(fd)
    assert.equal("EBADF", err.code)
    file:close()
    assert.has_error(function()
      term.close(1)
    end)
    assert.has_error(function()
      term.undo(2, ("x"):rep(513))
    end)
    term.undo(2, "")
  end)

  it("gives the foreground to a group, and takes it back", function()
    local _, err = term.give(1000)
    assert.equal("EBADF", err.code)
    assert.has_error(function()
      term.give(0, -1)
    end)
    local out = on_terminal("", [[
      local proc, term = require("core.proc"), require("core.term")
      local shell <close> = assert(proc.spawn({ argv = { "/bin/sh", "-c",
        "while :; do read _ _ _ _ own _ _ now _ </proc/self/stat; " ..
        "[ $own = $now ] && break; done" } }))
      print("in front", term.is_foreground(0))
      assert(term.give(0, shell:pid()))
      print("behind", term.is_foreground(0), shell:wait().kind)
      assert(term.give(0))
      print("again", term.is_foreground(0))
      print(select(2, term.give(0, 999999)).code)
    ]])
    assert.matches("in front\ttrue\r\nbehind\tfalse\texited\r\nagain\ttrue\r\nESRCH", out)
  end)

  it("knows rows and foreground of a terminal, and neither of anything else", function()
    assert.equal(0, term.rows(1000))
    assert.is_nil((term.size(1000)))
    assert.is_false(term.is_foreground(1000))
    local out = on_terminal("", [[
      local term = require("core.term")
      os.execute("stty rows 33 columns 77")
      print(term.rows(1), term.is_foreground(1), term.size(1))
      local fd = assert(term.reopen(1))
      term.write(fd, "own write\n")
      term.undo(fd, "undone\n")
      term.restore()
      term.close(fd)
    ]])
    assert.matches("33\ttrue\t33\t77", out)
    assert.matches("own write\r\nundone", out)
  end)
end)
