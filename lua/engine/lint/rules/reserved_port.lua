--- Lint rule L021: a port that clnrm itself has, or that needs root.
local RECEIVER = { [4317] = true, [4318] = true }

local function problem(port)
  if port.host and port.host > 0 and port.host < 1024 then
    return ("port %d of this machine is for root alone"):format(port.host)
  elseif RECEIVER[port.host or 0] then
    return ("port %d of this machine is where spans are received"):format(port.host)
  elseif RECEIVER[port.port] then
    return ("port %d of a room is where spans are received"):format(port.port)
  end
end

--- Reads the ports of a file that fits; those that name one of this machine are the checker's.
local function light(service)
  local given, list = service.ports, {}
  for i, port in ipairs(type(given) == "table" and given or { given }) do
    local number = math.tointeger(port) or tostring(port):match("^0?:?(%d+)$")
    list[i] = { port = math.tointeger(tonumber(number or service.checked)) }
  end
  return list
end

return {
  code = "L021",
  name = "reserved-port",
  severity = "warning",
  -- A port in the forms that a number has, also with `_` between digits; and two in a text.
  needs = { words = { { "port" }, {
    "4317", "4318", "4_3", "3_1", "1_7", "1_8", "0x", "0o", "0b",
    ":0", ":1", ":2", ":3", ":4", ":5", ":6", ":7", ":8", ":9",
  } }, facts = { "service.ports" } },
  docs = {
    summary = "A port that is reserved",
    why = [[
Inside a room 4317 and 4318 belong to the receiver of spans. A port of this machine below 1024 is
for root alone: the test would fail for everybody else.]],
    bad = [==[
[services.web]
command = ["sleep", "60"]
ports = ["80:8080"]
[[steps]]
name = "ask"
command = ["ls"]
]==],
    good = [==[
[services.web]
command = ["sleep", "60"]
ports = ["0:8080"]
[[steps]]
name = "ask"
command = ["ls"]
]==],
  },
  tests = {
    ok = { '[services.a]\ncommand = ["sleep", "9"]\nports = [80, "8080:80"]\n' },
    bad = {
      { code = '[services.a]\ncommand = ["sleep", "9"]\nports = [1, 4318]\n', at = { 4, 13 } },
      { code = '[services.a]\nplugin = "redis"\nport = 4317\n', at = { 4, 8 } },
    },
  },
  visit = {
    service = function(cx, service)
      local is_own = service.ports ~= nil
      if not is_own and service.port == nil then
        return -- its module has one that nobody asked for
      end
      local list = service.is_light and light(service) or service.checked.value.ports or {}
      for i, port in ipairs(list) do
        local why = type(port) == "table" and problem(port)
        if why then
          local place = is_own and cx:item(list.t, list.k or i) or cx:value(service, "port")
          cx:report({ place = place, message = why,
            help = ('with "0:%d" it is any free port of this machine'):format(port.port) })
        end
      end
    end,
  },
}
