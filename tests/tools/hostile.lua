--- Runs tests/tools/hostile_run.lua for specs: in processes of their own, since what one text
--- leaves in the memory of its process counts for the next.
local clnrm = assert(os.getenv("CLNRM"))
local tool = (os.getenv("CLNRM_ROOT") or ".") .. "/tests/tools/hostile_run.lua"
local variant = os.getenv("CLNRM_VARIANT") or "release"

local M = {}

M.SLOWEST_MS = 3000 -- of processor time; about 1,000 when nothing else runs
M.HIGHEST_KB = 64 * 1024

--- Whether time and memory are those of the program: a sanitizer has its own.
M.is_plain = variant == "release" or variant == "debug"

--- Works on some texts; returns how many ended well, the longest time, the most memory, and who had
--- much.
local function run(kind, from, count)
  local pipe = assert(io.popen(("timeout 900 '%s' lua '%s' %s %d %d 2>&1"):format(clnrm, tool, kind,
    from, count)))
  local out = pipe:read("a")
  assert(pipe:close(), out)
  local well, ms, kb, over = out:match("^(%d+)\t(%d+)\t%d+\t(%d+)\t%d+\t([%d ]*)\n$")
  assert(well, out)
  return math.tointeger(well), math.tointeger(ms), math.tointeger(kb), over
end

--- Works on many texts.
---@param kind string
---@param count integer
---@param batch integer in one process; those that have much memory there are tried alone
---@return integer well how many ended well
---@return integer slowest in milliseconds of the processor
---@return integer highest in kilobytes
function M.run(kind, count, batch)
  local well, slowest, highest = 0, 0, 0
  for from = 1, count, batch do
    local some, ms, kb, over = run(kind, from, math.min(batch, count - from + 1))
    well, slowest = well + some, math.max(slowest, ms)
    if M.is_plain and over ~= "" then
      kb = 0
      for seed in over:gmatch("%d+") do
        local _, _, alone = run(kind, math.tointeger(seed), 1)
        kb = math.max(kb, alone)
      end
    end
    highest = math.max(highest, kb)
  end
  return well, slowest, highest
end

return M
