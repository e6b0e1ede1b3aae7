---@meta core.text

--- Text as a terminal shows it, escapes for what is not trusted, edit distance, lines, globs.
---@class core.text
local text = {}

--- Counts the columns of a text: 0, 1 or 2 for each grapheme cluster, none for controls.
---@param s string
---@return integer columns
---@nodiscard
function text.width(s) end

---@class core.text.CutOptions
---@field mark? string    what stands where something was left out; default "…"
---@field middle? boolean cut in the middle instead of at the end

--- Cuts a text to at most `width` columns, never inside a grapheme cluster.
---@param s string
---@param width integer 0 to 1,000,000
---@param options? core.text.CutOptions
---@return string|nil cut
---@return core.Error? err ELIMIT: the result is beyond 1 GiB
---@nodiscard
function text.cut(s, width, options) end

--- Fills a text with spaces up to `width` columns; a wider one stays as it is.
---@param s string
---@param width integer 0 to 1,000,000
---@param align? "left"|"right"|"center" where the text stands; default "left"
---@return string|nil padded
---@return core.Error? err
---@nodiscard
function text.pad(s, width, align) end

--- Counts the bytes of the first grapheme clusters: of the letters that a reader sees.
---@param s string
---@param count integer
---@return integer bytes all of them when the text has no more clusters
---@nodiscard
function text.clusters(s, count) end

--- Writes a text in upper case, by Unicode's full mapping ("ß" becomes "SS") and by no language.
---@param s string
---@return string|nil upper
---@return core.Error? err ELIMIT: the result is beyond 1 GiB
---@nodiscard
function text.upper(s) end

--- Writes a text in lower case; a capital sigma at the end of a word becomes "ς".
---@param s string
---@return string|nil lower
---@return core.Error? err ELIMIT: the result is beyond 1 GiB
---@nodiscard
function text.lower(s) end

--- Takes a text apart (NFKD) and leaves out the marks: "é" becomes "e", "ﬁ" becomes "fi".
---@param s string
---@return string|nil bare
---@return core.Error? err ELIMIT: the result is beyond 1 GiB
---@nodiscard
function text.bare(s) end

--- Joins the first texts of a list; faster than `table.concat`, for there is no separator.
---@param list string[] raises where something else is in it
---@param count integer
---@return string|nil text
---@return core.Error? err ELIMIT: the result is beyond 1 GiB
---@nodiscard
function text.join(list, count) end

--- Finds a text in another one, as `string.find` does with `plain`; that one takes the length of
--- both, multiplied, where the text nearly stands at every place.
---@param s string
---@param what string
---@param init? integer position to begin at, 1 or more
---@return integer|nil position
---@nodiscard
function text.find(s, what, init) end

--- Replaces a text wherever it stands in another one, from the left; it is no pattern.
---@param s string
---@param from string not empty
---@param to string
---@return string|nil replaced
---@return core.Error? err ELIMIT: the result is beyond 1 GiB
---@nodiscard
function text.replace(s, from, to) end

---@class core.text.EscapeOptions
---@field ascii? boolean only printable ASCII (and tab, newline) comes out
---@field line? boolean  tab and newline are shown too: the result is one line
---@field sgr? boolean   colour sequences pass, and are reset at the end

--- Makes everything that a terminal would act on visible: ESC as ␛, U+202E as \u{202e}, the byte
--- 0x9b as \x9b.  Tab and newline pass.  Meant for reading: a backslash is not doubled.
---@param s string
---@param options? core.text.EscapeOptions
---@return string|nil escaped
---@return core.Error? err ELIMIT: the result is beyond 1 GiB
---@nodiscard
function text.escape(s, options) end

--- Escapes a text for XML 1.0; what XML cannot hold, and bytes that are not UTF-8, become U+FFFD.
---@param s string
---@param kind? "text"|"attribute" default "text"
---@return string|nil escaped
---@return core.Error? err
---@nodiscard
function text.xml(s, kind) end

--- Escapes a text for a GitHub workflow command (`::error file=PROPERTY::DATA`).
---@param s string
---@param kind? "data"|"property" default "data"
---@return string|nil escaped
---@return core.Error? err
---@nodiscard
function text.workflow(s, kind) end

--- Finds the first byte that is not part of valid UTF-8.
---@param s string
---@return integer|nil position from 1; nil when all is valid
---@nodiscard
function text.bad_utf8(s) end

--- Tells line and column (code points, both from 1) of a byte.
---@param s string
---@param index integer position of the byte, from 1; beyond the end counts as the end
---@param from? integer where to count from, at most `index`: the byte there is in line 1, column 1
---@return integer line
---@return integer column
---@nodiscard
function text.position(s, index, from) end

--- Counts the edits between two texts: insert, delete, replace, swap of neighbours.
---@param a string
---@param b string
---@param max? integer 0 to 255, the default
---@return integer|nil distance nil when above `max`, or a text is longer than 255 characters
---@nodiscard
function text.distance(a, b, max) end

---@class core.text.LinesOptions
---@field max? integer most lines in the list; all are counted
---@field cr? boolean  keep a carriage return at the end of a line; default true

--- Splits a text at its newlines.  The last line needs none; the empty text has no line.
---@param s string
---@param options? core.text.LinesOptions
---@return string[] lines
---@return integer count
---@nodiscard
function text.lines(s, options) end

---@class core.text.GlobOptions
---@field path? boolean `*`, `?` and sets stop at "/"; `**` crosses it

--- Compiles a glob: `*`, `?`, `[a-z]`, `[!a]`, `{a,b}`, `\x`.  Matching is linear in the text.
---@param pattern string at most 4,096 bytes
---@param options? core.text.GlobOptions
---@return core.text.Glob|nil glob
---@return core.Error? err ESYNTAX, ELIMIT
---@nodiscard
function text.glob(pattern, options) end

---@class core.text.Glob
local Glob = {}

--- Tells whether the whole of a text matches.
---@param s string
---@return boolean matches
---@nodiscard
function Glob:test(s) end

--- Frees the glob early; the collector does it otherwise.
function Glob:close() end

return text
