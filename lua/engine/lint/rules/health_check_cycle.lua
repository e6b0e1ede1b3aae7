--- Lint rule L009: health checks that wait for each other.
local references = require("engine.model.references")

local SERVICES_MAX = 100 -- with more the file is refused, and each is held against each other here

--- The text of a command, or of what it asks for.
local function text_of(command)
  return command and (command.shell or table.concat(command.argv or {}, " ")) or ""
end

--- Lists what decides whether a service is ready.
local function probes(service)
  local value, list = service.checked.value, {}
  local health = value.health_check
  if health then
    list[1] = { key = "health_check", text = text_of(health.value.cmd) }
  end
  for _, wait in ipairs(value.wait or {}) do
    if type(wait) == "table" and wait.value then
      local text = text_of(wait.value.cmd) .. " " .. tostring(wait.value.http or "")
      list[#list + 1] = { key = "wait", text = text }
    end
  end
  return list
end

--- Whether a text asks a host of that name.
local function names(text, name)
  local plain = name:gsub("%p", "%%%0")
  return text:find("//" .. plain .. "%f[%W]") or text:find("%f[%w]" .. plain .. ":%d")
    or text:find("%-h%s+" .. plain .. "%f[%W]")
end

local function dependencies(services)
  local waits = {}
  for _, service in ipairs(services) do
    waits[service.key] = {}
    for _, edge in ipairs(references.dependencies(service.checked)) do
      if edge.condition ~= "started" then
        table.insert(waits[service.key], edge.name)
      end
    end
  end
  return waits
end

local function reaches(waits, from, to, seen)
  if from == to then
    return true
  end
  seen[from] = true
  for _, name in ipairs(waits[from] or {}) do
    if not seen[name] and reaches(waits, name, to, seen) then
      return true
    end
  end
  return false
end

return {
  code = "L009",
  name = "health-check-cycle",
  severity = "error",
  needs = {
    words = { { "depends_on" }, { "health_check", "healthcheck", "wait" } },
    facts = { { "service.depends_on" }, { "service.health_check", "service.wait" } },
  },
  docs = {
    summary = "A health check asks a service that waits for it",
    why = [[
The one service is ready when its check gets an answer of the other, and the other is started only
when the first one is ready: neither ever is.]],
    bad = [==[
[services.api]
command = ["sleep", "60"]
health_check = { cmd = "curl -f http://web:8000/" }
[services.web]
command = ["sleep", "60"]
depends_on = { api = "healthy" }
[[steps]]
name = "ask"
command = ["ls"]
]==],
    good = [==[
[services.api]
command = ["sleep", "60"]
health_check = { cmd = "curl -f http://localhost:8000/" }
[services.web]
command = ["sleep", "60"]
depends_on = { api = "healthy" }
[[steps]]
name = "ask"
command = ["ls"]
]==],
  },
  visit = {
    file = function(cx)
      local services = cx.nodes.service or {}
      if #services < 2 or #services > SERVICES_MAX then
        return
      end
      local waits = dependencies(services)
      for _, service in ipairs(services) do
        for _, probe in ipairs(probes(service)) do
          for _, other in ipairs(services) do
            if other ~= service and names(probe.text, other.key)
              and reaches(waits, other.key, service.key, {}) then
              cx:report({
                node = service,
                key = probe.key,
                message = ("this asks `%s`, which is started only when `%s` is ready"):format(
                  other.key, service.key),
                help = "ask the service itself",
              })
            end
          end
        end
      end
    end,
  },
}
