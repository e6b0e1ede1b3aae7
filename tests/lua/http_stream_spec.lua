--- A stream of core.http between two tasks: who reads, and who writes.
local fs = require("core.fs")
local http = require("core.http")
local proc = require("core.proc")
local task = require("core.task")

local root = os.getenv("CLNRM_ROOT") or "."

--- Reads up to the end.
local function read_all(call)
  local parts = {}
  repeat
    parts[#parts + 1] = assert(call:read())
  until parts[#parts] == ""
  return table.concat(parts)
end

describe("a stream of core.http", function()
  it("tells who reads what came while the end was said", function()
    local dir = assert(fs.tempdir())
    local server <close> = assert(proc.spawn({
      argv = { "python3", root .. "/tests/tools/http_answers.py", dir .. "/s" },
    }))
    for _ = 1, 2000 do
      if server:stdout():find("ready", 1, true) then
        break
      end
      task.sleep(5)
    end
    local client <close> = assert(http.client({ socket = dir .. "/s" }))
    local call <close> = assert(client:ask({ method = "POST", target = "/goodbye",
      upgrade = true }))
    assert.equal(101, (call:head()))
    local reader = task.spawn(read_all, call)
    assert(call:write("x"))
    task.yield()
    assert(os.execute("sleep 0.2")) -- the answer and its end are there, and nobody has looked
    assert(call:finish())
    assert.equal("bye", task.timeout(60000, reader.join, reader))
    fs.remove_tree(dir)
  end)
end)
