--- Paths as `file:` URIs, and back.  Pure.
---@class engine.lsp.uri
local M = {}

--- Writes a path as a URI.
---@param path string absolute
---@return string
---@nodiscard
function M.of_path(path)
  return "file://" .. path:gsub("[^%w%-%._~/]", function(char)
    return ("%%%02X"):format(char:byte())
  end)
end

--- Reads the path of a URI.
---@param uri string
---@return string? path absolute; nil: it is no file of this machine
---@nodiscard
function M.path(uri)
  local host, path = uri:match("^file://([^/]*)(/[^?#]*)")
  if not path or host ~= "" and host ~= "localhost" then
    return nil
  end
  path = path:gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end)
  if path:find("\0", 1, true) then
    return nil
  end
  local parts = {}
  for part in path:gmatch("[^/]+") do
    if part == ".." then
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return "/" .. table.concat(parts, "/")
end

return M
