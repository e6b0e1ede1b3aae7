---@meta core.editor

--- Lines that a person types at a terminal, with history and completion: libedit on a thread of its
--- own, while everything else goes on.
---@class core.editor
local editor = {}

--- A terminal on which lines are edited.  A to-be-closed value.
---@class core.editor.Editor
local Editor = {}

---@alias core.editor.Kind
---| "line"     a line was entered
---| "left"     it was left: `leave`
---| "end"      Ctrl-D at its beginning, or the terminal is gone
---| "complete" Tab was pressed; `answer` is waited for

--- Opens the terminal at standard input and output; nothing is shown before `line`.
--- `core.term.guard` comes first.
---@return core.editor.Editor? editor
---@return core.Error? err ENOTTY, EPLUGIN
function editor.open() end

--- Answers a completion.
---@param insert string goes in where the cursor is
---@param below string whole lines that are shown, or ""
function Editor:answer(insert, below) end

--- Stops; the terminal is as it was.
function Editor:close() end

--- Gives the line up; the event is "left".
function Editor:leave() end

--- Begins a line.
---@param prompt string what stands between two bytes 1 takes no columns
function Editor:line(prompt) end

--- Waits for what happens next.
---@async
---@return core.editor.Kind? kind
---@return string|core.Error|nil text of "line" and "complete"; or the error ECANCELED
---@return integer? cursor of "complete": the byte that it stands behind
function Editor:next() end

--- Adds a line to the history.
---@param line string
function Editor:remember(line) end

--- Follows another size of the terminal.
function Editor:resize() end

--- Takes the terminal again after `suspend`.
function Editor:resume() end

--- Shows whole lines above what is edited.
---@param text string
function Editor:show(text) end

--- Gives the terminal back, as before the program is stopped.
function Editor:suspend() end

return editor
