--- Regular expressions as templates mean them: Unicode everywhere, `$` only at the very end.
---
--- Tera's are those of the Rust crate `regex`, ours PCRE2's; what both have means the same here.
local builder = require("engine.template.builder")
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
  local out, at = builder.new(), 1
  local ok, err = pcall(function() -- one match at a time: a text may have a million
    for match in assert(M.compile(pattern)):gmatch(s) do
      out:add(s:sub(at, match.first - 1))
      out:add(make(match))
      at = match.last + 1
    end
  end)
  if not ok then
    value.fail("the text is too long to be searched: %s", err.message)
  end
  out:add(s:sub(at))
  return out:text()
end

return M
