--- Regular expressions in checks: PCRE2 with a time budget, searched in bytes.
---
--- An expression is not anchored; `^` and `$` mean the whole output, as `(?m)` changes it.  Pure.
---@class engine.expect.regex
local core = require("core.regex")
local show = require("engine.expect.show")

local M = {}

local HELP_MAX = 1 << 20 -- bytes; of longer texts each search for a hint could take a second

--- Compiles an expression as checks do.
---@param source string
---@param options? core.regex.Options
---@return core.regex.Regex?
---@return core.Error? err
---@nodiscard
function M.compile(source, options)
  return core.compile(source, options)
end

--- Searches the subject.
---@param source string
---@param subject string
---@param options? core.regex.Options
---@return integer? first
---@return integer? last
---@return core.Error? err EREGEX, EBUDGET: nobody knows whether there is a match
---@nodiscard
function M.find(source, subject, options)
  local compiled, err = M.compile(source, options) -- core.regex keeps what was compiled lately
  if not compiled then
    return nil, nil, err
  end
  local first, last = compiled:find(subject)
  if first then
    return first, last
  elseif last ~= nil then
    return nil, nil, last
  end
end

--- Finds the match that the expression would have without regard to case.
---@param source string
---@param subject string
---@return engine.expect.Nearest?
---@nodiscard
function M.nearest(source, subject)
  local first = #subject <= HELP_MAX and M.find(source, subject, { caseless = true })
  if first then
    local line, found = show.line_at(subject, first)
    return { line = line, text = found, why = "differs only in case" }
  end
end

--- Says how an expression that does not match could.
---@param source string
---@param subject string
---@return string?
---@nodiscard
function M.help(source, subject)
  if #subject > HELP_MAX then
    return nil
  elseif source:find("[%^%$]") and M.find(source, subject, { multiline = true }) then
    return "^ and $ mean the whole output; with (?m) in front they mean each line"
  elseif M.find(source, subject, { caseless = true }) then
    return "put (?i) in front to match whatever the case"
  elseif M.find(source, subject, { dotall = true }) then
    return "a point does not match a newline; with (?s) in front it does"
  end
end

return M
