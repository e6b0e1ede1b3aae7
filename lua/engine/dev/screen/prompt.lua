--- A line that is typed in the foot: what it narrows is shown as it is typed.
local show = require("engine.ui.show")

---@class engine.dev.screen.prompt
local M = {}

local BYTES_MAX = 200

---@class engine.dev.screen.Prompt
---@field label string
---@field text string
---@field list? fun(text: string): string[] what may be meant, the closest first
---@field changed fun(text: string)
---@field done fun(text?: string) nil: it was given up
local Prompt = {}
Prompt.__index = Prompt

local function change(self, text)
  self.text = text
  self.changed(text)
end

--- Takes a key.
---@param key string
---@param is_special boolean
function Prompt:press(key, is_special)
  if not is_special then
    if #self.text + #key <= BYTES_MAX then
      change(self, self.text .. key)
    end
  elseif key == "enter" then
    self.done(self.text)
  elseif key == "escape" then
    self.done(nil)
  elseif key == "back" then
    change(self, self.text:sub(1, (utf8.offset(self.text, -1) or 1) - 1))
  elseif key == "tab" and self.list then
    change(self, self.list(self.text)[1] or self.text)
  end
end

--- Draws the line.
---@param canvas engine.dev.screen.Canvas
---@param y integer
function Prompt:draw(canvas, y)
  local at = 1 + canvas:put(y, 1, canvas.columns - 2, self.label .. ": ", "bold")
  at = at + canvas:put(y, at, canvas.columns - at - 2, show.safe(canvas.look, self.text))
  at = at + canvas:put(y, at, 1, " ", "reverse") + 2
  local list = self.list and self.list(self.text) or {}
  local hint = list[1] and show.safe(canvas.look, table.concat(list, "  ", 1, math.min(#list, 8)))
    or "Enter takes it, Esc gives it up"
  canvas:put(y, at, canvas.columns - at - 1, hint, "dim")
end

--- Makes a line.
---@param o { label: string, text?: string, list?: (fun(text: string): string[]),
---       changed: fun(text: string), done: fun(text?: string) }
---@return engine.dev.screen.Prompt
---@nodiscard
function M.new(o)
  o.text = o.text or ""
  return setmetatable(o, Prompt)
end

return M
