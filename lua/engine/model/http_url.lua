--- Addresses of pages of a service: only what is in the room can be asked.
---@class engine.model.http_url
local M = {}

local function is_own(host, service)
  if host == "localhost" or host == service.name:lower() or host:match("^127%.%d+%.%d+%.%d+$") then
    return true
  end
  for _, alias in ipairs(service.aliases) do
    if alias and alias:lower() == host then
      return true
    end
  end
  return false
end

local FORM = '"/path", or "http://localhost:PORT/path"'

--- Reads what `wait.http` says.
---@param text string
---@param service { name: string, aliases: string[], ports: { port: integer }[] }
---@return { host: string, port: integer, path: string }? url
---@return string? why completes "`http` …"
---@return string? code
---@return string? help
---@nodiscard
function M.of_service(text, service)
  if text:find("[%c ]") then
    return nil, "holds a blank or a control character"
  elseif text:sub(1, 1) == "/" then
    local ports = service.ports
    if #ports ~= 1 then
      return nil, ("names no port, and the service has %s"):format(
        #ports == 0 and "none in `ports`" or #ports .. " of them"), "P121",
        'write the port out: "http://localhost:8080' .. text:sub(1, 60) .. '"'
    end
    return { host = "localhost", port = ports[1].port, path = (text:gsub("#.*$", "")) }
  end
  local scheme, rest = text:match("^(%a[%w+.-]*)://(.*)$")
  if not scheme then
    return nil, "is not " .. FORM
  elseif scheme:lower() ~= "http" then
    return nil, ("asks for %s"):format(scheme), "P124", "a page is asked for by plain http"
  end
  local authority, path = rest:match("^([^/?#]*)(.*)$")
  local host, port = authority:match("^([%w._-]+):(%d+)$")
  host, port = host or authority:match("^[%w._-]+$"), tonumber(port or 80)
  if not host or port < 1 or port > 65535 then
    return nil, "is not " .. FORM
  elseif not is_own(host:lower(), service) then
    return nil, ("asks %s, which is not this service"):format(host), "P124",
      "a service is asked by itself: localhost, its name or an alias of it"
  end
  path = path:gsub("#.*$", "")
  if path:sub(1, 1) ~= "/" then
    path = "/" .. path
  end
  return { host = host, port = math.tointeger(port), path = path }
end

return M
