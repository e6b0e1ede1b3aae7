--- What is under way, for who asks: a line for each running test, with its process and what it
--- printed last.
local line = require("engine.ui.line")
local show = require("engine.ui.show")

local M = {}

local LINE_MAX = 160 -- columns of the last line of output where no screen has a width

local STEPS_SHOWN = 4

local function names_of(steps)
  local text = table.concat(steps, ", ", 1, math.min(#steps, STEPS_SHOWN))
  return #steps > STEPS_SHOWN and ("%s and %d more"):format(text, #steps - STEPS_SHOWN) or text
end

local function what_it_does(look, one)
  if one.steps then
    return "steps " .. show.safe(look, names_of(one.steps))
  elseif one.step then
    return "step " .. show.safe(look, tostring(one.step))
  elseif one.phase == "closing" then
    return "closes its room"
  elseif one.phase == "services" then
    return "waits"
  end
  return nil
end

--- Renders what is under way.
---@param look engine.ui.Look
---@param running engine.run.Running[]
---@return string
---@nodiscard
function M.render(look, running)
  local out = {}
  if #running == 0 then
    out[1] = line.format(look, "Running", "cyan bold", nil, "nothing")
  end
  for _, one in ipairs(running) do
    local tail = what_it_does(look, one)
    if one.pid then
      tail = (tail and tail .. ", " or "") .. "pid " .. one.pid
    end
    local id = show.safe(look, one.id)
    out[#out + 1] = line.format(look, "Running", "cyan bold", one.ms, id, tail)
    for _, awaited in ipairs(one.awaits or {}) do
      local probe = awaited.probe and ": " .. awaited.probe or ""
      out[#out + 1] = line.format(look, "awaits", "cyan", nil,
        "service " .. show.safe(look, awaited.service .. probe))
    end
    if one.last then
      local text = show.fit(look, show.safe(look, one.last), LINE_MAX)
      out[#out + 1] = line.format(look, "printed", "dim", nil, text)
    end
  end
  return table.concat(out)
end

return M
