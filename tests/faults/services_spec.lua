--- Two hundred runs of files with services, with the processors busy beside them: the same verdicts
--- each time.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local ROUNDS = tonumber(os.getenv("CLNRM_ROUNDS")) or 200
local ROOT = os.getenv("CLNRM_ROOT") or "."

local files = { "examples/redis", "examples/nginx", "examples/http", "examples/own-service" }
for name in require("lfs").dir(ROOT .. "/tests/lies") do
  if name:match("^service_") or name:match("^task_") or name:match("^health_") then
    files[#files + 1] = "tests/lies/" .. name
  end
end
table.sort(files)

--- Runs all files; returns "id: verdict" for each scenario.
---@return string[]
local function verdicts()
  local argv = table.move(files, 1, #files, 3, { "run", "--json" })
  local got = support.run(argv, { cwd = ROOT })
  local report = assert(json.decode(got.out), got.err .. got.out:sub(1, 500))
  local list = {}
  for i, result in ipairs(report.results) do
    list[i] = ("%s: %s"):format(result.id or result.file, result.verdict)
  end
  table.sort(list)
  return list
end

--- Keeps the processors and the disk busy until it is closed.
local function stress()
  local pipe = assert(io.popen("exec stress-ng --quiet --cpu 2 --vm 1 --vm-bytes 64M --hdd 1 "
    .. "--hdd-bytes 32M --temp-path /tmp --timeout 3600 & echo $!"))
  local pid = assert(pipe:read("n"))
  return setmetatable({}, {
    __close = function()
      os.execute("kill " .. pid)
      pipe:close()
    end,
  })
end

describe("files with services", function()
  it(("have the same verdicts in each of %d runs under load"):format(ROUNDS), function()
    local quiet = verdicts()
    assert.is_true(#quiet >= #files)
    local _ <close> = stress()
    for round = 1, ROUNDS do
      assert.same(quiet, verdicts(), "round " .. round)
    end
  end)
end)
