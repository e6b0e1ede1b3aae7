---@meta core.words

--- Which of many words a text holds, in one pass.
---@class core.words
local words = {}

---@class core.words.finder
local finder = {}

--- Takes words: any bytes, of which ASCII letters of both cases are one letter.
---@param list string[] at most 4096, of 16384 bytes together
---@return core.words.finder|nil finder
---@return core.Error? err EINVAL: a word is empty, or is there twice; ELIMIT: they are too many
---@nodiscard
function words.compile(list) end

--- Says which words a text holds, anywhere, also in longer words.
---@param text string
---@return integer[] indices in the list, each once, in the order in which they are come to
---@nodiscard
function finder:find(text) end

--- Gives its memory back; the garbage collector does, too.
function finder:close() end
