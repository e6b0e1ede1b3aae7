---@meta core.toml

--- TOML 1.0 and 1.1 text to Lua values.
---
--- Strings, integers, floats and booleans are Lua's own (`math.type` tells integer from float).
--- Lines of a multi-line string end with LF, also where the text has CRLF.  Refused, where the
--- specification leaves it open: floats too large for 64 bits (1e400), numbers of more than 1,024
--- characters, parts of keys of more than 65,535 bytes.
--- Tables are tables with text keys, arrays are tables with keys 1..n; an empty array has a
--- metatable that only `type()` looks at.  A date or time is a core.toml.DateTime.
---@class core.toml
---@field bad lightuserdata stands for a value that could not be read; only with `partial`
---@field codes table<string, string> what each code of a problem means: codes.P030
local M = {}

---@class core.toml.Options
---@field version? "1.0"|"1.1" which TOML the text must keep to; default "1.1"
---@field positions? boolean also tell where everything stands; costs nothing when not asked for
---@field max_values? integer most values, tables included; at most, and by default, 999,999
---@field partial? boolean with `positions`: a text that is not TOML gives value, positions and
---   problems, as far as it could be read; nil and problems only when a limit ended the reading
---@field source? string name of the text in the error's message and position; default "toml"

--- A date, a time, or both.  Prints in the form of RFC 3339; `==` compares kind and fields.
---@class core.toml.DateTime
---@field kind "datetime"|"datetime-local"|"date-local"|"time-local"
---@field year? integer
---@field month? integer
---@field day? integer
---@field hour? integer
---@field minute? integer
---@field second? integer 60 is a leap second
---@field nanosecond? integer digits past the ninth are cut
---@field offset_minutes? integer east of UTC; only with kind "datetime"

---@alias core.toml.Type "string"|"integer"|"float"|"boolean"|"datetime"|"datetime-local"
---|"date-local"|"time-local"|"array"|"table"

--- One thing that is wrong with a text.
---@class core.toml.Problem
---@field code string stable: "P001" to "P034", see `codes`
---@field message string what was found and what was expected, one line
---@field help? string what to do about it
---@field line integer from 1
---@field column integer from 1, in code points
---@field offset integer from 0, in bytes: text:sub(offset + 1, offset + length)
---@field length integer in bytes; 0 between two bytes or at the end of the text
---@field related? { line: integer, column: integer, offset: integer } what it collides with: the
---   first of two equal keys, the bracket that is not closed

--- What decode() returns for a text that is not TOML: a core.Error about the first problem (code
--- "ESYNTAX", "EUTF8" or "ELIMIT", `pos` filled), and in its array part all problems in the order
--- of the text.
---@class core.toml.Problems : core.Error
---@field [integer] core.toml.Problem
---@field cut boolean there are more than the 100 that are listed

--- Where the tables, keys and values of one text stand.  Offsets count bytes from 0, ends are
--- behind the last byte: text:sub(offset + 1, end_).  Tables are looked up by identity: those that
--- decode() returned, not copies.
---@class core.toml.Positions
local Positions = {}

--- Reads TOML.  Reading goes on after an error, so all problems of a text come at once (at most
--- 100); only a limit ends it: 16 MiB of text, 999,999 values, 128 levels.
---@param text string
---@param opts? core.toml.Options
---@return table? value nil when the text is not TOML
---@return core.toml.Positions|core.toml.Problems? more positions when asked for; problems with nil
---@return core.toml.Problems? problems with `partial`
---@nodiscard
function M.decode(text, opts) end

---@class core.toml.Layout
---@field width? integer columns that an array may fill on its line, 1 to 1000; default 100
---@field indent? integer blanks of each level of brackets, 0 to 16; default 2
---@field align? boolean equals signs and comments of lines that follow each other share a column
---@field keep_lines? boolean an array over several lines is never joined
---@field mark? string comments and strings that begin with it stand for tags of a template: among
---   them no comma is put that was not there
---@field from? integer offset, with `to`: only statements that overlap [from, to) are formatted
---@field to? integer
---@field loose? boolean keys and tables given twice do not matter: the text is a template
---@field source? string name of the text in errors; default "toml"

--- Formats TOML 1.1.  Only blanks, line ends and commas before a closing bracket are added or
--- dropped (and blanks at the ends of comments); everything else stays byte for byte, in its order.
--- Twice is the same as once.  `# clnrm: fmt off` and `# clnrm: fmt on` on lines of their own leave
--- out what is between them.
---@param text string
---@param opts? core.toml.Layout
---@return string? text the very same string when there is nothing to do
---@return core.toml.Problems|core.Error? err problems; ELIMIT when it would be larger than 16 MiB
---@nodiscard
function M.format(text, opts) end

---@class core.toml.SameOptions
---@field loose? boolean as in core.toml.Layout
---@field commas? boolean where commas stand between comments counts, too

--- Tells whether two texts say the same: keys, types and values, in the same order, made of the
--- same tokens (blanks, line ends and commas before closing brackets aside).
---@param a string
---@param b string
---@param opts? core.toml.SameOptions
---@return boolean same
---@return "syntax"|"values"|"tokens"|nil what differs first; syntax: one of them is no TOML
---@nodiscard
function M.same(a, b, opts) end

---@alias core.toml.Token "end"|"bom"|"space"|"newline"|"comment"|"key"|"dot"|"equals"|"header"
---|"headers"|"array"|"table"|"comma"|"string"|"atom"|"junk"

--- Cuts a text into its tokens, as the one parser reads them: every byte belongs to one.  A token
--- ends where the next one begins; the last is "end".  What was skipped after an error is "junk".
---@param text string
---@return core.toml.Token[] kinds empty when a limit ended the reading before it began
---@return integer[] offsets from 0, one for each
---@return core.toml.Problems? problems
---@nodiscard
function M.tokens(text) end

--- What documents may be like, so that one that fits needs no other look.  Close it, or let the
--- garbage collector do it.
---@class core.toml.Shape
local Shape = {}

--- Reads a shape: a line for each type, and for each key of the record above it, which is a word
--- and `name=value` attributes.  engine.model.shape writes such texts, and says what they mean.
---@param text string one that is wrong raises
---@return core.toml.Shape
---@nodiscard
function M.shape(text) end

--- Tells whether a text is a document that fits a shape.  Nothing is said of one that does not.
---@param text string
---@param shape core.toml.Shape
---@param is_rendered? boolean it came out of a template; else one with "{{", "{%" or "{#" is none
---@return table<string, true>? facts the marks of the shape that were met; `hidden`: escapes of
---   letters, or a line's end in a text
---@nodiscard
function M.fits(text, shape, is_rendered) end

--- Gives the memory back at once.
function Shape:close() end

--- Tells line and column of a byte offset, both from 1; columns count code points.
---@param text string
---@param offset integer from 0; past the end counts as the end
---@return integer line
---@return integer column
---@nodiscard
function M.line_column(text, offset) end

--- Names the TOML type of a decoded value, or of one that could be.
---@param value any
---@return core.toml.Type? kind
---@nodiscard
function M.type(value) end

--- Tells where a key is written for the first time, quotes included.
---@param t table
---@param key string
---@return integer? offset nil when the table has no such key
---@return integer? end_
function Positions:key(t, key) end

--- Tells where a value is written: an array or inline table from bracket to bracket, a table with
--- a header at its [header], an array of tables at its first one, and a table that only dotted keys
--- or the headers of others make at the part of them that names it.
---@param t table a table or an array
---@param key string|integer
---@return integer? offset nil when there is no such value
---@return integer? end_
function Positions:value(t, key) end

--- Tells where a table or an array itself is written, as value() does; the root is 0, 0.
---@param t table
---@return integer offset
---@return integer end_
function Positions:table(t) end

--- Lists the keys of a table in the order of the text; empty for an array.
---@param t table
---@return string[] keys
function Positions:keys(t) end

--- Tells how many values the text has, as `max_values` counts: tables included, the root not.
---@return integer
---@nodiscard
function Positions:count() end

--- Gives the memory back at once; without it the garbage collector does.
function Positions:close() end

return M
