---@meta core.hist

--- Histograms of times or sizes.  A percentile is off by less than 1/256 (0.4 %) of its value, and
--- exact below 256; count, least and greatest are exact.
---@class core.hist
local hist = {}

--- Opens an empty histogram.
---@return core.hist.Hist
---@nodiscard
function hist.open() end

---@class core.hist.Hist
local Hist = {}

--- Counts a value.
---@param value integer not negative
---@param times? integer default 1
function Hist:record(value, times) end

--- Adds all that another histogram has recorded.
---@param other core.hist.Hist
function Hist:merge(other) end

--- Forgets everything.
function Hist:reset() end

--- Tells how many values were recorded.
---@return integer
---@nodiscard
function Hist:count() end

--- Tells the least value, 0 when there is none.
---@return integer
---@nodiscard
function Hist:min() end

--- Tells the greatest value, 0 when there is none.
---@return integer
---@nodiscard
function Hist:max() end

--- Tells the mean, 0 when there is no value.
---@return number
---@nodiscard
function Hist:mean() end

--- Tells the value that this percentage of the values do not exceed; 0 is the least, 100 the
--- greatest.
---@param percent number 0 to 100
---@return integer
---@nodiscard
function Hist:percentile(percent) end

--- Frees the histogram early; the collector does it otherwise.
function Hist:close() end

return hist
