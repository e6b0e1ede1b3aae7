--- What a template may use up: whatever it asks for, its rendering ends.
local M = {}

M.DEPTH = 64              -- of includes, macro calls and parents
M.STEPS = 1000000         -- turns of loops and calls; a turn with a long body counts more
M.INCLUDE_STEPS = 4       -- of an include, which takes as long as these
M.WORK = 2000000          -- items of arrays, and 64 bytes of texts, that filters go through
M.OUTPUT_BYTES = 16 << 20
M.TEXT_BYTES = 8 << 20    -- of one text that `~`, a filter or a function makes
M.MADE_BYTES = 32 << 20   -- of all texts that `~`, filters and functions make
M.GARBAGE_BYTES = 8 << 20 -- of these, until those that are no longer needed are looked for
M.PIECES = 150000         -- of the output of a template that wants a map
M.SOURCE_BYTES = 4 << 20  -- of one template
M.FILES = 500             -- that one template reads
M.COMPARED_BYTES = 64     -- of a text that is compared for nothing
M.RANGE = 1000000         -- items that range() makes
M.PARTS = 1000000         -- of a text that is split

--- Says in words what was too much.
M.messages = {
  text = ("the template makes a text of more than %d MiB"):format(M.TEXT_BYTES >> 20),
  depth = ("includes and macros are nested more than %d levels deep"):format(M.DEPTH),
  steps = ("the template takes more than %d steps"):format(M.STEPS),
  work = "filters, tests and functions go through more values than a template may",
  output = "the rendered text is larger than 16 MiB",
  pieces = "the template writes more pieces than a test file may have",
  made = "the template makes texts of more than 32 MiB together",
}

return M
