--- Family V: environment.  See engine.codes for the form of a page.
---@type engine.codes.Family
return {
  letter = "V",
  title = "Environment",
  codes = {},
}
