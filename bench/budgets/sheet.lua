--- The sheet of budgets: what was measured, our own budget for it, and the published one.
---
--- A row over the published figure makes the benchmark fail; one over ours is marked as missed.
---@class bench.budgets.sheet
local M = {}

local TENTH = 10 -- our budget of a time is a tenth of the published one

---@class bench.budgets.Row
---@field name string
---@field unit "ms"|"µs"|"MB"|"×" of the figures; of × more is better
---@field samples number[] in that unit
---@field published? number hard limit of p95 (of × of the least tolerated p50); nil: only shown
---@field ours? number default: a tenth of it where it is a time, else the same
---@field is_mean? boolean what is published is a mean: p50 is compared with it
---@field note? string
---@field stage? string then `name` is the whole that it is a part of, and both name a cell of the
---       table of stages

---@class bench.budgets.Sheet
---@field rows bench.budgets.Row[]
local Sheet = {}
Sheet.__index = Sheet

---@return bench.budgets.Sheet
function M.new()
  return setmetatable({ rows = {} }, Sheet)
end

local function quantile(samples, q)
  local sorted = table.move(samples, 1, #samples, 1, {})
  table.sort(sorted)
  return sorted[math.max(1, math.min(#sorted, math.ceil(q * #sorted)))]
end

--- Says how a row stands.
---@param row bench.budgets.Row its p50 and p95 are set
---@return "met"|"missed"|"OVER"|""
local function standing(row)
  if not row.published then
    return ""
  elseif row.unit == "×" then
    return row.p50 < row.published and "OVER" or row.p50 < row.ours and "missed" or "met"
  end
  local value = row.is_mean and row.p50 or row.p95
  return value > row.published and "OVER" or value > row.ours and "missed" or "met"
end

--- Adds a row.
---@param row bench.budgets.Row
function Sheet:add(row)
  assert(#row.samples > 0, row.name .. " was not measured")
  local is_time = row.unit == "ms" or row.unit == "µs"
  row.ours = row.ours or row.published and (is_time and row.published / TENTH or row.published)
  row.p50, row.p95 = quantile(row.samples, 0.5), quantile(row.samples, 0.95)
  row.standing = standing(row)
  self.rows[#self.rows + 1] = row
end

local function in_ms(samples_ns)
  local samples = {}
  for i, ns in ipairs(samples_ns) do
    samples[i] = ns / 1e6
  end
  return samples
end

--- Adds a row of times.
---@param name string
---@param samples_ns integer[]
---@param published? number ms
---@param ours? number ms
---@param note? string
function Sheet:time(name, samples_ns, published, ours, note)
  self:add({ name = name, unit = "ms", samples = in_ms(samples_ns), published = published,
    ours = ours, note = note })
end

--- Adds a cell of the table of stages.
---@param whole string name of the row of times that it is a part of
---@param stage string
---@param samples_ns integer[]
---@param published? number ms
function Sheet:stage(whole, stage, samples_ns, published)
  self:add({ name = whole, stage = stage, unit = "ms", samples = in_ms(samples_ns),
    published = published })
end

local function figure(value)
  if not value then
    return "-"
  end
  local digits = value >= 100 and "%.0f" or value >= 10 and "%.1f" or value >= 1 and "%.2f"
    or "%.3f"
  return (digits:format(value):gsub("(%.%d-)0+$", "%1"):gsub("%.$", ""))
end

local function rows_table(rows)
  local out = {
    "| what | p50 | p95 | our budget | published | |", "| --- | --- | --- | --- | --- | --- |",
  }
  for _, row in ipairs(rows) do
    local notes = { row.standing }
    notes[row.standing ~= "" and 2 or 1] = row.note
    out[#out + 1] = ("| %s | %s %s | %s | %s | %s | %s |"):format(row.name, figure(row.p50),
      row.unit, figure(row.p95), figure(row.ours), figure(row.published),
      table.concat(notes, "; "))
  end
  return table.concat(out, "\n") .. "\n"
end

local function cell(row)
  if not row then
    return "-"
  end
  local shown = ("%s / %s"):format(figure(row.p50), figure(row.p95))
  return (row.standing == "missed" or row.standing == "OVER") and shown .. " " .. row.standing
    or shown
end

--- A line for each whole, a column for each of its stages.
local function stages_table(rows)
  local wholes, stages, cells, limits = {}, {}, {}, {}
  for _, row in ipairs(rows) do
    if not cells[row.name] then
      wholes[#wholes + 1], cells[row.name] = row.name, {}
    end
    if not limits[row.stage] then
      stages[#stages + 1], limits[row.stage] = row.stage, {}
    end
    cells[row.name][row.stage] = row
    limits[row.stage] = row.published and row or limits[row.stage]
  end
  local out = {
    "| stage, p50 / p95 ms | " .. table.concat(stages, " | ") .. " |",
    "| --- |" .. (" --- |"):rep(#stages),
  }
  local function line(name, of)
    local parts = { name }
    for i, stage in ipairs(stages) do
      parts[i + 1] = of(stage)
    end
    out[#out + 1] = "| " .. table.concat(parts, " | ") .. " |"
  end
  for _, name in ipairs(wholes) do
    line(name, function(stage)
      return cell(cells[name][stage])
    end)
  end
  line("our budget / published", function(stage)
    return ("%s / %s"):format(figure(limits[stage].ours), figure(limits[stage].published))
  end)
  return table.concat(out, "\n") .. "\n"
end

--- Writes the rows as tables of Markdown, which a page of documentation can take.
---@return string
---@nodiscard
function Sheet:markdown()
  local rows, stages = {}, {}
  for _, row in ipairs(self.rows) do
    table.insert(row.stage and stages or rows, row)
  end
  return rows_table(rows) .. (stages[1] and "\n" .. stages_table(stages) or "")
end

--- Lists what is over its published figure.
---@return string[] names
---@nodiscard
function Sheet:over()
  local names = {}
  for _, row in ipairs(self.rows) do
    if row.standing == "OVER" then
      names[#names + 1] = row.stage and row.name .. ": " .. row.stage or row.name
    end
  end
  return names
end

return M
