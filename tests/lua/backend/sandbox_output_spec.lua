-- Output of commands in rooms: exact bytes, exact counts, flat memory.
local proc = require("core.proc")
local sandbox = require("engine.backend.sandbox")

local GIB = 1 << 30

local function kb(field)
  for line in io.lines("/proc/self/status") do
    local value = line:match("^" .. field .. ":%s*(%d+)")
    if value then
      return tonumber(value)
    end
  end
end

--- Runs a python text on the host, as the judge of what the room should have said.
local function host_python(text)
  local process <close> = assert(proc.spawn({ argv = { "python3", "-c", text } }))
  assert(process:wait())
  return (process:stdout())
end

describe("output of a room", function()
  local room
  setup(function()
    room = assert(sandbox.open({ room = { project = "none" } }))
  end)
  teardown(function()
    room:close()
  end)

  local function run(opts)
    opts.timeout_ms = 120000
    local result = assert(room:exec(opts))
    assert.equal(0, result.exit_code)
    return result
  end

  it("of a gigabyte is counted to the byte in less than 64 MB of memory", function()
    collectgarbage()
    local before = kb("VmRSS")
    for _, case in ipairs({
      { "yes | head -c 128M", GIB // 8, 0 },
      { "head -c 512M /dev/zero & head -c 512M /dev/zero >&2; wait", GIB // 2, GIB // 2 },
    }) do
      local result = run({ shell = case[1] })
      assert.equal(case[2], result.stdout_bytes)
      assert.equal(case[3], result.stderr_bytes)
      for _, name in ipairs({ "stdout", "stderr" }) do
        local text, cut = result[name](result, 1000)
        assert.equal(result[name .. "_bytes"], #text + cut)
      end
    end
    assert.is_true(kb("VmRSS") - before < 16 << 10)
    if os.getenv("CLNRM_VARIANT") == "release" then
      assert.is_true(kb("VmHWM") < 64 << 10)
    end
  end)

  it("keeps the first and the last bytes of what is cut", function()
    local result = run({ shell = "seq 1 3000000", out_max = 100000 })
    assert.equal(22888896, result.stdout_bytes)
    local text, cut = result:stdout()
    assert.equal(100000, #text)
    assert.equal(22888896 - 100000, cut)
    assert.matches("^1\n2\n3\n4\n", text)
    assert.matches("\n2999999\n3000000\n$", text)
  end)

  it("is stored as it was written, whatever it is", function()
    for _, text in ipairs({
      "import sys; sys.stdout.buffer.write(b'x' * 10_000_000)",
      "import sys; sys.stdout.buffer.write(b'\\n' * 10_000_000)",
      "import sys; sys.stdout.buffer.write(bytes(range(256)) * 4000)",
      "import sys; sys.stdout.buffer.write(b'\\r\\r\\n\\0\\xff\\xfe\\x1b]0;x\\x07' * 1000)",
      "import sys; sys.stdout.buffer.write('\\u202e\\ud7ff🜁'.encode('utf-16') * 1000)",
      "import random, sys; random.seed(7); sys.stdout.buffer.write(random.randbytes(3_000_000))",
      "",
    }) do
      local result = run({ argv = { "python3", "-c", text } })
      local expected = host_python(text)
      local got, cut = result:stdout()
      assert.equal(0, cut)
      assert.is_true(expected == got)
      assert.equal(#expected, result.stdout_bytes)
    end
  end)

  it("of many writers at once is never mixed up between streams or commands", function()
    local task = require("clnrm.task")
    local group <close> = task.group()
    for i = 1, 12 do
      group:spawn(function()
        local text = ("%d-"):format(i):rep(5)
        local result = run({ shell = ("for i in $(seq 2000); do echo %s; echo e%s >&2; done")
          :format(text, text) })
        assert.is_true(result:stdout() == (text .. "\n"):rep(2000))
        assert.is_true(result:stderr() == ("e" .. text .. "\n"):rep(2000))
      end)
    end
    group:wait()
  end)
end)
