--- Sums up the results of suites: failures, skips with their reasons, and one last line of counts.
---
--- usage: lua5.4 tools/summary.lua RESULTS NAME...     exits 1 when anything failed
---        lua5.4 tools/summary.lua --one FILE NAME     one line about one suite that just ended
---        lua5.4 tools/summary.lua --red RESULTS NAME...   the names of the suites that failed
---
--- A suite whose first results are kept beside the second (NAME.first.tap) and that is green now is
--- flaky: what failed at first is told, under that word, and counted before the last line.
---
--- A suite that was killed, ran no test, or printed fewer results than its plan has failed, even
--- when each result it printed is good.

---@class tools.Suite
---@field name string
---@field passed integer
---@field failed integer
---@field skipped integer
---@field ms integer
---@field rc integer exit status of its process
---@field failures string[] each one test, with its explanation
---@field skips string[] each "name: reason"

local TIMED_OUT, KILLED = 124, 137
local TAIL_LINES = 40

local function read(path)
  local f = io.open(path, "rb")
  if not f then
    return nil
  end
  local text = f:read("a")
  f:close()
  return text
end

local function tail(text)
  local lines = {}
  for line in text:gmatch("[^\n]+") do
    lines[#lines + 1] = "    " .. line
  end
  return table.concat(lines, "\n", math.max(1, #lines - TAIL_LINES + 1))
end

--- Reads the TAP of one suite into counts.
local function read_tap(suite, tap)
  local planned, failing, reason = 0, nil, nil
  for line in tap:gmatch("[^\n]+") do
    local ok, text = line:match("^(.-ok) %d+%s*%-?%s*(.*)$")
    if line:match("^#? ?skipped: ") then -- how a C test says why, before cmocka's skip()
      reason = ": " .. line:match("skipped: (.*)$")
    elseif line:match("^1%.%.%d+") then
      planned = planned + tonumber(line:match("%d+$"))
    elseif (ok == "ok" or ok == "not ok") and text:match("^#%s*SKIP") then
      -- cmocka 1.1 says "not ok N # SKIP name"; the plan counts it all the same
      suite.skipped = suite.skipped + 1
      suite.skips[#suite.skips + 1] = text:match("^#%s*SKIP%s*(.*)$") .. (reason or "")
      reason = nil
    elseif ok == "ok" then
      suite.passed, failing = suite.passed + 1, nil
    elseif ok == "not ok" then
      suite.failed = suite.failed + 1
      failing = #suite.failures + 1
      suite.failures[failing] = text
    elseif failing and line:match("^#") and not line:match("^# n?o?t? ?ok %- ") then
      suite.failures[failing] = suite.failures[failing] .. "\n    " .. line:sub(3)
    end
  end
  return planned
end

--- What is wrong with the suite as a whole, or nil.
local function trouble(suite, planned)
  local seen = suite.passed + suite.failed + suite.skipped
  if suite.rc == TIMED_OUT or suite.rc == KILLED then
    return ("ended by its time limit or a kill (exit status %d)"):format(suite.rc)
  elseif planned ~= seen then
    return ("%d of %d planned tests told a result (exit status %d)"):format(
      seen, planned, suite.rc)
  elseif seen == 0 then
    return ("ran no test (exit status %d)"):format(suite.rc)
  elseif suite.rc ~= 0 and suite.failed == 0 and suite.skipped == 0 then
    return ("every test passed, but the program exited with %d"):format(suite.rc)
  end
end

---@return tools.Suite
local function load_suite(path, name)
  local suite = { name = name, passed = 0, failed = 0, skipped = 0, failures = {}, skips = {} }
  local rc, ms = (read(path .. ".rc") or "-1 0"):match("(%-?%d+) (%d+)")
  suite.rc, suite.ms = tonumber(rc), tonumber(ms)
  local why = trouble(suite, read_tap(suite, read(path .. ".tap") or ""))
  if why then
    suite.failed = suite.failed + 1
    suite.failures[#suite.failures + 1] = why
  end
  local err = read(path .. ".err") or ""
  if suite.failed > 0 and err ~= "" then
    suite.failures[#suite.failures + 1] = "(its stderr)\n" .. tail(err)
  end
  return suite
end

local function print_one(suite)
  local parts = { ("%d passed"):format(suite.passed) }
  if suite.failed > 0 then
    parts[#parts + 1] = ("%d failed"):format(suite.failed)
  end
  if suite.skipped > 0 then
    parts[#parts + 1] = ("%d skipped"):format(suite.skipped)
  end
  print(("%-4s [%7.3fs] %-32s %s"):format(
    suite.failed > 0 and "FAIL" or "ok", suite.ms / 1000, suite.name, table.concat(parts, ", ")))
end

--- What the first run of a suite told as failed, when there was a second.
local function first_failures(path, name)
  if not read(path .. ".first.tap") then
    return {}
  end
  return load_suite(path .. ".first", name).failures
end

local function print_red(dir, names)
  for _, name in ipairs(names) do
    if load_suite(dir .. "/" .. name, name).failed > 0 then
      print(name)
    end
  end
end

local function print_all(dir, names)
  table.sort(names)
  local total = { passed = 0, failed = 0, skipped = 0 }
  local failures, skips, flakes, flaky = {}, {}, {}, 0
  for _, name in ipairs(names) do
    local suite = load_suite(dir .. "/" .. name, name)
    for key in pairs(total) do
      total[key] = total[key] + suite[key]
    end
    for _, text in ipairs(suite.failures) do
      failures[#failures + 1] = ("FAIL %s: %s"):format(name, text)
    end
    for _, text in ipairs(suite.skips) do
      skips[#skips + 1] = ("skip %s: %s"):format(name, text)
    end
    local at_first = first_failures(dir .. "/" .. name, name)
    flaky = flaky + (#at_first > 0 and suite.failed == 0 and 1 or 0)
    for _, text in ipairs(at_first) do
      flakes[#flakes + 1] = ("first try of %s: %s"):format(name, text)
    end
  end
  for _, list in ipairs({ skips, flakes, failures }) do
    if #list > 0 then
      print("\n" .. table.concat(list, "\n"))
    end
  end
  if flaky > 0 then
    print(("\nflaky: %d of the suites failed, and passed when run again alone"):format(flaky))
  end
  local sum = ("%d passed, %d failed, %d skipped"):format(
    total.passed, total.failed, total.skipped)
  print("\n" .. sum)
  local out = assert(io.open(dir .. "/summary", "w"))
  assert(out:write(sum, "\n"))
  assert(out:close())
  return total.failed == 0
end

if arg[1] == "--one" then
  print_one(load_suite(arg[2], arg[3]))
elseif arg[1] == "--red" then
  print_red(arg[2], { table.unpack(arg, 3) })
else
  os.exit(print_all(arg[1], { table.unpack(arg, 2) }))
end
