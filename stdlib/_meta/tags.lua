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

---@class core.tags.Program a template that was read; nothing can be done with it but to run it

--- Reads a template that is plain; gives nothing for any other template, also for one with
--- something wrong in it.  Plain are paths and calls of functions with filters, all arguments of
--- which are literals, a path and a whole number that are reckoned with, `if` with one comparison,
--- `for`, `set` outside of both, comments, and nothing else; of at most 10,000 tags, without a
--- minus at their ends.
---@param s string
---@return core.tags.Program?
---@return integer? longest bytes of the longest text between tags
---@return integer? words   how long the program is
---@nodiscard
function tags.plain(s) end

--- Tells which names a plain template uses: `name`, and `name.next`, or `name.*` where it is used
--- as a whole.
---@param s string
---@return table<string, true>? used nil: it is not plain
---@nodiscard
function tags.plain_names(s) end

--- Runs a program.  What is counted, raised, and done with values is what templates that were
--- compiled count, raise and do: by the functions of engine.template.runtime.  Filters may wait.
--- Without `from` the pieces are joined to few.
---@async
---@param program core.tags.Program
---@param functions table<string, function> of engine.template.runtime
---@param file table       the template, for what is raised
---@param context table<string, any>
---@param out string[]     gets the pieces
---@param pieces integer   how many there are in `out`
---@param from? integer[]  gets where each came from
---@return integer pieces
---@return integer longest bytes of the longest piece that was joined
---@nodiscard
function tags.run(program, functions, file, context, out, pieces, from) end

--- Tells whether one of a program's first loops, those that no other is around, walks a list of the
--- context that is longer than so many.
---@param program core.tags.Program
---@param functions table<string, function> of engine.template.runtime
---@param file table
---@param context table<string, any>
---@param count integer
---@return boolean
---@nodiscard
function tags.walks_more(program, functions, file, context, count) end

return tags
