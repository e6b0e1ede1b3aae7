--- Who may ask the page for what: decided of the head of a request alone.
---
--- The page listens on 127.0.0.1, where every user and every browser of the machine can connect,
--- and a site can send its visitors there. So a request must name this address as its Host (else a
--- site's own name may have been bound to it), its path begins with a token that only who started
--- the loop was told, and what changes something comes by POST from the page itself. Pure.
---@class engine.dev.ui.guard
local M = {}

M.TOKEN_BYTES = 16

--- The headers of every answer: nothing from elsewhere, nothing inline, in nobody's frame.
M.HEADERS = {
  ["Content-Security-Policy"] = "default-src 'none'; style-src 'self'; script-src 'self'; "
    .. "connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    .. "frame-ancestors 'none'",
  ["X-Content-Type-Options"] = "nosniff",
  ["X-Frame-Options"] = "DENY",
  ["Referrer-Policy"] = "same-origin",
  ["Cross-Origin-Resource-Policy"] = "same-origin",
  ["Cross-Origin-Opener-Policy"] = "same-origin",
  ["Cache-Control"] = "no-store",
}

--- Compares in a time that says nothing of where two texts differ.
---@param a string
---@param b string
---@return boolean
---@nodiscard
function M.same(a, b)
  if #a ~= #b then
    return false
  end
  local difference = 0
  for i = 1, #a do
    difference = difference | (a:byte(i) ~ b:byte(i))
  end
  return difference == 0
end

local function is_own_host(host, port)
  if not host then
    return false
  end
  local name, of = host:lower():match("^([^:]+):?(%d*)$")
  return (name == "127.0.0.1" or name == "localhost") and (of == "" and 80 or tonumber(of)) == port
end

--- Whether a POST comes from the page: browsers say where from; what is no browser says nothing.
local function is_own_origin(headers)
  local origin, site = headers.origin, headers["sec-fetch-site"]
  if origin then
    return origin:lower() == "http://" .. headers.host:lower()
  end
  return site == nil or site == "same-origin"
end

local function refuse(status, reason)
  return nil, status, reason
end

--- Decides about a request.
---@param head core.httpd.Head
---@param o { port: integer, token: string }
---@return string? path below the token, "" for the page; "/metrics" for the metrics
---@return integer? status why not
---@return string? reason
---@nodiscard
function M.check(head, o)
  if not is_own_host(head.headers.host, o.port) then
    return refuse(403, "This Host is not the address that the page is served at.")
  end
  local method = head.method
  if method ~= "GET" and method ~= "HEAD" and method ~= "POST" then
    return refuse(405, "GET, HEAD and POST are all that there is.")
  elseif head.path == "/metrics" and method ~= "POST" then
    return "/metrics"
  end
  local token, path = head.path:match("^/([^/]*)/(.*)$")
  if not token or not M.same(token, o.token) then
    return refuse(403, "The address lacks the token of this loop: use the one that clnrm printed.")
  elseif method == "POST" and not is_own_origin(head.headers) then
    return refuse(403, "Only the page itself may give orders.")
  end
  return path
end

--- Reads the fields of a form that was sent.
---@param body string
---@return table<string, string>
---@nodiscard
function M.form(body)
  local fields = {}
  for name, value in body:gmatch("([^&=]*)=?([^&]*)") do
    local function plain(s)
      return (s:gsub("+", " "):gsub("%%(%x%x)", function(hex)
        return string.char(tonumber(hex, 16))
      end))
    end
    if name ~= "" then
      fields[plain(name)] = plain(value)
    end
  end
  return fields
end

return M
