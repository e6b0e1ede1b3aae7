--- Regular expressions as templates mean them: Unicode everywhere, `$` only at the very end.
---
--- Tera's are those of the Rust crate `regex`, ours PCRE2's; what both have means the same here.
local regex = require("core.regex")
local value = require("engine.template.value")

---@class engine.template.pattern
local M = {}

--- Writes `$` outside of a class as `\z`: PCRE2 would also match before a last line end.
local function own_end(pattern)
  if not pattern:find("$", 1, true) or pattern:find("%(%?[%a^-]*m") then
    return pattern
  end
  local in_class = false
  return (pattern:gsub("\\?.", function(c)
    if c == "[" then
      in_class = true
    elseif c == "]" then
      in_class = false
    elseif c == "$" and not in_class then
      return "\\z"
    end
  end))
end

--- Compiles a pattern.
---@param pattern string
---@return core.regex.Regex|nil
---@return core.Error? err
function M.compile(pattern)
  return regex.compile("(*UCP)" .. own_end(pattern))
end

--- Replaces each match by what a function makes of it.
---@param pattern string one that is right
---@param s string
---@param make fun(match: core.regex.Match): string
---@return string
function M.replace(pattern, s, make)
  local found, err = assert(M.compile(pattern)):all(s)
  if not found then
    value.fail("the text is too long to be searched: %s", err.message)
  end
  local out, at = {}, 1
  for i, match in ipairs(found) do
    out[2 * i - 1] = s:sub(at, match.first - 1)
    out[2 * i] = make(match)
    at = match.last + 1
  end
  out[#out + 1] = s:sub(at)
  return table.concat(out)
end

return M
