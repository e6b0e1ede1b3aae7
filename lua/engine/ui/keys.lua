--- The keys of a run that has the terminal: one table, from which they act and are explained.
---@class engine.ui.keys
local M = {}

---@class engine.ui.Key
---@field bytes string[]  what the terminal sends
---@field name string
---@field hint? string    in the live region
---@field text string     in `clnrm help keys`
---@field act fun(session: engine.ui.Session)

---@type engine.ui.Key[]
M.list = {
  {
    bytes = { "t" },
    name = "t",
    hint = "status",
    text = "tells of each running test its process, age, phase, step and last line of output "
      .. "(without a terminal: kill -USR1)",
    act = function(session)
      session.run:tell_status()
    end,
  },
  {
    bytes = { "\r", "\n" },
    name = "Enter",
    text = "keeps the bar as it is now among the lines above it",
    act = function(session)
      session:snapshot()
    end,
  },
  {
    bytes = { "p" },
    name = "p",
    hint = "pause",
    text = "begins no further test until it is pressed again; what runs goes on",
    act = function(session)
      local run = session.run
      if run.paused then
        run:resume()
      else
        run:pause()
      end
    end,
  },
  {
    bytes = { "q" },
    name = "q",
    hint = "stop",
    text = "stops the run as Ctrl-C does: steps are killed, rooms closed, reports written",
    act = function(session)
      session.run:interrupt("SIGINT")
    end,
  },
}

local by_byte = {}
for _, key in ipairs(M.list) do
  for _, byte in ipairs(key.bytes) do
    by_byte[byte] = key
  end
end

--- Returns the keys that were pressed.  What begins with an escape is a key that means nothing
--- here, such as an arrow: it is skipped with all that came with it.
---@param bytes string
---@return engine.ui.Key[]
---@nodiscard
function M.read(bytes)
  local list = {}
  for byte in bytes:gmatch("[%z\1-\255]") do
    if byte == "\27" then
      break
    end
    list[#list + 1] = by_byte[byte]
  end
  return list
end

--- Says in short what the keys do.
---@param look engine.ui.Look
---@return string
---@nodiscard
function M.hint(look)
  local parts = {}
  for _, key in ipairs(M.list) do
    parts[#parts + 1] = key.hint and key.name .. " " .. key.hint or nil
  end
  return table.concat(parts, look.utf8 and " · " or ", ")
end

--- Returns the table for `clnrm help keys`.
---@return { [1]: string, [2]: string }[]
---@nodiscard
function M.rows()
  local rows = {}
  for i, key in ipairs(M.list) do
    rows[i] = { key.name, key.text }
  end
  return rows
end

return M
