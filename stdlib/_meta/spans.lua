---@meta core.spans

--- Files of spans (OTLP's JSON) read in one pass, as trees with a digest of each subtree.  What is
--- rare or wrong is not read here: `engine.trace` reads it, or says what is wrong.
---@class core.spans
local spans = {}

---@class core.spans.Options
---@field depth? integer    of spans in each other; default 500
---@field own_way? string[] keys of attributes whose spans have no digest
---@field volatile? string[] of values that do not count, unless all is compared exactly
---@field port? string[]    the same, where they are ports that the system gives

--- Reads a message, or one on each line; a message may be one span.
---@param text string
---@param opts? core.spans.Options
---@return core.spans.Spans? spans nil: read it with engine.trace
---@return core.Error? err   ESYNTAX
---@nodiscard
function spans.read(text, opts) end

--- Tells whether `engine.diff.normal` replaces nothing in a text, as it stands or quoted as in
--- JSON; false says nothing.
---@param text string
---@return boolean
---@nodiscard
function spans.is_plain(text) end

---@class core.spans.Spans
local Spans = {}

---@class core.spans.Told
---@field count integer
---@field orphans integer as engine.trace.tree tells them
---@field cycles integer
---@field has_free boolean some span may hold ids, times or ports, or volatile values
---@field twins integer
---@field from_ns? integer the earliest beginning, and the last end; nil: there are no spans
---@field to_ns? integer

--- Tells what was read.
---@return core.spans.Told
---@nodiscard
function Spans:tell() end

--- Lists what is directly below a span, by beginning.
---@param i integer a span, from 1: parents stand before their children; 0: the roots are listed
---@return integer[]
---@nodiscard
function Spans:children(i) end

--- Tells of a span.  Two digests are equal exactly when all that is compared is.
---@param i integer
---@param is_exact? boolean ids, times and ports count
---@return string name
---@return integer from_ns
---@return integer to_ns    0: it was not ended
---@return integer size     spans and events in its tree
---@return boolean has_events
---@return string|false tree digest of its tree; false: some of it must be looked at
---@return string|false own digest of it and its events
---@return boolean is_elsewhere its resource or scope is not that of its parent
---@nodiscard
function Spans:get(i, is_exact) end

--- Gives the text of a span, an object of JSON.
---@param i integer
---@return string
---@nodiscard
function Spans:text(i) end

--- Gives where a span comes from, as objects of JSON.
---@param i integer
---@return integer number the same number, the same source
---@return string? resource
---@return string? scope
---@nodiscard
function Spans:source(i) end

--- Lists the ids of all traces and spans, in lower case.
---@return table<string, boolean>
---@nodiscard
function Spans:ids() end

--- Lists the texts that may hold ids, times or ports.
---@return string[] texts
---@return boolean[] are_quoted they are looked at as JSON has them
---@nodiscard
function Spans:odds() end

--- Reads once more, with what is compared of each of those texts: then their spans have digests.
---@param norms string[]
---@param replaced string[][] what was replaced in each
---@param opts? core.spans.Options
---@return core.spans.Spans? spans
---@return core.Error? err
---@nodiscard
function Spans:settle(norms, replaced, opts) end

--- Compares two trees of equal digests: no span in them may take longer or shorter than its other
--- one.
---@param i integer
---@param other core.spans.Spans
---@param j integer
---@param noise_ms number it differs by more than this
---@param ratio number    and by more than this part of the longer time
---@return integer? ignored places that differ by what was replaced; nil: they must be looked at
---@nodiscard
function Spans:same(i, other, j, noise_ms, ratio) end

--- Compares two spans of equal digests, without their events.
---@param i integer
---@param other core.spans.Spans
---@param j integer
---@return integer? ignored places that differ by what was replaced; nil: they must be looked at
---@nodiscard
function Spans:same_own(i, other, j) end

--- Frees the spans early; the collector does it otherwise.
function Spans:close() end

return spans
