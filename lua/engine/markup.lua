--- Markdown of the documents as it is shown elsewhere, in an editor say: with marks, or plain text.
---
--- Links that lead to another page of the documents lead nowhere from there: their words stay.
---@class engine.markup
local M = {}

--- Writes a line outside of code: `shown` makes the text of a link, `code` that of a piece of code.
local function line_of(line, shown, code)
  local out, at = {}, 1
  while at <= #line do
    local words, target, after = line:match("^%[([^%]]*)%]%(([^)%s]*)%)()", at)
    local quoted, behind = line:match("^`([^`]+)`()", at)
    if words then
      out[#out + 1], at = shown(words, target), after
    elseif quoted then
      out[#out + 1], at = code(quoted), behind
    else
      local stop = line:find("[%[`]", at + 1) or #line + 1
      out[#out + 1], at = line:sub(at, stop - 1), stop
    end
  end
  return table.concat(out)
end

--- Goes over the lines outside of blocks of code.
local function each_line(text, fences, write)
  local out, is_code = {}, false
  for line in (text .. "\n"):gmatch("(.-)\n") do
    local is_fence = line:find("^%s*```") ~= nil
    is_code = is_code ~= is_fence
    if not is_fence or fences then
      out[#out + 1] = (is_fence or is_code) and line or write(line)
    end
  end
  return table.concat(out, "\n")
end

local function is_away(target)
  return target:find("^%a[%w+.-]*:") ~= nil
end

--- Writes Markdown without links that lead nowhere.
---@param text string
---@return string
---@nodiscard
function M.markdown(text)
  return each_line(text, true, function(line)
    return line_of(line, function(words, target)
      return is_away(target) and ("[%s](%s)"):format(words, target) or words
    end, function(code)
      return "`" .. code .. "`"
    end)
  end)
end

--- Writes Markdown as plain text.
---@param text string
---@return string
---@nodiscard
function M.plain(text)
  return each_line(text, false, function(line)
    line = line:gsub("^#+ ", ""):gsub("^(%s*)%*%*(.*)%*%*$", "%1%2")
    return line_of(line, function(words, target)
      return is_away(target) and ("%s (%s)"):format(words, target) or words
    end, function(code)
      return code
    end)
  end)
end

--- Makes what the protocol calls MarkupContent.
---@param text string Markdown
---@param is_markdown boolean the client shows it
---@return { kind: string, value: string }
---@nodiscard
function M.of(text, is_markdown)
  return is_markdown and { kind = "markdown", value = M.markdown(text) }
    or { kind = "plaintext", value = M.plain(text) }
end

return M
