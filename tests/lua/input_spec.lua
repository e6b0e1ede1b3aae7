local input = require("core.input")

local clnrm = assert(os.getenv("CLNRM"))

--- Runs Lua in a process of its own; `shell` says what its standard input is, with `$RUN` for it.
local function run(shell, text)
  local file = os.tmpname()
  local f = assert(io.open(file, "w"))
  f:write('local input, task = require("core.input"), require("core.task")\n', text)
  f:close()
  local pipe = assert(io.popen(("RUN='timeout 60 %s lua %s'; { %s; } 2>&1"):format(clnrm, file,
    shell)))
  local out = pipe:read("a")
  pipe:close()
  os.remove(file)
  return out
end

describe("core.input", function()
  it("tells bytes as they come, then the end", function()
    local out = run("{ printf one; sleep 0.3; printf two; } | $RUN", [[
      local i <close> = assert(input.open(0))
      print(i:next())
      print(select(2, task.timeout(10, i.next, i)).code)
      print(i:next())
      print(select("#", i:next()), i:next())
    ]])
    assert.equal("one\nETIMEDOUT\ntwo\n1\tnil\n", out)
  end)

  it("lets other tasks run meanwhile, and ends a wait by close", function()
    local out = run("sleep 0.3 | $RUN", [[
      local i = assert(input.open(0))
      local waiting = task.spawn(function()
        print(select(2, i:next()).code)
      end)
      task.sleep(1)
      i:close()
      i:close()
      waiting:join()
      print(pcall(i.next, i))
    ]])
    assert.matches("^ECANCELED\nfalse\t.*input is closed", out)
  end)

  it("reads a file, 64 KiB at most at once", function()
    local out = run("f=$(mktemp); head -c 70000 /dev/zero >$f; $RUN <$f; rm $f", [[
      local i <close> = assert(input.open(0))
      print(#i:next(), #i:next(), i:next())
    ]])
    assert.equal("65536\t4464\tnil\n", out)
  end)

  it("leaves the descriptor as blocking as it was", function()
    local out = run("printf x | { $RUN; cat; } ", [[
      local i = assert(input.open(0))
      local flags = io.open("/proc/self/fdinfo/0"):read("a"):match("flags:%s*(%d+)")
      print(tonumber(flags, 8) & 2048)
    ]])
    assert.equal("0\nx", out)
  end)

  it("names what cannot be read", function()
    assert.equal("EISDIR\n", run("$RUN </", [[
      local i <close> = assert(input.open(0))
      print(select(2, i:next()).code)
    ]]))
    local i, err = input.open(999)
    assert.is_nil(i)
    assert.equal("EBADF", err.code)
    assert.has_error(function()
      input.open(-1)
    end)
  end)
end)
