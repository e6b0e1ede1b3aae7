--- One recorded run with every kind of thing in it: tests/fixtures/golden/events.ndjson, whose
--- lines are what `clnrm run --report events=FILE` writes.
local json = require("core.json")

local M = {}

M.PATH = "tests/fixtures/golden/events.ndjson"

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function from_base64(encoded)
  local out, bits, count = {}, 0, 0
  for letter in encoded:gsub("=", ""):gmatch(".") do
    bits, count = bits << 6 | ALPHABET:find(letter, 1, true) - 1, count + 6
    if count >= 8 then
      count = count - 8
      out[#out + 1] = string.char(bits >> count & 255)
    end
  end
  return table.concat(out)
end

--- Reads the events; outputs have their exact bytes.
---@return table[]
function M.events()
  local list = {}
  for text in io.lines(M.PATH) do
    local event = assert(json.decode(text))
    if event.event == "output" and event.base64 then
      event.text = from_base64(event.base64)
    end
    list[#list + 1] = event
  end
  return list
end

--- Feeds the run to a reporter and returns what it wrote.
---@param name string of the module engine.report.NAME
---@param options table
---@param events? table[]
---@return string
function M.render(name, options, events)
  local parts = {}
  local opts = { sources = dofile("tests/lua/report/sample_run.lua").sources }
  for key, value in pairs(options) do
    opts[key] = value
  end
  function opts.write(bytes)
    parts[#parts + 1] = bytes
  end
  local report = require("engine.report." .. name).new(opts)
  for _, e in ipairs(events or M.events()) do
    report:on_event(e)
  end
  report:finish()
  return table.concat(parts)
end

return M
