--- Fake names and addresses of the net: only those that are kept for documents and examples.
local ids = require("engine.generate.ids")

---@class engine.generate.fake.net
local M = {}

local WORDS = {
  "amber", "basalt", "beacon", "birch", "cedar", "cobalt", "comet", "copper", "delta", "ember",
  "fjord", "garnet", "harbor", "indigo", "juniper", "kestrel", "lagoon", "linden", "maple",
  "meadow", "nimbus", "onyx", "opal", "orchid", "pebble", "quartz", "raven", "saffron", "summit",
  "tundra", "vertex", "willow",
}

-- RFC 2606 and RFC 6761: nobody can register these.
local TOP = { "example.com", "example.net", "example.org", "example", "test" }

local PATHS = {
  "about", "api", "docs", "health", "items", "login", "news", "search", "status", "users",
}

-- RFC 5737.
local IPV4 = { "192.0.2.%d", "198.51.100.%d", "203.0.113.%d" }

local BROWSERS = {
  "Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0",
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    .. "Chrome/%d.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    .. "Version/%d.0 Safari/605.1.15",
}

function M.domain(s)
  return s:pick(WORDS) .. "." .. s:pick(TOP)
end

function M.url(s)
  local url = "https://" .. M.domain(s) .. "/" .. s:pick(PATHS)
  return s:chance(30) and url .. "/" .. s:between(1, 9999) or url
end

function M.ipv4(s)
  return s:pick(IPV4):format(s:between(1, 254))
end

-- RFC 3849.
function M.ipv6(s)
  local parts = { "2001", "db8" }
  for i = 3, 8 do
    parts[i] = ("%x"):format(s:between(1, 65535))
  end
  return table.concat(parts, ":")
end

function M.user_agent(s)
  local version = s:between(100, 140)
  return (s:pick(BROWSERS):gsub("%%d", tostring(version)))
end

-- Locally administered, for one station: no maker has these.
function M.mac_address(s)
  local parts = { ("%02x"):format(s:below(256) & 0xfc | 0x02) }
  for i = 2, 6 do
    parts[i] = ("%02x"):format(s:below(256))
  end
  return table.concat(parts, ":")
end

function M.port(s)
  return s:between(1024, 65535)
end

function M.uuid(s)
  return ids.uuid_v4(s)
end

return M
