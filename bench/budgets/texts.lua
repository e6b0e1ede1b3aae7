--- Texts of test files that the budgets are measured with.
---@class bench.budgets.texts
local M = {}

local STEP = [==[
[[scenario.steps]]
name = "step %d"
command = ["/bin/true"]
env = { LEVEL = "%d", MODE = "test" }
timeout = "10s"
expect.stdout.equals = ""
]==]

--- A test file without tags: so many scenarios of three steps, about 13 lines each.
---@param scenarios integer
---@param number integer files of other numbers are other texts
---@return string
---@nodiscard
function M.plain(scenarios, number)
  local parts = { ('[meta]\nname = "file %d"\ntags = ["fast", "db"]\n'):format(number) }
  for i = 1, scenarios do
    parts[#parts + 1] = ('\n[[scenario]]\nname = "scenario %d"\n'):format(i)
    for step = 1, 3 do
      parts[#parts + 1] = STEP:format(step, number % 7)
    end
  end
  return table.concat(parts)
end

--- A templated test file of three scenarios with three steps.
---@param number integer
---@return string
---@nodiscard
function M.template(number)
  return ('[meta]\nname = "file %d"\ntags = ["{{ env }}"]\n[vars]\n'):format(number)
    .. 'users = ["ada", "grace", "edsger"]\n{% for user in vars.users %}\n[[scenario]]\n'
    .. 'name = "{{ user | upper }} is served"\n{% for step in range(end=3) %}\n'
    .. '[[scenario.steps]]\nname = "step {{ step }}"\ncommand = ["/bin/true", "{{ step * 7 }}"]\n'
    .. 'env = { WHO = "{{ user }}" }\n{% endfor %}{% endfor %}\n'
end

return M
