--- Texts of a graph that its formats have in common.  Pure.
local plan_text = require("engine.plan.text")
local text = require("core.text")

local M = { join = plan_text.join, time = plan_text.seconds }

--- Makes a text of unknown origin one line, without anything that acts on who shows it.
---@param s string
---@return string
---@nodiscard
function M.line(s)
  return text.escape(s, { line = true })
end

--- Says what a service is, beside its name.
---@param service table
---@return string?
---@nodiscard
function M.of_service(service)
  local parts = {}
  parts[#parts + 1] = service.image.kind ~= "host" and plan_text.image(service.image) or nil
  parts[#parts + 1] = service.plugin and "module " .. service.plugin or nil
  parts[#parts + 1] = service.kind ~= "daemon" and service.kind or nil
  return parts[1] and table.concat(parts, ", ") or nil
end

--- Names a scenario.
---@param scenario table
---@return string
---@nodiscard
function M.of_scenario(scenario)
  local notes = {}
  notes[#notes + 1] = scenario.shared_room and "shared room" or nil
  notes[#notes + 1] = scenario.critical_ms
    and ("critical path %s"):format(M.time(scenario.critical_ms)) or nil
  return scenario.name .. (notes[1] and (" (%s)"):format(table.concat(notes, ", ")) or "")
end

--- Names a step.
---@param step table
---@return string
---@nodiscard
function M.of_step(step)
  return ("%d %s%s"):format(step.step, step.name,
    step.duration_ms and (" (%s)"):format(M.time(step.duration_ms)) or "")
end

--- Lists the steps that one waits for, without those that it would wait for anyway.
---@param graph table
---@return table<string, string[]> ids of those before, by the id of a step
---@nodiscard
function M.before(graph)
  local before = {}
  for _, edge in ipairs(graph.edges) do
    if edge.kind == "step" and not edge.implied then
      before[edge.to] = before[edge.to] or {}
      table.insert(before[edge.to], edge.from)
    end
  end
  return before
end

return M
