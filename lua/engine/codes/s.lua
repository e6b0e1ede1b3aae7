--- Family S: spans.  See engine.codes for the form of a page.
---@type engine.codes.Family
return {
  letter = "S",
  title = "Spans",
  codes = {},
}
