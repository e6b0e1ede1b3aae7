--- Family H: hermeticity.  See engine.codes for the form of a page.
---@type engine.codes.Family
return {
  letter = "H",
  title = "Hermeticity",
  codes = {},
}
