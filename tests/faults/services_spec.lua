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

--- Runs all files; returns the verdict of each scenario, and the whole report.
---@return table<string, string>
---@return table<string, table> results
local function verdicts()
  local argv = table.move(files, 1, #files, 3, { "run", "--json" })
  local got = support.run(argv, { cwd = ROOT, deadline_s = 600 })
  local report = assert(json.decode(got.out), got.err .. got.out:sub(1, 500))
  local by_id, results = {}, {}
  for _, result in ipairs(report.results) do
    local id = result.id or result.file
    by_id[id], results[id] = result.verdict, result
  end
  return by_id, results
end

--- Says which verdicts are other ones than before, with all that is known of them.
local function differences(before, after, results, results_before)
  local list = {}
  for id, verdict in pairs(before) do
    if after[id] ~= verdict then
      list[#list + 1] = ("%s: %s, then %s\n%s\n%s"):format(id, verdict, tostring(after[id]),
        json.encode(results_before[id]), json.encode(results[id]))
    end
  end
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
    local quiet, seen_quiet = verdicts()
    local count = 0
    for _ in pairs(quiet) do
      count = count + 1
    end
    assert.is_true(count >= #files)
    local _ <close> = stress()
    for round = 1, ROUNDS do
      local loud, seen = verdicts()
      assert.same({}, differences(quiet, loud, seen, seen_quiet), "round " .. round)
    end
  end)
end)
