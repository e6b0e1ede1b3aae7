--- A histogram as Prometheus has it: counts up to each of some bounds, and the sum. Pure.
---@class engine.dev.ui.buckets
local M = {}

--- Seconds. A stage takes a tenth of a millisecond to a test that takes minutes.
M.BOUNDS = { 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
  120 }

---@class engine.dev.ui.Buckets
---@field private counts integer[] up to each bound, and not up to the one before
---@field count integer
---@field sum number
local Buckets = {}
Buckets.__index = Buckets

--- Counts a value.
---@param value number
function Buckets:add(value)
  local i = 1
  while M.BOUNDS[i] and value > M.BOUNDS[i] do
    i = i + 1
  end
  self.counts[i] = (self.counts[i] or 0) + 1
  self.count, self.sum = self.count + 1, self.sum + value
end

--- Writes the samples of it.
---@param out table what has `line`: gets each as name, labels and value
---@param name string
---@param stage? string
function Buckets:write(out, name, stage)
  local label, up_to = stage and ('stage="%s",'):format(stage) or "", 0
  for i, bound in ipairs(M.BOUNDS) do
    up_to = up_to + (self.counts[i] or 0)
    out[#out + 1] = ('%s_bucket{%sle="%s"} %d\n'):format(name, label, bound, up_to)
  end
  out[#out + 1] = ('%s_bucket{%sle="+Inf"} %d\n'):format(name, label, self.count)
  label = stage and ('{stage="%s"}'):format(stage) or ""
  out[#out + 1] = ("%s_sum%s %.9g\n"):format(name, label, self.sum)
  out[#out + 1] = ("%s_count%s %d\n"):format(name, label, self.count)
end

--- Makes an empty one.
---@return engine.dev.ui.Buckets
---@nodiscard
function M.new()
  return setmetatable({ counts = {}, count = 0, sum = 0 }, Buckets)
end

return M
