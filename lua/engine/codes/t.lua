--- Family T: test verdicts.  See engine.codes for the form of a page.
---@type engine.codes.Family
return {
  letter = "T",
  title = "Test verdicts",
  codes = {},
}
