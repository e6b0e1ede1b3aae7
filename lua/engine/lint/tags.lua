--- The tags of a template as nodes for lint: `{{ … }}` and `{% … %}`.
---@class engine.lint.tags
local M = {}

---@class engine.lint.Tag: engine.lint.Place
---@field kind "template_tag"
---@field text string what stands between the marks

local CLOSE = { ["{{"] = "}}", ["{%"] = "%}" }

--- Visits each tag of a text.
---@param cx engine.lint.Context
---@param visitors table<string, table[]>
---@param call fun(cx: engine.lint.Context, list: table[], node: table)
function M.walk(cx, visitors, call)
  local list, at = visitors.template_tag, 1
  if not list then
    return
  end
  while true do
    at = cx.text:find("{[{%%]", at)
    local close = at and CLOSE[cx.text:sub(at, at + 1)]
    local _, last = cx.text:find(close or "\0", at or 1, true)
    if not at or not last then
      break
    end
    call(cx, list, {
      kind = "template_tag",
      text = cx.text:sub(at + 2, last - 2),
      offset = at - 1,
      stop = last,
    })
    at = last + 1
  end
end

return M
