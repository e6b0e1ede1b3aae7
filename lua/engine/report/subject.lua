--- What a result is about, in words: "file[cell] › name #2".
local line = require("engine.ui.line")

local M = {}

--- The file and the cell of its [matrix].
---@param about { file: string, cell?: string }
---@return string
function M.file(about)
  local file = about.file or "?"
  return about.cell and ("%s[%s]"):format(file, about.cell) or file
end

--- The name and the number of the repetition.
---@param about { name?: string, repetition?: integer }
---@return string
function M.name(about)
  local name = about.name or "(the file itself)"
  return (about.repetition or 1) > 1 and ("%s #%d"):format(name, about.repetition) or name
end

--- All of it, fit for a line of a screen.
---@param look engine.ui.Look
---@param about { file: string, name?: string, cell?: string, repetition?: integer }
---@param at_line? integer
---@return string
function M.place(look, about, at_line)
  return line.place(look, M.file(about), about.name and M.name(about), at_line)
end

return M
