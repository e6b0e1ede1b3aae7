--- The lines of `clnrm runs`: one for each record, and what is known of one.
local show = require("engine.ui.show")
local style = require("engine.ui.style")
local words = require("engine.report.words")

local M = {}

--- Says a number of bytes.
---@param bytes integer
---@return string
function M.size(bytes)
  if bytes < 1000 then
    return bytes .. " B"
  elseif bytes < 1000000 then
    return ("%.0f KB"):format(bytes / 1000)
  end
  return ("%.1f MB"):format(bytes / 1e6)
end

--- How many digits of an id tell it from all others.
local function unique_lengths(all)
  local ids, lengths = {}, {}
  for i, info in ipairs(all) do
    ids[i] = info.id
  end
  table.sort(ids)
  for i, id in ipairs(ids) do
    local length = 1
    for _, other in ipairs({ ids[i - 1] or "", ids[i + 1] or "" }) do
      while other:sub(1, length) == id:sub(1, length) and length < #id do
        length = length + 1
      end
    end
    lengths[id] = length
  end
  return lengths
end

--- Says when a run began.
---@param info engine.runs.Info
---@return string
function M.when(info)
  return os.date("!%Y-%m-%d %H:%M:%SZ", info.began_s)
end

--- What became of a run: "3 passed, 1 failed (SIGINT)".
---@param info engine.runs.Info
---@return string
function M.outcome(info)
  local parts = words.summary(info.counts, {}, info.not_run)
  table.remove(parts, 1) -- how many they are together
  local text = #parts > 0 and table.concat(parts, " ") or "nothing ran"
  local why = info.state ~= "complete" and info.state or info.interrupted
  return why and ("%s (%s)"):format(text, why) or text
end

--- Lists records, the newest last.
---@param look engine.ui.Look
---@param list engine.runs.Info[] the newest first
---@param o { all: engine.runs.Info[], latest?: engine.runs.Info, with_project?: any } all: the
---       records among which an id is to be told
---@return string
function M.list(look, list, o)
  local lengths, out = unique_lengths(o.all), {}
  for i = #list, 1, -1 do
    local info = list[i]
    local length = lengths[info.id]
    local line = ("  %s%s  %s %9s %8s  %s%s%s\n"):format(
      style.paint(look.color, "magenta bold", info.id:sub(1, length)),
      style.paint(look.color, "dim", info.id:sub(length + 1)),
      M.when(info),
      info.duration_ms and ("%.3fs"):format(info.duration_ms / 1000) or "-",
      M.size(info.bytes),
      show.safe(look, M.outcome(info)),
      info == o.latest and "  *latest" or "",
      o.with_project and "  " .. show.safe(look, info.project) or "")
    out[#out + 1] = line
  end
  return table.concat(out)
end

--- Tells what is known of a record.
---@param look engine.ui.Look
---@param info engine.runs.Info
---@return string
function M.info(look, info)
  local rows = {
    { "run", info.id },
    { "began", M.when(info) },
    { "took", info.duration_ms and ("%.3fs"):format(info.duration_ms / 1000) or "-" },
    { "state", info.state },
    { "result", M.outcome(info) },
    { "exit code", info.exit_code or "-" },
    { "project", info.project },
    { "command", "clnrm " .. table.concat(info.args, " ") },
    { "profile", info.profile },
    { "version", info.version },
    { "record", info.file },
    { "size", M.size(info.bytes) },
    { "left out", info.left_out and words.count(info.left_out, "event") },
  }
  local out = {}
  for _, row in ipairs(rows) do
    local name, value = row[1], row[2]
    if value then
      out[#out + 1] = ("%12s  %s\n"):format(name, show.safe(look, tostring(value)))
    end
  end
  return table.concat(out)
end

return M
