--- What is sent to the Engine API: targets, bodies, and how long each kind of call may take.  Pure.
---@class engine.docker.request
local json = require("core.json")

local M = {}

M.OWN = "/libpod/" -- before the paths of Podman's own API
M.OWN_VERSION = "4.0.0" -- which newer ones serve as well

local SECOND = 1000

--- How long a call may take, by its method and path; the first that fits.  An engine that stands
--- still for some seconds under load is waited for, one that hangs is not.
local TIMES = {
  { "GET", "^/_ping$", 10 * SECOND },
  { nil, "^/containers/[^/]+/wait$", 0 }, -- who waits has a deadline of their own
  { "GET", "^/events$", 0 },
  { nil, "^/containers/[^/]+/stop$", 120 * SECOND }, -- its own grace first
  { nil, "^/containers/[^/]+/restart$", 120 * SECOND },
  { nil, "^/containers/[^/]+/archive$", 300 * SECOND },
  { nil, "^/images/create$", 0 }, -- of these the time without a byte counts
  { nil, "^/images/load$", 0 },
  { nil, "^/images/.+/push$", 0 },
  { nil, "^/images/.+/get$", 0 },
  { nil, "^/build$", 0 },
  { "GET", "^/containers/[^/]+/logs$", 0 },
  { "DELETE", "^/networks/", 20 * SECOND }, -- where engines have deadlocked
  { "GET", "", 30 * SECOND },
  { "HEAD", "", 30 * SECOND },
  { nil, "", 60 * SECOND },
}

--- The default deadline of a call.
---@param method string
---@param path string
---@return integer ms 0: none
---@nodiscard
function M.timeout_ms(method, path)
  for _, entry in ipairs(TIMES) do
    if (not entry[1] or entry[1] == method) and path:find(entry[2]) then
      return entry[3]
    end
  end
  return 60 * SECOND
end

--- Paths whose POST tells something that its caller cannot do without.
local TELLING = {
  "^/containers/create$", "^/containers/[^/]+/wait$", "^/containers/[^/]+/exec$",
  "^/networks/create$", "^/volumes/create$",
}

--- What the answer of a call must be.
---@param method string
---@param path string
---@return "json"|"any"
---@nodiscard
function M.answer(method, path)
  if method == "GET" then
    return "json"
  end
  for _, pattern in ipairs(method == "POST" and TELLING or {}) do
    if path:find(pattern) then
      return "json"
    end
  end
  return "any"
end

local function escape(text, pattern)
  return (text:gsub(pattern, function(c)
    return ("%%%02X"):format(c:byte())
  end))
end

--- Escapes a name for a path; slashes and colons stay, for the API takes names of images so.
---@param name string
---@return string
---@nodiscard
function M.segment(name)
  return escape(name, "[^%w._~:/@-]")
end

local function value_of(value)
  if type(value) == "boolean" then
    return value and "1" or "0"
  elseif type(value) == "table" then
    return assert(json.encode(value, { invalid = "replace" }))
  end
  return tostring(value)
end

--- Writes a query: names sorted, the values of a list each with the name.
---@param query? table<string, string|number|boolean|table>
---@return string text "" or "?a=1&b=2"
---@nodiscard
function M.query(query)
  local names, parts = {}, {}
  for name in pairs(query or {}) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local value = query[name]
    local list = type(value) == "table" and (#value > 0 or json.is_array(value)) and value
      or { value }
    for _, one in ipairs(list) do
      parts[#parts + 1] = escape(name, "[^%w._~-]") .. "=" .. escape(value_of(one), "[^%w._~-]")
    end
  end
  return parts[1] and "?" .. table.concat(parts, "&") or ""
end

--- What stands before a path: Podman's own API has versions of its own.
local function prefix_of(path, prefix)
  return path:sub(1, #M.OWN) == M.OWN and "/v" .. M.OWN_VERSION or prefix
end

--- Makes a request for core.http.
---@param method string
---@param prefix string     "/v1.41", or ""; of paths below `OWN` it is Podman's
---@param path string
---@param opts engine.docker.CallOptions
---@return core.http.Request
---@nodiscard
function M.make(method, prefix, path, opts)
  assert(path:find("^/[%w._~:/@%%+-]*$") and not (path .. "/"):find("/%.%.?/"),
    "a path of the API has a name in it that was not escaped")
  local headers = {}
  for _, line in ipairs(opts.headers or {}) do
    headers[#headers + 1] = line
  end
  local body = opts.body
  if type(body) == "table" then
    body = assert(json.encode(body))
  end
  if body or opts.feed then
    headers[#headers + 1] = "Content-Type: " .. (opts.type or "application/json")
  end
  return {
    method = method,
    target = prefix_of(path, prefix) .. path .. M.query(opts.query),
    headers = headers,
    body = body,
    feed = opts.feed and true or nil,
    upgrade = opts.upgrade,
    idle_ms = opts.idle_ms,
  }
end

--- Copies options: what is added to them is not the caller's.
---@generic T: table
---@param opts T
---@return T
---@nodiscard
function M.copy(opts)
  local copy = {}
  for name, value in pairs(opts) do
    copy[name] = value
  end
  return copy
end

return M
