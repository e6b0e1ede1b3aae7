--- Mutants of what was seen of a scenario's services: from a course that passes, one thing flipped.
local M = {}

local function failure(name, verdict, code)
  return { service = name, verdict = verdict, code = code, message = "it ended", log = {} }
end

local function seen(name, kind)
  return {
    name = name,
    kind = kind,
    needed = true,
    ready = true,
    died = false,
    ended_well = true,
  }
end

--- A scenario of two steps and three services that passes.
---@return table scenario
---@return table course
function M.case()
  local pass = { verdict = "pass", findings = {}, results = {} }
  local scenario = { name = "x", steps = {}, services = { "db", "web", "migrate" } }
  local course = {
    steps = {},
    duration_ms = 10,
    services = { seen("db", "daemon"), seen("web", "daemon"), seen("migrate", "task") },
  }
  for i, needs in ipairs({ { "db", "migrate" }, { "db", "web" } }) do
    scenario.steps[i] = { index = i, needs = needs }
    course.steps[i] = { step = scenario.steps[i], judgement = pass }
  end
  scenario.expect_failure = false
  return scenario, course
end

local FAILURES = {
  { "timeout", "T601" }, { "fail", "T602" }, { "fail", "T603" }, { "fail", "T604" },
  { "fail", "T605" }, { "fail", "T606" }, { "fail", "T607" }, { "error", "T608" },
  { "infra", "V004" }, { "infra", "V002" },
}

--- Lists the mutants.
---@return { name: string, edit: fun(scenario: table, course: table) }[]
function M.list()
  local list = {}
  local function add(name, edit)
    list[#list + 1] = { name = name, edit = edit }
  end
  local NOTHING = {}
  for i, name in ipairs({ "db", "web", "migrate" }) do
    for field, values in pairs({
      needed = { false, NOTHING, 1 },
      ready = { false, NOTHING, "ready", 1 },
      ended_well = { false, NOTHING, "yes", 0 },
      died = { true, NOTHING, 1 },
    }) do
      for _, value in ipairs(values) do
        local shown = value == NOTHING and "missing" or tostring(value)
        add(("%s of %s is %s"):format(field, name, shown), function(_, c)
          c.services[i][field] = value
          if value == NOTHING then
            c.services[i][field] = nil
          end
        end)
      end
    end
    add(name .. " was not seen", function(_, c)
      table.remove(c.services, i)
    end)
    add(name .. " was seen under another name", function(_, c)
      c.services[i].name = "other"
    end)
    for _, f in ipairs(FAILURES) do
      add(("%s did not start: %s"):format(name, f[2]), function(_, c)
        c.service_failure, c.steps = failure(name, f[1], f[2]), {}
      end)
      add(("%s did not start after a step: %s"):format(name, f[2]), function(_, c)
        c.service_failure, c.steps[2] = failure(name, f[1], f[2]), nil
      end)
      add(("%s ended: %s"):format(name, f[2]), function(_, c)
        c.services[i].died, c.services[i].ended_well = true, false
        c.services[i].failure = failure(name, f[1], f[2])
      end)
    end
  end
  add("no service was seen", function(_, c)
    c.services = nil
  end)
  add("an empty list was seen", function(_, c)
    c.services = {}
  end)
  add("one that nothing needs has died", function(_, c)
    local other = seen("other", "daemon")
    other.needed, other.ready, other.died, other.ended_well = false, false, true, false
    c.services[4] = other
  end)
  add("the time was over while it was awaited", function(_, c)
    c.over, c.awaited, c.steps = "scenario", "service db", {}
  end)
  for _, mutant in ipairs(table.move(list, 1, #list, 1, {})) do
    add(mutant.name .. ", and it should fail", function(s, c)
      s.expect_failure = true
      mutant.edit(s, c)
    end)
  end
  return list
end

return M
