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

--- Reads a template that is plain to a program for engine.template.direct, which describes it;
--- gives nothing for any other template, also for one with something wrong in it.  Plain are paths
--- with filters whose arguments are literals, `if` with one comparison, `for`, `set` outside of
--- both, comments, and nothing else; of at most 10,000 tags, and without a minus in them.
---@param s string
---@return (integer|string|boolean|table)[]? program
---@return integer[]? loops where the loops begin that no other one is around, the first eight
---@return integer? longest bytes of the longest text between tags
---@nodiscard
function tags.plain(s) end

--- Tells which names a plain template uses: `name`, and `name.next`, or `name.*` where it is used
--- as a whole.
---@param s string
---@return table<string, true>? used nil: it is not plain
---@nodiscard
function tags.plain_names(s) end

--- Runs a program of `plain` as far as that needs no call of Lua, and tells where it ended: at the
--- end, a loop, a `set`, a filter, a value that is not there, or one whose text or meaning is not
--- certain (texts of more than 40 bytes, values with a metatable).  Names of the context are looked
--- for in the table alone.  Raises when what it is given is no program.
---@param program (integer|string|boolean|table)[]
---@param pc integer the word to begin at
---@param pieces integer how many there are in `out`
---@param slots table<integer, any> variables by their numbers
---@param context table<string, any>
---@param out string[] gets the pieces
---@param from? integer[] gets where each came from
---@return integer pc the word that it left
---@return integer pieces
---@nodiscard
function tags.run(program, pc, pieces, slots, context, out, from) end

return tags
