--- No module does I/O when it is required: every embedded module is loaded under strace, and
--- between two marks no call about files, sockets or processes may happen.

local clnrm = assert(os.getenv("CLNRM"))

local SCRIPT = [[
for _, name in ipairs(require("core.embed").list()) do
  io.open("/mark/" .. name)
  require(name)
end
io.open("/mark/end")
]]

--- The name of the file a line of strace opens as a mark, or nil.
local function mark_of(line)
  return line:match('"/mark/([^"]+)"')
end

describe("requiring a module", function()
  it("opens, connects, spawns and looks up nothing", function()
    local script, trace = os.tmpname(), os.tmpname()
    finally(function()
      os.remove(script)
      os.remove(trace)
    end)
    local f = assert(io.open(script, "w"))
    f:write(SCRIPT)
    f:close()
    -- the leak check of the address variant cannot run under ptrace
    local command = "ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=%%file,%%network,%%process "
      .. "-o '%s' '%s' lua '%s' >/dev/null"
    assert.is_true(os.execute(command:format(trace, clnrm, script)))

    local module, seen, calls = nil, 0, {}
    for line in io.lines(trace) do
      local mark = mark_of(line)
      if mark then
        module, seen = mark, seen + 1
      elseif module and module ~= "end" then
        calls[#calls + 1] = module .. ": " .. line
      end
    end
    assert.equal("end", module)
    assert.is_true(seen > 3)
    assert.same({}, calls)
  end)
end)
