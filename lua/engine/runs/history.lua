--- What the last runs tell of each test, for `--order risk`: when it failed, how steady it is, how
--- long it takes.
local results = require("engine.runs.results")

local M = {}

---@class engine.runs.History of one test, over those of the runs in which it ran
---@field runs integer       in which it ran; one that it was skipped in, or that the machine or a
---                          signal left without a verdict, is none
---@field failed_ago? integer how many of these ago it last made its run fail; 0: in the last one
---@field unsteady number    share of these, 0 to 1, in which it failed or was flaky
---@field ms number          median of its times
---@field began_ns integer   when the last of these began, since 1970

local TELLS_NOTHING = { skip = true, infra = true } -- of the test itself

local function median(list)
  table.sort(list)
  local middle = (#list + 1) // 2
  return #list % 2 == 1 and list[middle] or (list[middle] + list[middle + 1]) / 2
end

--- Adds what one run tells of a test.
local function add(by_id, times, id, result, info)
  local history = by_id[id]
  if not history then
    history = { runs = 0, unsteady = 0, began_ns = info.began_ns }
    by_id[id], times[history] = history, {}
  end
  if result.is_bad and not history.failed_ago then
    history.failed_ago = history.runs
  end
  history.unsteady = history.unsteady + ((result.is_bad or result.verdict == "flaky") and 1 or 0)
  history.runs = history.runs + 1
  table.insert(times[history], result.duration_ms)
end

--- Reads the histories of all tests.
---@param runs engine.runs.Info[] of one project, the newest first
---@return table<string, engine.runs.History> by identity
---@nodiscard
function M.of(runs)
  local by_id, times = {}, {}
  for _, info in ipairs(runs) do
    for id, result in pairs(results.of(info)) do
      if not TELLS_NOTHING[result.verdict] then
        add(by_id, times, id, result, info)
      end
    end
  end
  for _, history in pairs(by_id) do
    history.unsteady = history.unsteady / history.runs
    history.ms = median(times[history])
  end
  return by_id
end

return M
