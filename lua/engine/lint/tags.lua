--- The tags of a template as nodes for lint: `{{ … }}` and `{% … %}`.
---
--- What a template does not compute is none of them: comments `{# … #}`, and all between
--- `{% raw %}` and `{% endraw %}`.
local finder = require("engine.fmt.finder")
local scan = require("engine.template.scan")

---@class engine.lint.tags
local M = {}

---@class engine.lint.Tag: engine.lint.Place
---@field kind "template_tag"
---@field text string what stands between the marks

local RAW, ENDRAW = "^{%%%-?%s*raw%s*%-?%%}", "{%%%-?%s*endraw%s*%-?%%}"

local function blank(_, inside)
  return (" "):rep(#inside + 2)
end

--- The text of a tag with blanks for what it quotes, so that each byte keeps its place.
---@param text string
---@return string
---@nodiscard
function M.unquoted(text)
  return (text:gsub("([\"'`])(.-)%1", blank))
end

--- Finds the end of a tag or a comment.  On one line a quote may be alone, where a tag is still
--- being written; else a quoted text may hold ends of lines, as it may for who renders it.
---@param text string
---@param first integer
---@param passed table as of scan.tag_end, and by `far` the kinds of which no end was found so
---@return integer? last
local function end_of(text, first, passed)
  local last, opens = scan.tag_end(text, first, passed), text:sub(first, first + 1)
  if opens == "{#" or passed.far and passed.far[opens]
    or last and not text:sub(first, last):find("\n", 1, true) then
    return last
  end
  local far = finder.tag_end(text, first, opens)
  if not far then -- each look for it goes to the end of the text
    passed.far = passed.far or {}
    passed.far[opens] = true
  end
  return far or last
end

--- Visits each tag of a text.
---@param cx engine.lint.Context
---@param visitors table<string, table[]>
---@param call fun(cx: engine.lint.Context, list: table[], node: table)
function M.walk(cx, visitors, call)
  local text, list, at, passed = cx.text, visitors.template_tag, 1, {}
  while list do
    at = text:find("{[{%%#]", at)
    if not at then
      break
    end
    local last, kind = end_of(text, at, passed), text:sub(at + 1, at + 1)
    if not last and kind == "{" then
      break
    elseif last and kind ~= "#" then
      call(cx, list, {
        kind = "template_tag",
        text = text:sub(at + 2, last - 2),
        offset = at - 1,
        stop = last,
      })
    end
    local is_raw = last and kind == "%" and text:find(RAW, at)
    at = (last or at + 1) + 1
    if is_raw then
      at = text:find(ENDRAW, at) or #text + 1
    end
  end
end

return M
