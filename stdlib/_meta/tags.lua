---@meta core.tags

--- Cuts templates into tags and the text between them.
---@class core.tags
local tags = {}

--- Cuts a template from a place on.  Lists tell, by the number of a tag, where it begins, its text,
--- and the text behind it; number 0 stands for the place, with no text of its own and what is
--- before the first tag.  A tag that has no end reaches up to the end of the text.  Where the same
--- tags begin three times or more in a row, two more lists tell, by the number of the first of
--- them, how many tags it are (at most 32) and how many times they are there; else they hold 0.
---
--- One call cuts 1,024 tags at most; when it gave so many, the next one goes on behind the last
--- text.
---@param s string
---@param from integer from 1
---@return integer[] places
---@return string[] tags
---@return string[] texts
---@return integer[] periods
---@return integer[] counts
---@nodiscard
function tags.cut(s, from) end

return tags
