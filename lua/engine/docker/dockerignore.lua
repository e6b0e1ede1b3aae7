--- Reads .dockerignore: which files of a folder are no part of a build.
---
--- As the docker CLI does it: patterns of Go's filepath.Match with `**`, the last one that fits
--- decides, one that fits a folder fits all below it, and `!` takes back.
---@class engine.docker.dockerignore
local regex = require("core.regex")
local trim = require("engine.trim")

local M = {}

M.NAME = ".dockerignore"
M.LINES_MAX = 10000

---@class engine.docker.IgnoreRule
---@field is_kept boolean
---@field depth integer of the pattern: how many names it has
---@field regex core.regex.Regex

--- Brings a path into its shortest form, as Go's filepath.Clean does.
local function clean(path)
  local parts = {}
  for part in path:gmatch("[^/]+") do
    if part == ".." and parts[1] and parts[#parts] ~= ".." then
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return parts
end

--- Translates a class of characters; `at` is behind its bracket.
local function class(pattern, at)
  local stop = pattern:find("]", pattern:sub(at, at) == "^" and at + 2 or at + 1, true)
  if not stop then
    return nil
  end
  local inner = pattern:sub(at, stop - 1)
  local negated = inner:sub(1, 1) == "^"
  inner = (negated and inner:sub(2) or inner):gsub("[%[%]&~|]", "\\%0")
  return (negated and "[^/" or "[") .. inner .. "]", stop + 1
end

local function translate(pattern)
  local out, at = { "^" }, 1
  while at <= #pattern do
    local c = pattern:sub(at, at)
    local after, text = at + 1
    if pattern:sub(at, at + 2) == "**/" then
      text, after = "(?:.*/)?", at + 3
    elseif pattern:sub(at, at + 1) == "**" then
      text, after = ".*", at + 2
    elseif c == "*" then
      text = "[^/]*"
    elseif c == "?" then
      text = "[^/]"
    elseif c == "[" then
      text, after = class(pattern, at + 1)
    elseif c == "\\" and at < #pattern then
      text, after = regex.escape(pattern:sub(at + 1, at + 1)), at + 2
    else
      local stop = pattern:find("[*?%[\\]", at + 1) or #pattern + 1
      text, after = regex.escape(pattern:sub(at, stop - 1)), stop
    end
    if not text then
      return nil -- a class without an end
    end
    out[#out + 1] = text
    at = after
  end
  return table.concat(out) .. "$"
end

local function rule_of(line)
  local is_kept = line:sub(1, 1) == "!"
  local parts = clean(is_kept and line:sub(2):match("^%s*(.*)$") or line)
  if not parts[1] then
    return nil
  end
  local pattern = translate(table.concat(parts, "/"))
  local compiled = pattern and regex.compile(pattern, { dotall = true })
  if not compiled then
    return nil, ("the pattern '%s' cannot be read"):format(line)
  end
  return { is_kept = is_kept, depth = #parts, regex = compiled }
end

--- Reads the text of such a file.
---@param text string
---@return engine.docker.IgnoreRule[]? rules
---@return string? why
---@nodiscard
function M.parse(text)
  local rules, count = {}, 0
  for given in text:gsub("^\xef\xbb\xbf", ""):gmatch("[^\n]+") do
    count = count + 1
    local line = trim.both(given)
    if count > M.LINES_MAX then
      return nil, ("it has more than %d lines"):format(M.LINES_MAX)
    elseif line ~= "" and given:sub(1, 1) ~= "#" then -- " #" begins a name, as for the docker CLI
      local rule, why = rule_of(line)
      if why then
        return nil, why
      end
      rules[#rules + 1] = rule
    end
  end
  return rules
end

--- Whether a rule fits a path, or a folder that it is in.
local function fits(rule, path)
  local at = 0
  while true do
    local slash = path:find("/", at + 1, true)
    local found, err = rule.regex:test(slash and path:sub(1, slash - 1) or path)
    if err then
      return nil, err.message
    elseif found then
      return true
    elseif not slash then
      return false
    end
    at = slash
  end
end

--- Whether a path is left out.
---@param rules engine.docker.IgnoreRule[]
---@param path string below the folder, "a/b"
---@return boolean? is_out
---@return string? why that cannot be told
---@nodiscard
function M.is_out(rules, path)
  local is_out = false
  for _, rule in ipairs(rules) do
    if is_out == rule.is_kept then -- else it changes nothing
      local does, why = fits(rule, path)
      if why then
        return nil, why
      end
      is_out = does and not rule.is_kept or is_out and not does
    end
  end
  return is_out
end

--- Whether something below a folder that is left out may be taken back.
---@param rules engine.docker.IgnoreRule[]
---@return boolean
---@nodiscard
function M.may_keep(rules)
  for _, rule in ipairs(rules) do
    if rule.is_kept then
      return true
    end
  end
  return false
end

return M
