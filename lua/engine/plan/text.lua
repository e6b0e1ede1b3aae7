--- Commands, images, times and lists of a plan as people read them.  Pure.
local quote = require("engine.run.shell_word").quote

local M = {}

local DIGEST_SHOWN = 12 -- digits

--- Joins words: "1, 2 and 3".
---@param list (string|integer)[]
---@return string? # nil: there is none
---@nodiscard
function M.join(list)
  if #list < 2 then
    return list[1] and tostring(list[1])
  end
  return table.concat(list, ", ", 1, #list - 1) .. " and " .. list[#list]
end

--- Writes a time.
---@param ms number
---@return string
---@nodiscard
function M.seconds(ms)
  return ("%.3f s"):format(ms / 1000)
end

--- Names an image, a digest by its first digits.
---@param image table as engine.plan.document tells it
---@return string
---@nodiscard
function M.image(image)
  local name, algorithm, digest = image.text:match("^(.*)@(%w+):(%x+)$")
  local shown = name and ("%s@%s:%s"):format(name, algorithm, digest:sub(1, DIGEST_SHOWN))
    or image.text
  return shown .. (image.platform and " for " .. image.platform or "")
end

--- Writes a command as one would type it.
---@param command { argv?: string[], shell?: string }
---@return string
---@nodiscard
function M.command(command)
  if command.shell then
    return (command.shell:gsub("^%s+", ""):gsub("%s+$", ""))
  end
  local words = {}
  for i, word in ipairs(command.argv or {}) do
    words[i] = quote(word)
  end
  return table.concat(words, " ")
end

return M
